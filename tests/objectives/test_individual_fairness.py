"""Pairs of similar rows."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestNeighbors

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.objectives import IndividualFairness, Panel
from sk_softunlearn.views import read_view
from tests.contracts.test_objectives import EvaluationRows
from tests.oracles import numerical_gradient


def turned(X):
    other = np.array(X)
    other[:, 0] = 1 - other[:, 0]
    return other


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    group = rng.integers(2, size=800)
    X = np.column_stack([group, rng.normal(size=(800, 2))])
    y = (X.sum(axis=1) + rng.logistic(size=800) > 0.5).astype(int)
    return LogisticRegression(tol=1e-8).fit(X, y), X, y


def panel(data, objective, weight):
    model, X, y = data
    view = read_view(model, X, y)
    evaluated = EvaluationRows(view.loss, view.target, weight, model.classes_, 1, X=X)
    return view, Panel({"pairs": objective}, view, evaluated)


@pytest.mark.parametrize("objective", [IndividualFairness(), IndividualFairness(twins=turned)])
def test_it_is_the_mean_squared_difference_and_has_its_gradient(data, objective):
    model, X, _ = data
    weight = np.random.default_rng(1).uniform(0.5, 2.0, len(X))
    view, bound = panel(data, objective, weight)
    p = model.predict_proba(X)[:, 1]
    if objective.twins is None:
        near = NearestNeighbors(n_neighbors=4).fit(X).kneighbors(X, return_distance=False)[:, 1:]
        squares = ((p[:, None] - p[near]) ** 2).mean(axis=1)
    else:
        squares = (p - model.predict_proba(turned(X))[:, 1]) ** 2
    expected = np.average(squares, weights=weight)
    assert bound.measure(view.theta)["pairs"] == pytest.approx(expected)
    slope = numerical_gradient(lambda theta: bound.measure(theta)["pairs"], view.theta)
    np.testing.assert_allclose(bound.gradients(view.theta)["pairs"], slope, atol=1e-9)


def test_treating_twins_alike_is_what_is_measured(data):
    model, X, y = data
    soft = SoftUnlearner(model, IndividualFairness(twins=turned), delta=0.8, n_rounds=8)
    soft.fit_influence(X, y).compute_weights().unlearn()
    share = 1 - soft.after_["individual_fairness"] / soft.before_["individual_fairness"]
    assert share == pytest.approx(0.8, rel=0.01)
    assert abs(soft.unlearned_estimator_.coef_[0, 0]) < 0.6 * abs(model.coef_[0, 0])


def test_twins_must_be_as_many(data):
    model, X, y = data
    with pytest.raises(ValueError, match=r"'twins' must return as many rows .* got 5"):
        SoftUnlearner(model, IndividualFairness(twins=lambda X: X[:5])).fit_influence(X, y)


def test_one_row_has_no_others(data):
    model, X, y = data
    with pytest.raises(ValueError, match="two validation rows or more to compare, got 1"):
        SoftUnlearner(model, IndividualFairness()).fit_influence(X, y, X_val=X[:1], y_val=y[:1])
