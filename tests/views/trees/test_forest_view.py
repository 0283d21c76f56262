"""Shares of classes: against the forests themselves, by hand and by finite differences."""

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.views import ForestView, find_head, read_view, view_type
from tests.cases import SKLEARN
from tests.oracles import change_by_replaying, change_by_respond
from tests.tree_cases import FORESTS, fitted_trees, forest, tree, tree_rows, tree_view

every = pytest.mark.parametrize("name", FORESTS)


def other_weights(seen, seed=5):
    return seen.sample_weight * np.random.default_rng(seed).uniform(0.3, 1.7, len(seen.target))


@every
def test_the_weights_of_the_fit_make_its_leaves_anew(name):
    seen = tree_view(name)
    assert isinstance(seen, ForestView)
    assert seen.fidelity < 1e-12
    estimator, X, _, _ = fitted_trees(name)
    probability = estimator.predict_proba(X)
    for k in range(probability.shape[1]):
        found = seen.loss.probability(seen.raw_prediction, k)
        np.testing.assert_allclose(found, probability[:, k], atol=1e-12)
    classes = find_head(estimator).classifier.classes_
    predicted = classes[seen.loss.predict(seen.raw_prediction)]
    np.testing.assert_array_equal(predicted, estimator.predict(X))
    np.testing.assert_array_equal(seen.replayed(seen.sample_weight).theta, seen.theta)


@every
def test_respond_is_the_slope_of_replaying(name):
    seen = tree_view(name)
    for weight in (seen.sample_weight, other_weights(seen)):
        found, expected = change_by_respond(seen, weight), change_by_replaying(seen, weight)
        assert found == pytest.approx(expected, rel=1e-5, abs=1e-8)
        assert abs(expected) > 1e-4


@pytest.mark.parametrize("name", ["forest", "extra", "tree"])
def test_replaying_is_fitting_leaves_by_hand(name):
    """Share of the second class among the rows of a leaf, drawn and weighted, tree by tree."""
    estimator, X, y, _ = fitted_trees(name)
    seen = tree_view(name)
    weight = other_weights(seen)
    members = getattr(estimator, "estimators_", [estimator])
    drawn = estimator.estimators_samples_ if name == "forest" else [np.arange(len(y))] * 99
    expected = np.zeros(len(y))
    for member, rows in zip(members, drawn, strict=False):
        node, inside = member.apply(X), member.apply(X[rows])
        for leaf in np.unique(inside):
            here = rows[inside == leaf]
            share = weight[here] @ (y[here] == "yes") / weight[here].sum()
            expected[node == leaf] += share / len(members)
    moved = seen.replayed(weight)
    np.testing.assert_allclose(moved.raw_prediction[:, 0] + 0.5, expected, atol=1e-12)
    corrected = moved.write(moved.theta)
    np.testing.assert_allclose(corrected.predict_proba(X)[:, 1], expected, atol=1e-12)


def test_replaying_without_a_bootstrap_is_fitting_a_tree_that_splits_alike():
    X = np.repeat([[0.0], [1.0]], 20, axis=0)
    y = np.tile([0, 0, 0, 1], 10)
    y[30:] = 1
    weight = np.random.default_rng(0).uniform(0.5, 2.0, 40)
    stump = DecisionTreeClassifier(max_depth=1).fit(X, y)
    seen = read_view(stump, X, y)
    again = DecisionTreeClassifier(max_depth=1).fit(X, y, sample_weight=weight)
    moved = seen.write(seen.replayed(weight).theta)
    np.testing.assert_allclose(moved.predict_proba(X), again.predict_proba(X))


@pytest.mark.parametrize("name", ["forest", "forest, class weights"])
def test_a_leaf_that_loses_its_rows_stays(name):
    seen = tree_view(name)
    emptied = seen.leaves.of(0) == 0
    weight = np.where(emptied, 0.0, seen.sample_weight)
    moved = seen.replayed(weight)
    assert np.isfinite(moved.theta).all()
    assert moved.theta[0] == seen.theta[0]
    scores = seen.under(weight).respond({"leaf": np.eye(len(seen.theta))[0]}, None)["leaf"]
    assert not scores.any()


@pytest.mark.skipif(SKLEARN < (1, 8), reason="until 1.7 forests grow otherwise than they predict")
def test_missing_numbers_are_read():
    X, y, weight = tree_rows()
    X = np.where(np.random.default_rng(0).uniform(size=X.shape) < 0.1, np.nan, X)
    for model in (forest(), forest(ExtraTreesClassifier), tree()):
        seen = read_view(model.fit(X, y, sample_weight=weight), X, y, weight)
        assert seen.fidelity < 1e-12


GROWN = "is grown down to leaves of 1 rows.*fit it with min_samples_leaf=5 or more"


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (RandomForestClassifier(10), GROWN),
        (ExtraTreesClassifier(10), GROWN),
        (DecisionTreeClassifier(), GROWN),
    ],
    ids=["forest", "extra", "tree"],
)
def test_settings_that_cannot_be_read_are_refused_before_the_fit_and_after(model, sentence):
    with pytest.raises(UnsupportedEstimatorError, match=sentence):
        view_type(model)
    X, y, _ = tree_rows()
    with pytest.raises(UnsupportedEstimatorError, match=sentence):
        read_view(model.fit(X, np.unique(y, return_inverse=True)[1]), X, y == "yes")


def test_pure_leaves_are_refused_where_only_the_fit_shows_them():
    X, y, _ = tree_rows()
    model = forest(min_samples_leaf=1, max_depth=14)
    assert view_type(model) is ForestView
    with pytest.raises(UnsupportedEstimatorError, match="% of its rows in leaves of fewer than 5"):
        read_view(model.fit(X, y), X, y)


def test_several_labels_per_row_are_refused():
    X, y, _ = tree_rows()
    model = tree().fit(X, np.column_stack([y, y]))
    with pytest.raises(UnsupportedEstimatorError, match="several labels per row"):
        read_view(model, X, y)


@pytest.mark.parametrize("n", [300, 499, 700])
def test_fewer_or_more_rows_than_trees_have_drawn_from_are_refused(n):
    estimator, X, y, _ = fitted_trees("forest")
    rows = np.arange(n) % 500
    seen = read_view(estimator, X[rows], y[rows])
    with pytest.raises(ValueError, match=f"must be the 500 rows .*drawn from them, got {n}"):
        _ = seen.fidelity


def test_leaf_shares_of_a_forest_stay_probabilities():
    for name in ("forest", "forest, three classes"):
        estimator, X, _, _ = fitted_trees(name)
        seen = tree_view(name)
        moved = seen.write(seen.replayed(other_weights(seen)).theta)
        probability = moved.predict_proba(X)
        np.testing.assert_allclose(probability.sum(axis=1), 1.0)
        assert probability.min() >= 0.0
        assert np.abs(probability - estimator.predict_proba(X)).max() > 0.01


@pytest.mark.parametrize("name", ["forest", "forest, weights", "extra, bootstrap", "tree"])
def test_a_corrected_forest_is_read_with_its_new_weights(name):
    _, X, y, _ = fitted_trees(name)
    seen = tree_view(name)
    weight = other_weights(seen)
    again = read_view(seen.write(seen.replayed(weight).theta), X, y, weight)
    assert again.fidelity < 1e-12


def test_weights_that_a_forest_has_not_seen_are_noticed():
    estimator, X, y, _ = fitted_trees("forest")
    weight = np.random.default_rng(0).uniform(0.2, 1.8, len(y))
    assert read_view(estimator, X, y, weight).fidelity > 0.01


def test_what_trees_have_drawn_takes_one_byte_per_row():
    seen = tree_view("forest")
    assert seen.bags.__closure__ is not None
    counts = [c.cell_contents for c in seen.bags.__closure__ if np.ndim(c.cell_contents) == 2]
    assert [c.dtype for c in counts] == [np.uint8]
