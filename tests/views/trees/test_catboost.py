"""CatBoost's trees: what it alone does; what all libraries do is in `test_libraries`."""

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.exceptions import FidelityWarning
from sk_softunlearn.views import read_view
from tests.cases import unfair
from tests.library_cases import fitted, other_weights
from tests.oracles import change_by_replaying, change_by_respond
from tests.tree_cases import cat, tree_rows

catboost = pytest.importorskip("catboost", reason="CatBoost is not installed (extra 'boosting')")


def test_trees_that_shrink_those_before_are_read():
    """CatBoost rounds more where it does that."""
    X, y, weight = tree_rows()
    model = cat(model_shrink_rate=0.5, learning_rate=0.3).fit(X, y, sample_weight=weight)
    seen = read_view(model, X, y, weight)
    assert seen.fidelity < 1e-3
    for at in (weight, other_weights(seen)):
        found, expected = change_by_respond(seen, at), change_by_replaying(seen, at)
        assert found == pytest.approx(expected, rel=1e-5)
        change = np.random.default_rng(0).normal(size=len(y))
        made, slope = seen.make_leaves(at), np.ones(len(seen.theta))
        along = slope @ seen.moves(made, change)
        assert along == pytest.approx(seen.derivatives(made, slope[None])[0] @ change, rel=1e-9)


def test_classes_in_the_order_of_their_weights():
    X, y, _ = tree_rows()
    model = cat(class_weights={"yes": 2.0, "no": 1.0}).fit(X, y)
    assert list(model.classes_) == ["yes", "no"]
    seen = read_view(model, X, y)
    assert seen.fidelity < 1e-6
    np.testing.assert_array_equal(seen.target, (y == "no").astype(int))


def test_categories_are_seen_as_they_are_when_predicting_and_warned_of():
    X, y, group = unfair(800)
    model = cat(cat_features=["city"], one_hot_max_size=1).fit(X, y)
    with pytest.warns(FidelityWarning, match="CatBoostClassifier, made anew"):
        SoftUnlearner(model).fit_influence(X, y, sensitive_features=group)
    apart = cat(cat_features=["city"], one_hot_max_size=10).fit(X, y)
    assert read_view(apart, X, y).fidelity < 1e-6


@pytest.mark.parametrize("name", ["weights", "two steps", "class weights"])
def test_weights_of_any_size_are_read_alike(name):
    """CatBoost's penalty is times the mean weight."""
    seen = read_view(*fitted("catboost", name))
    moved = seen.replayed(3.0 * seen.sample_weight)
    np.testing.assert_allclose(moved.theta, seen.theta, atol=1e-12)


@pytest.mark.parametrize("alias", ["n_estimators", "num_boost_round", "num_trees"])
def test_growing_anew_knows_the_names_of_the_number_of_trees(alias):
    X, y, weight = tree_rows()
    model = cat(iterations=None, **{alias: 7}).fit(X, y)
    grown = read_view(model, X, y).refitted(weight)
    assert grown.classifier.tree_count_ == 7


def test_growing_anew_needs_no_rows_to_stop_by():
    X, y, weight = tree_rows()
    model = cat(iterations=100, learning_rate=0.5, use_best_model=True)
    model.fit(X[:300], y[:300], eval_set=[(X[300:], y[300:])])
    grown = read_view(model, X, y).refitted(weight)
    assert grown.classifier.tree_count_ == model.tree_count_


def test_growing_anew_knows_the_categories_that_fit_alone_was_told():
    X, y, _ = unfair(800)
    model = cat(one_hot_max_size=10).fit(X, y, cat_features=["city"])
    seen = read_view(model, X, y)
    assert seen.fidelity < 1e-6
    grown = seen.refitted(np.ones(len(y))).classifier
    assert grown.get_cat_feature_indices() == model.get_cat_feature_indices()
    np.testing.assert_allclose(grown.predict_proba(X), model.predict_proba(X))


def test_tuples_and_texts_are_cloned_and_a_frozen_model_is_taken_as_it_is():
    X, y, group = unfair(800)
    X = X[["a", "b", "c"]]
    rows = {"X": X, "y": y, "sensitive_features": group}
    for given in ({"class_weights": (1.0, 2.0)}, {"monotone_constraints": "(1,0,0)"}):
        soft = SoftUnlearner(cat(**given), delta=0.3, random_state=0).fit(**rows)
        assert soft.after_["demographic_parity"] < 0.75 * soft.before_["demographic_parity"]
    frozen = FrozenEstimator(cat(class_weights=[1.0, 2.0]).fit(X, y))
    np.testing.assert_array_equal(
        SoftUnlearner(frozen).fit(**rows).estimator_.predict(X), frozen.predict(X)
    )
