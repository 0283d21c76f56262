"""Every correction: nothing in, nothing out; and what re-weighting means."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from sk_softunlearn.corrections import Influence, Newton, Retrain
from sk_softunlearn.curvature import ConjugateGradient, Exact
from sk_softunlearn.views import read_view
from tests.cases import CLASSIFIERS, CORRECTIONS, EXACT_CORRECTIONS, logistic, rows, view

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


@pytest.mark.parametrize("name", CLASSIFIERS)
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


def test_retraining_takes_no_negative_weights():
    seen = view("lbfgs")
    with pytest.raises(ValueError, match=r"at least -1, got -1\.5"):
        correct(Retrain(), seen, np.full(len(seen.target), -1.5))
