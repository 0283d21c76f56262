"""Boosted trees with a row or two per leaf, which no weights move."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.views import read_view
from tests.cases import unfair
from tests.oracles import change_by_replaying
from tests.tree_cases import boosting, cat, hist, lgbm, xgb

# Leaves of one row, or nearly so; and what to change.
DEEP = {
    "hist": (hist, {"max_leaf_nodes": None, "min_samples_leaf": 1}, "min_samples_leaf"),
    "hist, a few trees": (
        hist,
        {"max_leaf_nodes": None, "min_samples_leaf": 1, "learning_rate": 0.01},
        "max_leaf_nodes",
    ),
    "boosting": (boosting, {"max_depth": None}, "max_depth"),
    "lightgbm": (
        lgbm,
        {"num_leaves": 4000, "min_child_samples": 1, "min_child_weight": 0.0},
        "min_child_samples",
    ),
    "xgboost": (xgb, {"max_depth": 50, "min_child_weight": 0, "reg_lambda": 0}, "min_child_weight"),
    "catboost": (
        cat,
        {
            "grow_policy": "Lossguide",
            "max_leaves": 4000,
            "depth": 16,
            "l2_leaf_reg": 0.0,
            "random_strength": 0.0,
            "bootstrap_type": "No",
            "iterations": 30,
        },
        "min_data_in_leaf",
    ),
}
# As they come.
PLAIN = {
    "hist": (hist, {"max_iter": 100}),
    "boosting": (boosting, {"n_estimators": 100}),
    "lightgbm": (lgbm, {"n_estimators": 100, "num_leaves": 31, "min_child_samples": 20}),
    "xgboost": (xgb, {"n_estimators": 100, "max_depth": 6}),
    "catboost": (cat, {"iterations": 100, "depth": 6}),
}


def rows(n):
    X, y, group = unfair(n)
    return X[["a", "b", "c"]].to_numpy(), (y == "yes").astype(int), group


@pytest.mark.parametrize("name", DEEP)
@pytest.mark.filterwarnings("ignore:X does not have valid feature names:UserWarning")
def test_trees_that_know_their_rows_by_heart_are_refused(name):
    make, settings, advice = DEEP[name]
    X, y, group = rows(300)
    model = make(**settings).fit(X, y)
    with pytest.raises(UnsupportedEstimatorError, match=f"by heart.*in leaves of one.*'{advice}'"):
        SoftUnlearner(model).fit_influence(X, y, sensitive_features=group)


def called(load):
    return getattr(load, "__name__", load)


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("load", ["noisy", load_breast_cancer, load_iris], ids=called)
@pytest.mark.filterwarnings("ignore:X does not have valid feature names:UserWarning")
def test_the_defaults_of_the_libraries_are_taken(name, load):
    make, settings = PLAIN[name]
    X, y = rows(150)[:2] if load == "noisy" else load(return_X_y=True)
    seen = read_view(make(**settings).fit(X, y), X, y)
    # What it misses its rows by is not all in leaves of one class, and weights move it.
    assert 0.0 <= seen.base.pure < 0.9
    weight = seen.sample_weight * np.random.default_rng(5).uniform(0.3, 1.7, len(y))
    assert abs(change_by_replaying(seen, weight)) > 0.0


def test_the_share_in_leaves_of_one_class_is_that_of_plain_loops():
    X, y, _ = rows(150)
    weight = np.random.default_rng(0).uniform(0.5, 1.5, 150)
    model = hist(max_leaf_nodes=20, min_samples_leaf=2, learning_rate=0.5)
    seen = read_view(model.fit(X, y, sample_weight=weight), X, y, weight)
    alike = total = 0.0
    prior = np.log(weight @ y / (weight @ (1 - y)))
    raws = [np.full(150, prior), *model.staged_decision_function(X)][:-1]
    for tree, raw in enumerate(raws):
        missed = weight * np.abs(y - 1 / (1 + np.exp(-raw)))
        leaf = seen.leaves.of(tree)
        alike += sum(
            missed[leaf == k].sum() for k in np.unique(leaf) if len(set(y[leaf == k])) == 1
        )
        total += missed.sum()
    assert 0.1 < alike / total < 0.9
    assert seen.base.pure == pytest.approx(alike / total, rel=1e-6)
