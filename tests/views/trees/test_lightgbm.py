"""LightGBM's trees: what its rules come to, read and written by its own calls."""

import pickle
import tracemalloc
from copy import deepcopy
from functools import cache
from inspect import signature

import numpy as np
import pytest
from scipy import sparse

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.exceptions import FidelityWarning, UnsupportedEstimatorError
from sk_softunlearn.views import BoostedTreesView, read_view, view_type
from tests.cases import unfair
from tests.oracles import change_by_replaying, change_by_respond
from tests.tree_cases import fit_library, lgbm, same, table, tree_rows

lightgbm = pytest.importorskip("lightgbm", reason="LightGBM is not installed (extra 'boosting')")

# Of arrays, which have no names, up to LightGBM 4.6.
pytestmark = pytest.mark.filterwarnings("ignore:X does not have valid feature names:UserWarning")


SETS = {"cat_l2": 7.0, "max_cat_to_onehot": 3, "min_data_per_group": 5, "cat_smooth": 1.0}
# name: (estimator, what is done to X, number of classes, whether fitted with sample_weight)
CASES = {
    "plain": (lgbm(), same, 2, False),
    "weights": (lgbm(reg_lambda=3.0, learning_rate=0.3), same, 2, True),
    "aliases": (lgbm(lambda_l2=3.0, eta=0.3), same, 2, False),
    "table": (lgbm(), table, 2, True),
    "table, sets of categories": (lgbm(reg_alpha=0.7, **SETS), table, 2, True),
    "alpha": (lgbm(reg_alpha=2.0), same, 2, False),
    "weight of a label": (lgbm(scale_pos_weight=3.0), same, 2, True),
    "unbalanced": (lgbm(is_unbalance=True), same, 2, True),
    "balanced": (lgbm(class_weight="balanced"), same, 2, True),
    "class weights": (lgbm(class_weight={"no": 2.0, "yes": 0.3}), same, 2, True),
    "no average": (lgbm(boost_from_average=False), same, 2, False),
    "three classes": (lgbm(), same, 3, True),
    "three classes, table": (lgbm(class_weight="balanced", reg_alpha=0.3), table, 3, True),
    "sparse": (lgbm(), sparse.csr_matrix, 2, True),
    "some columns": (lgbm(colsample_bytree=0.5, extra_trees=True), same, 2, False),
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
    raw = estimator.predict(X, raw_score=True)
    np.testing.assert_allclose(seen.raw_prediction, raw.reshape(len(raw), -1), atol=1e-10)


@every
def test_respond_is_the_slope_of_replaying(name):
    seen = view(name)
    for weight in (seen.sample_weight, other_weights(seen)):
        found, expected = change_by_respond(seen, weight), change_by_replaying(seen, weight)
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-7)


@every
def test_what_is_written_is_predicted_and_saved(name, tmp_path):
    estimator, X, _, _ = fitted(name)
    before, text = estimator.predict_proba(X), estimator.booster_.model_to_string()
    seen = view(name)
    same_again = seen.write(seen.theta)
    np.testing.assert_allclose(same_again.predict_proba(X), before, atol=1e-15)
    moved = seen.replayed(other_weights(seen))
    written = seen.write(moved.theta)
    assert type(written) is type(estimator)
    expected = moved.loss.probability(moved.raw_prediction, 1)
    np.testing.assert_allclose(written.predict_proba(X)[:, 1], expected, atol=1e-10)
    assert np.abs(written.predict_proba(X) - before).max() > 1e-3
    for again in (pickle.loads(pickle.dumps(written)), deepcopy(written)):
        np.testing.assert_array_equal(again.predict_proba(X), written.predict_proba(X))
    # The library's own format.
    written.booster_.save_model(tmp_path / "model.txt")
    loaded = lightgbm.Booster(model_file=str(tmp_path / "model.txt")).predict(X)
    shown = written.predict_proba(X)
    np.testing.assert_allclose(loaded, shown[:, 1] if loaded.ndim == 1 else shown, atol=1e-12)
    assert estimator.booster_.model_to_string() == text
    np.testing.assert_array_equal(estimator.predict_proba(X), before)


def measured_on(X, y):
    """Return the arguments of `fit` that name other rows, as this version calls them."""
    if "eval_X" in signature(lightgbm.LGBMClassifier.fit).parameters:
        return {"eval_X": X, "eval_y": y}
    return {"eval_set": [(X, y)]}


def test_what_follows_the_best_iteration_is_left():
    X, y, _ = tree_rows()
    y = (y == "yes").astype(int)
    model = lgbm(n_estimators=200, learning_rate=0.5, early_stopping_round=3)
    model.fit(X[:300], y[:300], **measured_on(X[300:], y[300:]))
    seen = read_view(model, X[:300], y[:300])
    assert len(seen.leaves.structure.sizes) == model.best_iteration_ < 200
    assert seen.fidelity < 1e-6
    moved = seen.replayed(other_weights(seen))
    expected = moved.loss.probability(moved.raw_prediction, 1)
    written = seen.write(moved.theta)
    np.testing.assert_allclose(written.predict_proba(X[:300])[:, 1], expected, atol=1e-10)
    np.testing.assert_allclose(
        pickle.loads(pickle.dumps(written)).predict_proba(X), written.predict_proba(X)
    )
    # Grown anew it has as many trees, and needs no rows to stop by.
    grown = seen.write(seen.refitted(seen.sample_weight).theta)
    np.testing.assert_allclose(grown.predict_proba(X), model.predict_proba(X), atol=1e-10)
    assert grown.get_params() == model.get_params()


@pytest.mark.parametrize(
    "parameters",
    [{"is_unbalance": True}, {"unbalance": True}, {"scale_pos_weight": 3.0, "n_iter": 7}],
    ids=str,
)
def test_growing_anew_weighs_labels_once(parameters):
    X, y, _ = tree_rows()
    model = lgbm(boost_from_average=False, **parameters).fit(X, y)
    seen = read_view(model, X, y)
    grown = seen.write(seen.refitted(seen.sample_weight).theta)
    np.testing.assert_allclose(grown.predict_proba(X), model.predict_proba(X), atol=1e-7)
    assert grown.get_params() == model.get_params()


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"boosting_type": "rf", "subsample": 0.5, "subsample_freq": 1}, "boosting_type='rf'"),
        ({"boosting_type": "dart"}, "boosting_type='dart'"),
        ({"boosting": "dart"}, "boosting='dart'"),
        ({"linear_tree": True}, "linear_tree=True"),
        ({"monotone_constraints_method": "advanced"}, "monotone_constraints_method='advanced'"),
        ({"mc_method": "intermediate"}, "mc_method='intermediate'"),
        ({"objective": lambda y, z: (z, z)}, "objective=<function"),
        ({"objective": "multiclassova"}, "objective='multiclassova'"),
        ({"sigmoid": 2.0}, "sigmoid=2.0"),
    ],
    ids=lambda value: value if isinstance(value, str) else ", ".join(value),
)
def test_other_rules_are_refused_before_the_fit(parameters, named):
    with pytest.raises(UnsupportedEstimatorError, match=f"LGBMClassifier that has {named}"):
        view_type(lgbm(**parameters))


@pytest.mark.parametrize(
    "parameters",
    [{"subsample": 0.5, "subsample_freq": 1}, {"path_smooth": 5.0}, {"max_delta_step": 0.1}],
    ids=str,
)
def test_what_the_replay_does_not_know_is_warned_of(parameters):
    X, y, group = unfair(800)
    X = X[["a", "b", "c"]]
    model = lgbm(**parameters).fit(X, y)
    with pytest.warns(FidelityWarning, match="LGBMClassifier, made anew"):
        soft = SoftUnlearner(model).fit_influence(X, y, sensitive_features=group)
    assert soft.fidelity_ > 0.01


@pytest.mark.parametrize("correction", ["auto", "retrain"])
def test_the_whole_way(correction):
    X, y, group = unfair(1600)
    X["city"] = X["city"].astype("category")
    model = lgbm(class_weight="balanced").fit(X, y)
    soft = SoftUnlearner(model, delta=0.5, correction=correction, random_state=0)
    soft.fit_influence(X, y, sensitive_features=group).compute_weights().unlearn()
    assert soft.after_["demographic_parity"] < 0.65 * soft.before_["demographic_parity"]
    assert type(soft.unlearned_estimator_) is type(model)
    assert soft.unlearned_estimator_.get_params() == model.get_params()
    assert {"held_demographic_parity"} <= set(soft.validate("retrain", n=1))
    fresh = SoftUnlearner(lgbm(), random_state=0).fit(X, y, sensitive_features=group)
    assert fresh.fidelity_ < 1e-6


@pytest.mark.parametrize("told", ["fit", "constructor"])
@pytest.mark.filterwarnings("ignore:categorical_feature keyword")
def test_growing_anew_knows_the_categories(told):
    X, _, _ = tree_rows()
    rng = np.random.default_rng(0)
    X = np.column_stack([X, rng.integers(12, size=len(X))])
    y = (np.sin(5 * X[:, -1]) + 0.3 * rng.normal(size=len(X)) > 0).astype(int)
    if told == "fit":
        model = lgbm().fit(X, y, categorical_feature=[4])
    else:
        model = lgbm(categorical_feature=[4]).fit(X, y)
    grown = read_view(model, X, y).refitted(np.ones(len(y))).classifier
    np.testing.assert_allclose(grown.predict_proba(X), model.predict_proba(X))


def test_leaves_are_read_in_little_memory():
    X = np.random.default_rng(0).normal(size=(60_000, 2))
    model = lgbm(n_estimators=20).fit(X, X[:, 0] > X[:, 1])
    ensemble = view_type(model).kind_of(model)(model)
    tracemalloc.start()
    leaves = ensemble.leaves(X, len(X))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert leaves.codes.nbytes == 20 * len(X)
    assert peak < 6 * leaves.codes.nbytes
