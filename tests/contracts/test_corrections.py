"""Every correction: nothing in, nothing out; and what re-weighting means."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import LinearSVC

from sk_softunlearn import SoftUnlearner
from sk_softunlearn._sklearn import UNPENALISED
from sk_softunlearn.corrections import (
    NTK,
    Auto,
    BadTeacher,
    CFk,
    EUk,
    FineTune,
    Fisher,
    GradientAscent,
    Influence,
    Newton,
    Retrain,
    Reweighted,
    Scrub,
)
from sk_softunlearn.curvature import ConjugateGradient, Exact
from sk_softunlearn.exceptions import SoftUnlearnError
from sk_softunlearn.views import read_view
from tests.cases import (
    CLASSIFIERS,
    CONVERGING,
    CORRECTIONS,
    EXACT_CORRECTIONS,
    NETWORKS,
    STEPS,
    STOCHASTIC,
    logistic,
    rows,
    unfair,
    view,
)
from tests.oracles import numerical_gradient

# The lassos hold coefficients at 0, and say so whenever they are read.
pytestmark = pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.HeldAtZeroWarning")

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


def settled(seen):
    """The view at the minimum of the fitted objective, which a fit may have stopped short of."""
    inverse = Exact().invert(seen, seen.sample_weight)
    objective = Reweighted(seen.sample_weight)
    return seen.at(Newton(tol=1e-20).minimise(seen, objective, Exact(), inverse))


@pytest.mark.parametrize("name", CONVERGED)
def test_newton_is_retraining(name):
    seen = settled(view(name))
    epsilon = noise(seen, 0.9)
    newton, retrained = (correct(c, seen, epsilon) for c in EXACT_CORRECTIONS)
    np.testing.assert_allclose(
        without_gauge(seen, newton), without_gauge(seen, retrained), rtol=1e-4, atol=1e-5
    )
    gradient = seen.at(newton).gradient(seen.sample_weight * (1 + epsilon))
    # An L1 penalty stops a coefficient at 0, where the rest of the objective would take it past 0.
    stopped = (newton == 0) & (seen.tilt * gradient > 0)
    assert np.abs(gradient[~stopped]).max() < 1e-4


@pytest.mark.parametrize("name", ["newton-cholesky", "newton-cg", "multinomial, sparse"])
def test_the_influence_step_is_the_first_order_of_newton(name):
    seen = settled(view(name))
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


@pytest.mark.parametrize(
    ("name", "chosen"), [("lbfgs", Newton()), ("mlp head", Newton()), ("mlp relu", Influence())]
)
def test_auto_is_newton_on_a_convex_head_and_one_step_elsewhere(name, chosen):
    seen = view(name)
    epsilon, inverse = noise(seen), Exact().invert(seen, seen.sample_weight)
    assert repr(Auto().choose(seen)) == repr(chosen)
    found, expected = (correct(c, seen, epsilon) for c in (Auto(), chosen))
    np.testing.assert_array_equal(found, expected)
    places = [c.linearise(seen, epsilon, found, Exact(), inverse) for c in (Auto(), chosen)]
    (there, further), (expected_there, expected_further) = places
    np.testing.assert_array_equal(there.theta, expected_there.theta)
    direction = np.ones(len(found))
    np.testing.assert_array_equal(further @ direction, expected_further @ direction)


def test_newton_keeps_a_curvature_with_which_it_converges_fast():
    inverted = []

    class Counted(Exact):
        def invert(self, view, weight):
            inverted.append(weight)
            return super().invert(view, weight)

        def takes_square(self, view):
            return False

    seen = settled(view("mlp head"))
    for size, more in ((1e-3, False), (0.9, True)):
        inverted.clear()
        epsilon = noise(seen, size)
        theta = correct(Newton(), seen, epsilon, Counted())
        gradient = seen.at(theta).gradient(seen.sample_weight * (1 + epsilon))
        assert np.abs(gradient).max() < 1e-4
        # The first is where it starts from.
        assert (len(inverted) > 1) is more


def test_newton_ends_where_the_slope_is_0_also_without_a_tolerance():
    seen = view("lbfgs")
    objective = Reweighted.going_on(seen, seen.sample_weight)
    inverse = Exact().invert(seen, seen.sample_weight)
    theta = Newton(tol=0.0).minimise(seen, objective, Exact(), inverse)
    np.testing.assert_array_equal(theta, seen.theta)


def test_newton_ends_at_the_same_in_whatever_unit_the_weights_are():
    X, y, _ = rows()
    found = []
    for unit in (1.0, 1e-6):
        fitted = LogisticRegression(C=1.0 / unit, tol=1e-10, solver="newton-cholesky")
        weight = np.full(len(y), unit)
        seen = read_view(fitted.fit(X, y, weight), X, y, sample_weight=weight)
        found.append(correct(Newton(), seen, noise(seen, 0.9)))
    np.testing.assert_allclose(found[1], found[0], rtol=1e-5)


def test_newton_says_when_it_stops_early():
    seen = view("lbfgs")
    with pytest.warns(ConvergenceWarning, match="'max_iter'=1"):
        correct(Newton(max_iter=1), seen, noise(seen))


@pytest.mark.parametrize("correction", [Retrain(), NTK(), *CONVERGING], ids=repr)
def test_negative_weights_are_refused(correction):
    seen = view("lbfgs")
    with pytest.raises(ValueError, match=r"at least -1, got -1\.5"):
        correct(correction, seen, np.full(len(seen.target), -1.5))


@pytest.mark.parametrize(
    "name", ["lbfgs", "multinomial", "linear svc", "ridge", "csr_array", "lasso", "elastic net CV"]
)
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
    draws = [correct(Fisher(1e-4, random_state=k), seen, epsilon) - middle for k in range(800)]
    information = (seen.jacobian.gram_diagonal(seen.bend(weight)) + seen.penalty) / weight.sum()
    np.testing.assert_allclose(np.std(draws, axis=0), (1e-4 / information) ** 0.25, rtol=0.08)


def flat(scale):
    """Return the view of a fit of which one feature is next to nothing, without a penalty."""
    X, y, _ = rows()
    X = X * [1.0, 1.0, 1.0, scale]
    return read_view(logistic(C=UNPENALISED).fit(X, y), X, y)


def test_fisher_noise_ends_where_the_data_say_next_to_nothing():
    """Of an information of a thousandth per row and less the noise is (1e-4 / 1e-3)^(1/4)."""
    seen = flat(1e-3)
    change = noise(seen)
    middle = correct(Fisher(noise=0.0), seen, change)
    draws = [correct(Fisher(1e-4, random_state=k), seen, change) - middle for k in range(800)]
    assert np.std(draws, axis=0)[3] == pytest.approx(0.1**0.25, rel=0.08)
    assert np.std(draws, axis=0)[0] < 0.25


@pytest.mark.parametrize("correction", [FineTune(), CFk()], ids=repr)
def test_descent_leaves_alone_what_nothing_depends_on(correction):
    seen = flat(0.0)
    theta = correct(correction, seen, noise(seen))
    assert theta[3] == seen.theta[3]
    assert np.all(theta[:3] != seen.theta[:3])


def test_descent_tells_how_far_it_is(caplog):
    seen = view("lbfgs")
    with caplog.at_level("INFO", "sk_softunlearn"):
        correct(FineTune(n_steps=5), seen, noise(seen))
    steps = [record.getMessage() for record in caplog.records if "step" in record.getMessage()]
    assert [step.split(":")[0] for step in steps] == [f"step {k} of 5" for k in range(1, 6)]
    # The mean loss of a row, which falls.
    losses = [float(step.split(":")[1]) for step in steps]
    assert losses == sorted(losses, reverse=True)
    assert 0 < losses[-1] < losses[0] < np.log(2)


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


def test_scrub_ends_with_a_descent():
    """However many ascents are asked for: the last epoch has none."""
    seen = view("lbfgs")
    every, all_but_one = (
        correct(Scrub(n_epochs=3, n_ascents=k), seen, noise(seen)) for k in (9, 2)
    )
    np.testing.assert_array_equal(every, all_but_one)


# Those that go on from the fit, and have no noise.
ONWARD = [Auto(), Newton(), Influence(), FineTune(), CFk(), NTK(), Scrub(), GradientAscent()]
ONWARD += [Fisher(noise=0.0), BadTeacher(random_state=0)]


@pytest.mark.parametrize("name", [*STOCHASTIC, *NETWORKS])
@pytest.mark.parametrize("correction", ONWARD, ids=repr)
def test_the_smallest_change_of_weights_moves_next_to_nothing(correction, name):
    """Also where the fit stopped short of its minimum: to go on training is not to correct."""
    seen = view(name)
    epsilon = np.zeros(len(seen.target))
    epsilon[0] = -1e-9
    theta = correct(correction, seen, epsilon)
    np.testing.assert_allclose(theta, seen.theta, atol=1e-4)


def one_hot_rows():
    """Rows of rare categories, where many are beyond a margin or saturated."""
    rng = np.random.default_rng(0)
    X = np.hstack([np.eye(30)[rng.integers(30, size=(300,))] * 5.0, rng.normal(size=(300, 2))])
    y = (X @ rng.normal(size=32) + 3.0 * rng.normal(size=300) > 0).astype(int)
    return X, y


def early(hidden, max_iter):
    """Return the view of a network that stopped before its minimum, and a small down-weighting."""
    X, y = one_hot_rows()
    network = MLPClassifier(hidden, max_iter=max_iter, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        seen = read_view(network.fit(X, y), X, y, layers="all")
    return seen, np.where(np.arange(len(y)) % 10 == 0, -0.02, 0.0)


@pytest.mark.parametrize(("hidden", "max_iter"), [((32,), 30), ((16, 8), 60)])
@pytest.mark.parametrize("correction", [Newton(max_iter=10), FineTune(300)], ids=repr)
@pytest.mark.filterwarnings("ignore:'newton' is not stationary")
def test_going_on_from_an_early_stop_brings_what_the_first_step_promised(
    correction, hidden, max_iter
):
    seen, epsilon = early(hidden, max_iter)
    step = correct(Influence(), seen, epsilon) - seen.theta
    promised = (seen.jacobian @ step).reshape(-1, 1)
    theta = correct(correction, seen, epsilon)
    brought = seen.at(theta).raw_prediction - seen.raw_prediction
    assert np.sum(promised * brought) / np.sum(promised**2) == pytest.approx(1.0, abs=0.05)
    assert np.linalg.norm(theta - seen.theta) < 1.1 * np.linalg.norm(step)


def test_newton_ends_by_itself_on_a_network_near_the_minimum():
    seen, epsilon = early((16, 8), 60)
    epsilon *= 25
    objective = Reweighted.going_on(seen, seen.sample_weight * (1 + epsilon))
    newton, steps = (
        objective.value(seen) - objective.value(seen.at(correct(c, seen, epsilon)))
        for c in (Newton(), FineTune(n_steps=2000))
    )
    assert 0.9 * steps < newton < 1.1 * steps


@pytest.mark.parametrize(("hidden", "max_iter"), [((32,), 30), ((16, 8), 60)])
def test_the_fit_is_the_minimum_of_what_is_gone_on_with_where_no_weight_changes(hidden, max_iter):
    seen, _ = early(hidden, max_iter)
    objective = Reweighted.going_on(seen, seen.sample_weight)
    np.testing.assert_array_equal(objective.gradient(seen), 0.0)
    rng, least = np.random.default_rng(0), objective.value(seen)
    slope = seen.gradient(seen.sample_weight)
    for size in (1e-3, 0.1, 1.0, 10.0):
        for direction in (slope, *rng.normal(size=(20, len(seen.theta)))):
            direction = direction / np.linalg.norm(direction)
            for sign in (1.0, -1.0):
                assert objective.value(seen.at(seen.theta + sign * size * direction)) > least


@pytest.mark.parametrize("name", ["mlp tanh, three classes", "multinomial"])
def test_what_is_gone_on_with_is_the_documented_sum(name):
    seen = view(name)
    weight = seen.sample_weight * (1 + noise(seen))
    rng = np.random.default_rng(0)
    there = seen.at(seen.theta * rng.uniform(0.9, 1.1, len(seen.theta)))
    moved, changed = there.theta - seen.theta, there.raw_prediction - seen.raw_prediction
    losses = [each.loss.value(each.raw_prediction, each.target) for each in (there, seen)]
    left = np.sum(seen.sample_weight[:, None] * seen.slope * changed)
    held = np.sum((seen.penalty + seen.proximal()) * moved**2)
    objective = Reweighted.going_on(seen, weight)
    grown = objective.value(there) - objective.value(seen)
    assert grown == pytest.approx(weight @ (losses[0] - losses[1]) - left + 0.5 * held, rel=1e-9)


@pytest.mark.parametrize("name", ["mlp relu", "mlp tanh, three classes", "lasso", "multinomial"])
def test_the_gradient_of_going_on_is_that_of_its_value(name):
    seen = view(name)
    objective = Reweighted.going_on(seen, seen.sample_weight * (1 + noise(seen)))
    rng = np.random.default_rng(0)
    there = seen.at(seen.theta * rng.uniform(0.9, 1.1, len(seen.theta)))
    expected = numerical_gradient(lambda theta: objective.value(seen.at(theta)), there.theta)
    np.testing.assert_allclose(objective.gradient(there), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "model",
    [
        LinearSVC(tol=1e-8, max_iter=10**6),
        logistic(C=1e6),
        SGDClassifier("modified_huber", random_state=0),
        MLPClassifier((16, 8), alpha=0.1, max_iter=400, random_state=0),
    ],
    ids=lambda model: type(model).__name__,
)
@pytest.mark.parametrize("size", [0.9, 30.0])
@pytest.mark.filterwarnings("ignore:Stochastic Optimizer", "ignore:'newton' is not stationary")
def test_descent_never_ends_above_where_it_began(model, size):
    X, y = one_hot_rows()
    seen = read_view(model.fit(X, y), X, y, layers="all")
    epsilon = np.where(np.arange(len(y)) % 3 == 0, size, -0.9)
    objective = Reweighted.going_on(seen, seen.sample_weight * (1 + epsilon))
    for correction in (FineTune(), CFk(), Newton()):
        theta = correct(correction, seen, epsilon)
        assert objective.value(seen.at(theta)) < objective.value(seen)
    for correction in (Scrub(), BadTeacher(random_state=0), EUk(random_state=0)):
        assert np.isfinite(correct(correction, seen, epsilon)).all()


@pytest.mark.parametrize("name", ["lbfgs", "mlp head", "mlp relu"])
def test_scrub_departs_from_its_teacher_where_rows_are_weighted_down(name):
    seen = view(name)
    gone = np.arange(len(seen.target)) % 4 == 0
    epsilon = np.where(gone, -1.0, 0.0)
    away, towards = (correct(Scrub(n_ascents=k, n_steps=1), seen, epsilon) for k in (3, 0))
    departure = [
        seen.loss.departure(seen.at(theta).raw_prediction, seen.raw_prediction)[gone].mean()
        for theta in (away, towards)
    ]
    assert departure[0] > 1.001 * departure[1]


@pytest.mark.parametrize(
    ("correction", "named"),
    [
        (Fisher(noise=-1), "noise"),
        (Fisher(noise=np.nan), "noise"),
        (FineTune(n_steps=0), "n_steps"),
        (CFk(k="1"), "k"),
        (EUk(n_steps=2.5), "n_steps"),
        (Scrub(alpha=-1), "alpha"),
        (Scrub(n_ascents=1.5), "n_ascents"),
        (GradientAscent(learning_rate=np.nan), "learning_rate"),
        (BadTeacher(random_state="a"), "random_state"),
        (Newton(max_iter=0), "max_iter"),
    ],
    ids=repr,
)
def test_parameters_are_named_where_they_are_not_what_they_must_be(correction, named):
    seen = view("lbfgs")
    message = rf"'{named}' parameter of {type(correction).__name__} must be"
    with pytest.raises(ValueError, match=message):
        correct(correction, seen, noise(seen))


def test_parameters_that_are_not_finite_are_never_returned():
    class Overflowing(Influence):
        def move(self, view, epsilon, curvature, inverse, start):
            return np.full_like(view.theta, np.inf)

    seen = view("lbfgs")
    with pytest.raises(SoftUnlearnError, match="must end in finite parameters"):
        correct(Overflowing(), seen, noise(seen))


@pytest.mark.parametrize("correction", [Retrain(), FineTune(), Fisher()], ids=repr)
def test_rows_that_all_lose_their_weight_are_refused(correction):
    seen = view("lbfgs")
    with pytest.raises(ValueError, match="needs rows that keep some weight"):
        correct(correction, seen, np.full(len(seen.target), -1.0))


def test_a_random_state_that_is_left_open_is_that_of_the_unlearner():
    X, y, group = unfair(400)
    models = [
        SoftUnlearner(logistic(), correction=correction, random_state=0)
        .fit(X[["a", "b"]], y, sensitive_features=group)
        .unlearned_estimator_
        for correction in (Fisher(), Fisher(), "fisher", Fisher(random_state=1))
    ]
    coefs = [model.coef_ for model in models]
    np.testing.assert_array_equal(coefs[0], coefs[1])
    np.testing.assert_array_equal(coefs[0], coefs[2])
    assert not np.array_equal(coefs[0], coefs[3])
