"""The quadratic model of utility, against dense algebra and finite differences."""

import tracemalloc

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from sk_softunlearn import SoftUnlearner
from sk_softunlearn._steps import _utility as utility_module
from sk_softunlearn._steps._utility import DIRECTIONS, Utility
from sk_softunlearn._steps._utility_term import SweptUtilityTerm
from sk_softunlearn.curvature import Exact
from sk_softunlearn.weights import LowRank
from sk_softunlearn.weights._low_rank import look
from sk_softunlearn.weights._stack import RowStack
from tests.cases import rows, view
from tests.oracles import dense_hessian, dense_jacobian, numerical_gradient
from tests.steps import test_rounds as rounds
from tests.tree_cases import tree_rows, tree_view


@pytest.fixture(params=["lbfgs", "multinomial"])
def parts(request):
    seen = view(request.param)
    X, y, weight = rows(len(seen.classifier.classes_), n=80, seed=3)
    keep = np.isin(y, seen.classifier.classes_)
    there = seen.on(X[keep], y[keep])
    return seen, there, weight[keep], Exact().invert(seen, seen.sample_weight)


def test_gradient_is_the_derivative_of_the_loss(parts):
    seen, there, weight, _ = parts
    utility = Utility(seen, there, weight)
    theta = seen.theta + 0.1
    expected = numerical_gradient(utility.value, theta)
    np.testing.assert_allclose(utility.gradient(theta), expected, rtol=1e-6, atol=1e-5)


def test_term_is_the_curvature_of_the_step_that_weights_bring(parts):
    seen, there, weight, inverse = parts
    term = Utility(seen, there, weight).term(seen, inverse)
    hessian = dense_hessian(seen, seen.sample_weight)
    jacobian = dense_jacobian(seen)
    force = seen.slope * seen.sample_weight[:, None]
    G = inverse @ np.einsum("nkd,nk->dn", jacobian, force)
    Q = hessian + dense_hessian(there, weight) - np.diag(there.penalty)
    R = term.matmat(np.eye(term.shape[1]))
    scale = np.abs(G.T @ Q @ G).max()
    np.testing.assert_allclose(R.T @ R, G.T @ Q @ G, atol=1e-10 * scale)
    np.testing.assert_allclose(term.rmatmat(np.eye(term.shape[0])), R.T, atol=1e-10)
    kept = np.arange(term.shape[1]) % 3 / 2
    np.testing.assert_allclose(term.gram(kept), (R * kept) @ R.T, atol=1e-10 * scale)


def test_a_sweep_tells_what_separate_products_tell(parts):
    seen, there, weight, inverse = parts
    term = Utility(seen, there, weight).term(seen, inverse)
    assert isinstance(term, SweptUtilityTerm)
    R = term.matmat(np.eye(term.shape[1]))
    rng = np.random.default_rng(0)
    vectors = list(rng.normal(size=(2, R.shape[1])))
    moved, gram = term.gathered(vectors)
    scale = np.abs(gram).max()
    np.testing.assert_allclose(moved, R @ np.transpose(vectors), atol=1e-10 * np.sqrt(scale))
    np.testing.assert_allclose(gram, R @ R.T, atol=1e-10 * scale)
    moments, ideal = rng.normal(size=len(R)), rng.normal(size=R.shape[1])
    low = np.full(R.shape[1], -0.4)
    for bounds in ((np.array(-0.4), np.array(0.6)), (low, np.array(0.6))):
        seen_there = look(
            term, moments, ideal, 2.0, bounds, RowStack(vectors, len(ideal)), moved.T, gram
        )
        expected = look(
            LowRank(R), moments, ideal, 2.0, bounds, RowStack(vectors, len(ideal)), moved.T, gram
        )
        for found, right in zip(seen_there, expected, strict=True):
            np.testing.assert_allclose(found, right, atol=1e-10 * max(np.abs(right).max(), 1))


def test_responses_are_gathered_with_the_sweep_that_gives_them(parts, monkeypatch):
    seen, there, weight, inverse = parts
    utility = Utility(seen, there, weight)
    term = utility.term(seen, inverse)
    gradients = {"a": utility.gradient(seen.theta), "b": np.ones(len(seen.theta))}
    found = term.respond(gradients)
    for name, expected in seen.respond(gradients, inverse).items():
        np.testing.assert_allclose(found[name], expected, atol=1e-12 * np.abs(expected).max())
    R = term.matmat(np.eye(term.shape[1]))
    monkeypatch.setattr(type(seen.jacobian), "through", None)
    moved, gram = term.gathered((found["b"], found["a"]))
    expected = R @ np.column_stack([found["b"], found["a"]])
    np.testing.assert_allclose(moved, expected, atol=1e-10 * np.abs(expected).max())
    np.testing.assert_allclose(gram, R @ R.T, atol=1e-10 * np.abs(gram).max())


def test_weights_so_far_are_a_gradient_whose_response_is_their_curvature(parts):
    seen, there, weight, inverse = parts
    term = Utility(seen, there, weight).term(seen, inverse)
    epsilon = np.random.default_rng(0).normal(size=term.shape[1])
    bent = term.bent(seen.pull(term.cotangent(epsilon)))
    expected = term.rmatvec(term.matvec(epsilon))
    found = seen.respond({"bent": bent}, inverse)["bent"]
    np.testing.assert_allclose(found, expected, atol=1e-10 * np.abs(expected).max())


def test_by_products_the_term_is_the_same_where_it_spans_all(parts, monkeypatch):
    """With few parameters the directions span all that weights can do."""
    seen, there, weight, inverse = parts
    dense = Utility(seen, there, weight).term(seen, inverse)
    monkeypatch.setattr(utility_module, "MOST_BYTES", 0)
    monkeypatch.setattr(utility_module, "DIRECTIONS", 24)
    monkeypatch.setattr(utility_module, "ALIKE", 1e-4)
    utility = Utility(seen, there, weight)
    term = utility.term(seen, inverse)
    assert isinstance(term, LowRank)
    assert utility.term(seen, inverse) is term
    directions = np.eye(term.shape[1])
    found, expected = (each.matmat(directions) for each in (term, dense))
    expected = expected.T @ expected
    np.testing.assert_allclose(found.T @ found, expected, atol=1e-5 * np.abs(expected).max())


def test_very_many_parameters_need_no_dense_matrix():
    """One d x d matrix would take 1.1 GB."""
    rng = np.random.default_rng(0)
    X = sparse.random(1500, 12_000, density=1e-3, format="csr", random_state=0)
    group = rng.integers(2, size=1500)
    y = (X @ rng.normal(size=12_000) + group + rng.logistic(size=1500) > 0.5).astype(int)
    model = LogisticRegression(tol=1e-8, max_iter=1000).fit(X, y)
    soft = SoftUnlearner(model, delta=0.9).fit_influence(X, y, sensitive_features=group)
    losses = {}
    tracemalloc.start()
    for objective in ("metric", "utility"):
        soft.set_params(objective=objective).compute_weights().unlearn()
        losses[objective] = soft.after_["log_loss"]
    assert tracemalloc.get_traced_memory()[1] < 50e6
    tracemalloc.stop()
    assert losses["utility"] < losses["metric"]


@pytest.mark.parametrize("held_out", [False, True])
@pytest.mark.parametrize("unit", [1e-3, 7.0])
def test_the_unit_of_the_weights_changes_nothing(unit, held_out):
    """Ten times the weights and a tenth of C are the same fit."""
    X, y, group = rounds.unfair(400, 0)
    X_val, y_val, group_val = rounds.unfair(300, 1)
    weight = np.random.default_rng(0).uniform(0.5, 2, 400)
    given = {"X_val": X_val, "y_val": y_val, "sensitive_features_val": group_val}
    found = []
    for k in (1.0, unit):
        model = LogisticRegression(C=1 / k, tol=1e-12, max_iter=1000)
        model.fit(X, y, sample_weight=k * weight)
        soft = SoftUnlearner(model, delta=0.8, surrogate="probability").fit_influence(
            X, y, k * weight, sensitive_features=group, **given if held_out else {}
        )
        found.append(soft.compute_weights().epsilon_)
    np.testing.assert_allclose(*found, atol=2e-3)


@pytest.fixture(params=["hist, weights", "hist, three classes", "forest, weights"])
def trees(request):
    view = tree_view(request.param)
    X, y, weight = tree_rows(len(view.classifier.classes_), n=200, seed=3)
    rng = np.random.default_rng(0)
    leading = {"metric": rng.normal(size=len(view.target))}
    return Utility(view, view.on(X, y), weight, leading=leading)


def test_of_trees_the_slope_that_training_left_is_none(trees):
    rng = np.random.default_rng(0)
    direction = rng.normal(size=len(trees.training.theta))
    theta = trees.training.theta + 1e-3 * direction
    step = 1e-6
    numerical = (trees.value(theta + step * direction) - trees.value(theta - step * direction)) / (
        2 * step
    )
    assert trees.gradient(theta) @ direction == pytest.approx(numerical, rel=1e-6)
    # At the fit the training rows ask for nothing.
    there = trees.validation
    alone = there.pull(there.slope * trees.weight[:, None])
    np.testing.assert_allclose(trees.gradient(trees.training.theta), alone, atol=1e-8)


def test_of_trees_the_term_is_the_curvature_in_a_krylov_space(trees):
    term = trees.term(trees.training, None)
    training, validation = trees.training, trees.validation
    start = trees.leading["metric"]
    moved = training.displacement(start, None)

    def bent(view, weight):
        change = view.jacobian.matvec(moved).reshape(view.raw_prediction.shape)
        return np.sum(change * view.bend(weight).apply(change))

    # The loss to second order along the change of the leaves: |R e|^2 for e in the space.
    expected = bent(training, training.sample_weight) + bent(validation, trees.weight)
    assert np.sum(term.matvec(start) ** 2) == pytest.approx(expected, rel=1e-8)
    assert term.shape == (DIRECTIONS, len(training.target))
