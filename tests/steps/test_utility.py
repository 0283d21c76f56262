"""The quadratic model of utility, against dense algebra and finite differences."""

import tracemalloc

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from sk_softunlearn import SoftUnlearner
from sk_softunlearn._steps import _utility as utility_module
from sk_softunlearn._steps._utility import DIRECTIONS, Utility
from sk_softunlearn.weights import LowRank
from tests.oracles import numerical_gradient
from tests.steps import test_rounds as rounds
from tests.tree_cases import tree_rows, tree_view


def test_gradient_is_the_derivative_of_the_loss(parts):
    seen, there, weight, _ = parts
    utility = Utility(seen, there, weight)
    theta = seen.theta + 0.1
    expected = numerical_gradient(utility.value, theta)
    np.testing.assert_allclose(utility.gradient(theta), expected, rtol=1e-6, atol=1e-5)


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
