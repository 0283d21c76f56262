"""CatBoost's trees: what its rules come to, read and written by its own calls."""

import pickle
from copy import deepcopy
from functools import cache

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.exceptions import FidelityWarning, UnsupportedEstimatorError
from sk_softunlearn.views import BoostedTreesView, read_view, view_type
from tests.cases import unfair
from tests.oracles import change_by_replaying, change_by_respond
from tests.tree_cases import cat, fit_library, same, tree_rows

catboost = pytest.importorskip("catboost", reason="CatBoost is not installed (extra 'boosting')")


# name: (estimator, what is done to X, number of classes, whether fitted with sample_weight)
CASES = {
    "plain": (cat(), same, 2, False),
    "weights": (cat(l2_leaf_reg=7.0, learning_rate=0.2), same, 2, True),
    "one step": (cat(leaf_estimation_iterations=1), same, 2, True),
    "two steps": (cat(leaf_estimation_iterations=2, l2_leaf_reg=30.0), same, 2, True),
    "class weights": (cat(class_weights=[2.0, 0.4]), same, 2, True),
    "balanced": (cat(auto_class_weights="Balanced"), same, 2, True),
    "weight of a label": (cat(scale_pos_weight=3.0), same, 2, True),
    "from the average": (cat(boost_from_average=True), same, 2, True),
    "bootstrap": (cat(bootstrap_type="Bernoulli", subsample=0.5), same, 2, True),
    "depthwise": (cat(grow_policy="Depthwise"), same, 2, True),
}  # fmt: skip
every = pytest.mark.parametrize("name", CASES)


@cache
def fitted(name):
    return fit_library(*CASES[name])


def view(name):
    return read_view(*fitted(name))


def other_weights(seen):
    return seen.sample_weight * np.random.default_rng(5).uniform(0.3, 1.7, len(seen.target))


@every
def test_the_weights_of_the_fit_make_its_leaves_anew(name):
    seen = view(name)
    assert isinstance(seen, BoostedTreesView)
    assert seen.fidelity < 1e-6
    estimator, X, _, _ = fitted(name)
    raw = estimator.predict(X, prediction_type="RawFormulaVal").reshape(len(X), -1)
    np.testing.assert_allclose(seen.raw_prediction, raw, atol=1e-10)


@every
def test_respond_is_the_slope_of_replaying(name):
    seen = view(name)
    for weight in (seen.sample_weight, other_weights(seen)):
        found, expected = change_by_respond(seen, weight), change_by_replaying(seen, weight)
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-7)


def test_respond_is_the_slope_of_replaying_also_with_three_classes():
    seen = read_view(*fit_library(cat(), n_classes=3, weighted=True))
    found, expected = (
        f(seen, other_weights(seen)) for f in (change_by_respond, change_by_replaying)
    )
    assert found == pytest.approx(expected, rel=1e-4)


@every
def test_what_is_written_is_predicted_and_saved(name, tmp_path):
    estimator, X, _, _ = fitted(name)
    before, leaves = estimator.predict_proba(X), estimator.get_leaf_values().copy()
    seen = view(name)
    np.testing.assert_allclose(seen.write(seen.theta).predict_proba(X), before, atol=1e-14)
    moved = seen.replayed(other_weights(seen))
    written = seen.write(moved.theta)
    assert type(written) is type(estimator)
    expected = moved.loss.probability(moved.raw_prediction, 1)
    np.testing.assert_allclose(written.predict_proba(X)[:, 1], expected, atol=1e-10)
    assert np.abs(written.predict_proba(X) - before).max() > 1e-3
    for again in (pickle.loads(pickle.dumps(written)), deepcopy(written)):
        np.testing.assert_array_equal(again.predict_proba(X), written.predict_proba(X))
    # The library's own format.
    written.save_model(str(tmp_path / "model.cbm"))
    loaded = cat()
    loaded.load_model(str(tmp_path / "model.cbm"))
    np.testing.assert_array_equal(loaded.predict_proba(X), written.predict_proba(X))
    np.testing.assert_array_equal(loaded.predict(X), written.predict(X))
    # The model that was unpickled is written, too.
    unpickled = pickle.loads(pickle.dumps(estimator))
    again = read_view(unpickled, *fitted(name)[1:]).write(moved.theta)
    np.testing.assert_allclose(again.predict_proba(X), written.predict_proba(X), atol=1e-14)
    np.testing.assert_array_equal(estimator.get_leaf_values(), leaves)
    np.testing.assert_array_equal(estimator.predict_proba(X), before)


def test_three_classes_are_written():
    estimator, X, y, weight = fit_library(cat(), n_classes=3, weighted=True)
    seen = read_view(estimator, X, y, weight)
    moved = seen.replayed(other_weights(seen))
    shown = seen.write(moved.theta).predict_proba(X)
    for k in range(3):
        expected = moved.loss.probability(moved.raw_prediction, k)
        np.testing.assert_allclose(shown[:, k], expected, atol=1e-10)


def test_what_follows_the_best_iteration_is_left():
    X, y, _ = tree_rows()
    model = cat(iterations=200, learning_rate=0.5, early_stopping_rounds=3)
    model.fit(X[:300], y[:300], eval_set=[(X[300:], y[300:])])
    seen = read_view(model, X[:300], y[:300])
    assert len(seen.leaves.structure.sizes) == model.best_iteration_ + 1 < 200
    assert seen.fidelity < 1e-6
    moved = seen.replayed(other_weights(seen))
    expected = moved.loss.probability(moved.raw_prediction, 1)
    written = seen.write(moved.theta)
    np.testing.assert_allclose(written.predict_proba(X[:300])[:, 1], expected, atol=1e-10)


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"loss_function": "CrossEntropy"}, "loss_function='CrossEntropy'"),
        ({"langevin": True}, "langevin=True"),
        ({"posterior_sampling": True}, "posterior_sampling=True"),
    ],
    ids=str,
)
def test_other_rules_are_refused_before_the_fit(parameters, named):
    with pytest.raises(UnsupportedEstimatorError, match=f"CatBoostClassifier that has {named}"):
        view_type(cat(**parameters))


@pytest.mark.parametrize(
    "parameters",
    [
        {"leaf_estimation_method": "Gradient"},
        {"model_shrink_rate": 0.5, "model_shrink_mode": "Decreasing"},
    ],
    ids=str,
)
def test_what_the_replay_does_not_know_is_warned_of(parameters):
    X, y, group = unfair(800)
    X = X[["a", "b", "c"]]
    model = cat(**parameters).fit(X, y)
    with pytest.warns(FidelityWarning, match="CatBoostClassifier, made anew"):
        soft = SoftUnlearner(model).fit_influence(X, y, sensitive_features=group)
    assert soft.fidelity_ > 0.01


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


@pytest.mark.parametrize("correction", ["auto", "retrain"])
def test_the_whole_way(correction):
    X, y, group = unfair(1600)
    X = X[["a", "b", "c"]]
    model = cat(learning_rate=0.2, class_weights=[1.0, 1.5]).fit(X, y)
    soft = SoftUnlearner(model, delta=0.5, correction=correction, random_state=0)
    soft.fit_influence(X, y, sensitive_features=group).compute_weights().unlearn()
    assert soft.after_["demographic_parity"] < 0.65 * soft.before_["demographic_parity"]
    assert type(soft.unlearned_estimator_) is type(model)
    assert {"held_demographic_parity"} <= set(soft.validate("retrain", n=1))
    fresh = SoftUnlearner(cat(), random_state=0).fit(X, y, sensitive_features=group)
    assert fresh.fidelity_ < 1e-6


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
    seen = view(name)
    moved = seen.replayed(3.0 * seen.sample_weight)
    np.testing.assert_allclose(moved.theta, seen.theta, atol=1e-12)


@pytest.mark.parametrize("name", ["weights", "class weights"])
def test_a_corrected_model_is_read_with_its_new_weights(name):
    _, X, y, weight = fitted(name)
    seen = view(name)
    moved = np.where(seen.target == 1, 1.7, 0.8) * weight
    written = seen.write(seen.replayed(moved * seen.sample_weight / weight).theta)
    assert read_view(written, X, y, moved).fidelity < 1e-6


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
