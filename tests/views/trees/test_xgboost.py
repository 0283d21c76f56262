"""XGBoost's trees: what its rules come to, read and written by its own calls."""

import pickle
from copy import deepcopy
from functools import cache

import numpy as np
import pytest
from scipy import sparse

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.exceptions import FidelityWarning, UnsupportedEstimatorError
from sk_softunlearn.views import BoostedTreesView, read_view, view_type
from tests.cases import unfair
from tests.oracles import change_by_replaying, change_by_respond
from tests.tree_cases import fit_library, same, table, tree_rows, xgb

xgboost = pytest.importorskip("xgboost", reason="XGBoost is not installed (extra 'boosting')")


CATEGORIES = {"enable_categorical": True, "tree_method": "hist"}
LEAVES = {"tree_method": "approx", "grow_policy": "lossguide", "max_leaves": 7}
# name: (estimator, what is done to X, number of classes, whether fitted with sample_weight)
CASES = {
    "plain": (xgb(), same, 2, False),
    "weights": (xgb(reg_lambda=3.0, learning_rate=0.1), same, 2, True),
    "table": (xgb(**CATEGORIES), table, 2, True),
    "table, sets of categories": (xgb(max_cat_to_onehot=2, **CATEGORIES), table, 2, True),
    "alpha": (xgb(reg_alpha=1.5), same, 2, True),
    "base score": (xgb(base_score=0.3), same, 2, True),
    "weight of a label": (xgb(scale_pos_weight=3.0), same, 2, True),
    "sparse": (xgb(), sparse.csr_matrix, 2, True),
    "three classes": (xgb(), same, 3, True),
    "three classes, base score": (xgb(base_score=0.5, reg_alpha=0.2), same, 3, False),
    "exact": (xgb(tree_method="exact", gamma=0.1), same, 2, True),
    "leaves": (xgb(**LEAVES), same, 2, True),
    "some columns": (xgb(colsample_bynode=0.5), same, 2, False),
}  # fmt: skip
every = pytest.mark.parametrize("name", CASES)


@cache
def fitted(name):
    return fit_library(*CASES[name], numbers=True)


def view(name):
    return read_view(*fitted(name))


def other_weights(seen):
    return seen.sample_weight * np.random.default_rng(5).uniform(0.3, 1.7, len(seen.target))


@every
def test_the_weights_of_the_fit_make_its_leaves_anew(name):
    seen = view(name)
    assert isinstance(seen, BoostedTreesView)
    # Its floats have four bytes.
    assert seen.fidelity < 1e-5
    estimator, X, _, _ = fitted(name)
    raw = estimator.predict(X, output_margin=True)
    np.testing.assert_allclose(seen.raw_prediction, raw.reshape(len(raw), -1), atol=1e-5)


@every
def test_respond_is_the_slope_of_replaying(name):
    seen = view(name)
    for weight in (seen.sample_weight, other_weights(seen)):
        found, expected = change_by_respond(seen, weight), change_by_replaying(seen, weight)
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-7)


@every
def test_what_is_written_is_predicted_and_saved(name, tmp_path):
    estimator, X, _, _ = fitted(name)
    before, raw = estimator.predict_proba(X), estimator.get_booster().save_raw("ubj")
    seen = view(name)
    np.testing.assert_allclose(seen.write(seen.theta).predict_proba(X), before, atol=1e-7)
    moved = seen.replayed(other_weights(seen))
    written = seen.write(moved.theta)
    assert type(written) is type(estimator)
    expected = moved.loss.probability(moved.raw_prediction, 1)
    np.testing.assert_allclose(written.predict_proba(X)[:, 1], expected, atol=1e-5)
    assert np.abs(written.predict_proba(X) - before).max() > 1e-3
    for again in (pickle.loads(pickle.dumps(written)), deepcopy(written)):
        np.testing.assert_array_equal(again.predict_proba(X), written.predict_proba(X))
    # The library's own format.
    written.save_model(tmp_path / "model.ubj")
    loaded = xgb()
    loaded.load_model(tmp_path / "model.ubj")
    np.testing.assert_array_equal(loaded.predict_proba(X), written.predict_proba(X))
    np.testing.assert_array_equal(loaded.predict(X), written.predict(X))
    assert estimator.get_booster().save_raw("ubj") == raw
    np.testing.assert_array_equal(estimator.predict_proba(X), before)


def test_what_follows_the_best_iteration_is_left():
    X, y, _ = tree_rows()
    y = (y == "yes").astype(int)
    model = xgb(n_estimators=200, learning_rate=0.5, early_stopping_rounds=3)
    model.fit(X[:300], y[:300], eval_set=[(X[300:], y[300:])], verbose=False)
    seen = read_view(model, X[:300], y[:300])
    assert len(seen.leaves.structure.sizes) == model.best_iteration + 1 < 200
    assert seen.fidelity < 1e-5
    moved = seen.replayed(other_weights(seen))
    expected = moved.loss.probability(moved.raw_prediction, 1)
    written = seen.write(moved.theta)
    np.testing.assert_allclose(written.predict_proba(X[:300])[:, 1], expected, atol=1e-5)
    assert written.best_iteration == model.best_iteration


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"booster": "dart"}, "booster='dart'"),
        ({"booster": "gblinear"}, "booster='gblinear'"),
        ({"objective": lambda y, z: (z, z)}, "objective=<function"),
        ({"objective": "binary:hinge"}, "objective='binary:hinge'"),
        ({"objective": "binary:logitraw"}, "objective='binary:logitraw'"),
        ({"num_parallel_tree": 4}, "num_parallel_tree=4"),
        ({"max_delta_step": 1}, "max_delta_step=1"),
        ({"multi_strategy": "multi_output_tree"}, "multi_strategy='multi_output_tree'"),
    ],
    ids=lambda value: value if isinstance(value, str) else ", ".join(value),
)
def test_other_rules_are_refused_before_the_fit(parameters, named):
    with pytest.raises(UnsupportedEstimatorError, match=f"XGBClassifier that has {named}"):
        view_type(xgb(**parameters))


def test_what_the_replay_does_not_know_is_warned_of():
    X, y, group = unfair(800)
    X, y = X[["a", "b", "c"]], (y == "yes").astype(int)
    model = xgb(subsample=0.5).fit(X, y)
    with pytest.warns(FidelityWarning, match="XGBClassifier, made anew"):
        soft = SoftUnlearner(model).fit_influence(X, y, sensitive_features=group)
    assert soft.fidelity_ > 0.01


@pytest.mark.parametrize("correction", ["auto", "retrain"])
def test_the_whole_way(correction):
    X, y, group = unfair(1600)
    X["city"], y = X["city"].astype("category"), (y == "yes").astype(int)
    model = xgb(learning_rate=0.1, scale_pos_weight=1.5, **CATEGORIES).fit(X, y)
    soft = SoftUnlearner(model, delta=0.5, correction=correction, random_state=0)
    soft.fit_influence(X, y, sensitive_features=group).compute_weights().unlearn()
    assert soft.after_["demographic_parity"] < 0.65 * soft.before_["demographic_parity"]
    assert type(soft.unlearned_estimator_) is type(model)
    given = {k: v for k, v in model.get_params().items() if v is v}
    found = soft.unlearned_estimator_.get_params()
    assert {k: found[k] for k in given} == given
    assert {"held_demographic_parity"} <= set(soft.validate("retrain", n=1))
    fresh = SoftUnlearner(xgb(**CATEGORIES), random_state=0).fit(X, y, sensitive_features=group)
    assert fresh.fidelity_ < 1e-5


def test_the_weight_of_a_label_counts_for_two_classes_only():
    seen = read_view(
        *fit_library(xgb(scale_pos_weight=3.0, verbosity=0), n_classes=3, numbers=True)
    )
    assert seen.fidelity < 1e-5


@pytest.mark.parametrize(("name", "moves"), [("plain", True), ("base score", False)])
def test_the_prior_moves_with_the_weights_unless_it_is_given(name, moves):
    seen = view(name)
    weight = np.where(seen.target == 1, 3.0, 1.0)
    odds = weight @ (seen.target == 1) / (weight @ (seen.target == 0))
    assert seen.make_leaves(weight).prior[0] == pytest.approx(np.log(odds) if moves else 0.0)


@pytest.mark.parametrize("name", ["weights", "alpha", "weight of a label", "three classes"])
def test_a_corrected_model_is_read_with_its_new_weights(name):
    _, X, y, weight = fitted(name)
    seen = view(name)
    moved = np.where(y == 1, 1.7, 0.8) * weight
    factor = seen.sample_weight / weight
    written = seen.write(seen.replayed(moved * factor).theta)
    for model in (written, deepcopy(written), pickle.loads(pickle.dumps(written))):
        assert read_view(model, X, y, moved).fidelity < 1e-5


@pytest.mark.parametrize("ending", ["json", "ubj"])
def test_a_model_that_is_loaded_is_told_how_it_was_trained(ending, tmp_path):
    settings = {"learning_rate": 0.1, "reg_lambda": 3.0, "reg_alpha": 0.5}
    estimator, X, y, _ = fit_library(xgb(**settings), numbers=True)
    estimator.save_model(tmp_path / f"model.{ending}")
    for parameters in ({}, settings):
        loaded = xgb(**parameters)
        loaded.load_model(tmp_path / f"model.{ending}")
        assert (read_view(loaded, X, y).fidelity < 1e-5) == bool(parameters)


def test_a_forest_is_refused():
    with pytest.raises(UnsupportedEstimatorError, match="XGBRFClassifier that grows several trees"):
        view_type(xgboost.XGBRFClassifier())


@pytest.mark.parametrize("parameters", [{}, {"scale_pos_weight": 3.0}], ids=str)
def test_where_one_split_is_all_there_is_a_replay_is_a_fit(parameters):
    X, y, weight = tree_rows()
    X, y = (X[:, :1] * X[:, 1:2] > 0).astype(float), (y == "yes").astype(int)
    other = np.where(y == 1, 1.5, 0.7) * weight
    stumps = xgb(max_depth=1, learning_rate=0.05, **parameters)
    model, again = (deepcopy(stumps).fit(X, y, sample_weight=w) for w in (weight, other))
    seen = read_view(model, X, y, weight)
    moved = seen.replayed(other / weight * seen.sample_weight)
    found, expected = (m.predict_proba(X) for m in (seen.write(moved.theta), again))
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert np.abs(expected - model.predict_proba(X)).max() > 0.03
