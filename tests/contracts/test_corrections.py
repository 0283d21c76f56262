"""Every correction: nothing in, nothing out; and what re-weighting means."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from sk_softunlearn.corrections import NTK, CFk, EUk, Fisher, Influence, Newton, Retrain, Scrub
from sk_softunlearn.curvature import ConjugateGradient, Exact
from sk_softunlearn.views import read_view
from tests.cases import (
    CLASSIFIERS,
    CONVERGING,
    CORRECTIONS,
    EXACT_CORRECTIONS,
    NETWORKS,
    STEPS,
    logistic,
    rows,
    view,
)

CONVERGED = [name for name in CLASSIFIERS if name not in ("float32", "frozen")]


def correct(correction, seen, epsilon, curvature=None):
    curvature = curvature or Exact()
    inverse = curvature.invert(seen, seen.sample_weight)
    return correction.correct(seen, epsilon, curvature, inverse)


def noise(seen, size=0.5):
    return np.random.default_rng(0).uniform(-size, size, len(seen.target))


def without_gauge(seen, theta):
    gauge = seen.gauge
    return theta - gauge.T @ np.linalg.lstsq(gauge.T, theta, rcond=None)[0] if len(gauge) else theta


@pytest.mark.parametrize("name", [*CLASSIFIERS, *NETWORKS])
@pytest.mark.parametrize("correction", CORRECTIONS, ids=repr)
def test_no_change_of_weights_is_the_identity(correction, name):
    seen = view(name)
    theta = correct(correction, seen, np.zeros(len(seen.target)))
    np.testing.assert_array_equal(theta, seen.theta)


@pytest.mark.parametrize("name", CONVERGED)
def test_newton_is_retraining(name):
    seen = view(name)
    epsilon = noise(seen, 0.9)
    newton, retrained = (correct(c, seen, epsilon) for c in EXACT_CORRECTIONS)
    np.testing.assert_allclose(
        without_gauge(seen, newton), without_gauge(seen, retrained), rtol=1e-4, atol=1e-5
    )
    gradient = seen.at(newton).gradient(seen.sample_weight * (1 + epsilon))
    assert np.abs(gradient).max() < 1e-4


@pytest.mark.parametrize("name", ["newton-cholesky", "newton-cg", "multinomial, sparse"])
def test_the_influence_step_is_the_first_order_of_newton(name):
    seen = view(name)
    seen = seen.at(correct(Newton(tol=1e-20), seen, np.full(len(seen.target), 1e-30)))
    epsilon = noise(seen)
    errors = []
    for size in (0.04, 0.02, 0.01):
        exact, step = (correct(c, seen, size * epsilon) for c in (Newton(tol=1e-20), Influence()))
        errors.append(np.linalg.norm(exact - step))
    rates = np.log2(np.array(errors[:-1]) / errors[1:])
    np.testing.assert_allclose(rates, 2.0, atol=0.1)


def test_the_error_of_leaving_one_out_shrinks_as_rows_grow():
    errors = []
    sizes = [100, 400, 1600]
    for n in sizes:
        X, y, _ = rows(n=n)
        seen = read_view(logistic(solver="newton-cholesky").fit(X, y), X, y)
        worst = []
        for row in range(20):
            epsilon = np.zeros(n)
            epsilon[row] = -1.0
            exact, step = (correct(c, seen, epsilon) for c in (Newton(tol=1e-15), Influence()))
            worst.append(np.linalg.norm(exact - step))
        errors.append(np.mean(worst))
    # The step itself shrinks as 1 / n, its error as 1 / n^2.
    rate = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    assert -2.5 < rate < -1.5


def test_newton_does_without_a_dense_matrix():
    seen = view("lbfgs")
    dense, products = (
        correct(Newton(), seen, noise(seen), curvature)
        for curvature in (Exact(), ConjugateGradient())
    )
    np.testing.assert_allclose(dense, products, rtol=1e-5, atol=1e-7)


def test_newton_says_when_it_stops_early():
    seen = view("lbfgs")
    with pytest.warns(ConvergenceWarning, match="'max_iter'=1"):
        correct(Newton(max_iter=1), seen, noise(seen))


@pytest.mark.parametrize("correction", [Retrain(), NTK(), *CONVERGING], ids=repr)
def test_negative_weights_are_refused(correction):
    seen = view("lbfgs")
    with pytest.raises(ValueError, match=r"at least -1, got -1\.5"):
        correct(correction, seen, np.full(len(seen.target), -1.5))


@pytest.mark.parametrize("name", ["lbfgs", "multinomial", "linear svc", "ridge", "csr_array"])
@pytest.mark.parametrize("correction", CONVERGING, ids=repr)
def test_descent_on_a_convex_head_ends_at_retraining(correction, name):
    seen = view(name)
    epsilon = noise(seen, 0.9)
    steps, exact = (correct(c, seen, epsilon) for c in (correction, Newton(tol=1e-18)))
    np.testing.assert_allclose(
        without_gauge(seen, steps), without_gauge(seen, exact), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("name", ["lbfgs", "multinomial, sparse", "ridge"])
def test_ntk_and_fisher_without_noise_are_the_newton_step(name):
    seen = view(name)
    epsilon = noise(seen, 0.9)
    weight = seen.sample_weight * (1 + epsilon)
    step = seen.theta - Exact().invert(seen, weight) @ seen.gradient(weight)
    np.testing.assert_allclose(correct(Fisher(noise=0.0), seen, epsilon), step)
    # The fit is stationary, so what training would still have moved is nothing.
    np.testing.assert_allclose(
        without_gauge(seen, correct(NTK(), seen, epsilon)), without_gauge(seen, step), atol=1e-5
    )


def test_fisher_noise_has_the_spread_of_the_paper():
    seen = view("lbfgs")
    epsilon = noise(seen)
    weight = seen.sample_weight * (1 + epsilon)
    middle = correct(Fisher(noise=0.0), seen, epsilon)
    draws = [correct(Fisher(1e-4, random_state=k), seen, epsilon) - middle for k in range(2000)]
    information = (seen.jacobian.gram_diagonal(seen.bend(weight)) + seen.penalty) / weight.sum()
    np.testing.assert_allclose(np.std(draws, axis=0), (1e-4 / information) ** 0.25, rtol=0.08)


@pytest.mark.parametrize("name", ["lbfgs", "mlp tanh, three classes"])
@pytest.mark.parametrize("correction", STEPS, ids=repr)
def test_rows_weighted_down_lose_likelihood_beside_the_others(correction, name):
    seen = view(name)
    gone = np.arange(len(seen.target)) % 4 == 0
    theta = correct(correction, seen, np.where(gone, -1.0, 0.0))
    before, after = (v.loss.value(v.raw_prediction, v.target) for v in (seen, seen.at(theta)))
    assert np.isfinite(theta).all()
    assert not np.array_equal(theta, seen.theta)
    grown = after - before
    assert grown[gone].mean() > grown[~gone].mean()


@pytest.mark.parametrize("kind", [CFk, EUk])
def test_only_the_last_layers_move(kind):
    seen = view("mlp tanh, three classes")
    epsilon = noise(seen)
    for k, layer in ((1, 2), (2, 1)):
        theta = correct(kind(k=k, n_steps=20), seen, epsilon)
        start = seen.layers[layer].where.start
        np.testing.assert_array_equal(theta[:start], seen.theta[:start])
        assert np.all(theta[start:] != seen.theta[start:])
    with pytest.raises(ValueError, match=r"'k' of '.*' must be between 1 and the 3 layers"):
        correct(kind(k=4), seen, epsilon)


@pytest.mark.parametrize("kind", [EUk, Fisher])
def test_random_corrections_repeat_with_a_seed(kind):
    seen = view("lbfgs")
    first, again, other = (
        correct(kind(random_state=state), seen, noise(seen)) for state in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_scrub_without_ascent_or_teacher_is_fine_tuning():
    seen = view("lbfgs")
    epsilon = noise(seen)
    scrub = Scrub(n_epochs=1, n_ascents=0, n_steps=3000, alpha=0.0, gamma=1.0)
    scrubbed, exact = (correct(c, seen, epsilon) for c in (scrub, Newton(tol=1e-18)))
    np.testing.assert_allclose(scrubbed, exact, rtol=1e-4, atol=1e-5)
