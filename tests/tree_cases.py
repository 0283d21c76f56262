"""Tree ensembles as data: a setting of one is one line here."""

from copy import deepcopy
from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sk_softunlearn.views import read_view


@cache
def tree_rows(n_classes=2, n=500, seed=0):
    """Return X of four columns, string labels and weights; two of the columns act together."""
    rng = np.random.default_rng(seed)
    # Both hold floats of four bytes: no row changes its leaf where a library rounds.
    X = rng.normal(size=(n, 4)).astype(np.float32).astype(float)
    score = X @ rng.normal(size=(4, n_classes)) + 2 * rng.gumbel(size=(n, n_classes))
    score[:, 0] += 2 * (X[:, 0] * X[:, 1] > 0)
    y = np.array(["no", "yes", "perhaps"])[score.argmax(axis=1)]
    weight = np.where(y == "yes", 2.0, 0.7) * rng.uniform(0.5, 1.5, n)
    return X, y, weight


def same(X):
    return X


def table(X):
    """Return a table with two columns of categories, one of many, and missing numbers."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(X.copy(), columns=list("abcd"))
    many = np.floor(6 * (X[:, 2] + 3 + rng.normal(size=len(X)))).clip(0, 29).astype(int)
    few = np.where(X[:, 1] > 0, "Rome", "Oslo")
    frame["many"] = pd.Categorical([f"c{k}" for k in many])
    frame["few"] = pd.Categorical(np.where(rng.uniform(size=len(X)) < 0.2, "Bari", few))
    frame.loc[rng.uniform(size=len(X)) < 0.2, "a"] = np.nan
    return frame


def hist(**parameters):
    fixed = {"max_iter": 12, "early_stopping": False, "random_state": 0}
    return HistGradientBoostingClassifier(**(fixed | parameters))


def boosting(**parameters):
    return GradientBoostingClassifier(**({"n_estimators": 10, "random_state": 0} | parameters))


def forest(kind=RandomForestClassifier, **parameters):
    fixed = {"n_estimators": 8, "min_samples_leaf": 5, "random_state": 0}
    return kind(**(fixed | parameters))


def tree(**parameters):
    return DecisionTreeClassifier(**({"max_depth": 4, "random_state": 0} | parameters))


def lgbm(**parameters):
    library = pytest.importorskip("lightgbm", reason="needs the extra 'boosting'")
    fixed = {"n_estimators": 12, "num_leaves": 11, "min_child_samples": 5, "random_state": 0}
    return library.LGBMClassifier(**(fixed | {"verbose": -1, "n_jobs": 1} | parameters))


def xgb(**parameters):
    library = pytest.importorskip("xgboost", reason="needs the extra 'boosting'")
    fixed = {"n_estimators": 12, "max_depth": 4, "n_jobs": 1, "random_state": 0}
    return library.XGBClassifier(**(fixed | parameters))


def cat(**parameters):
    library = pytest.importorskip("catboost", reason="needs the extra 'boosting'")
    fixed = {"iterations": 12, "depth": 4, "random_seed": 0}
    quiet = {"verbose": 0, "thread_count": 1, "allow_writing_files": False}
    return library.CatBoostClassifier(**(fixed | quiet | parameters))


STOPS = {"validation_fraction": 0.2, "n_iter_no_change": 3}
WEIGHTS = {"no": 3.0, "yes": 0.5, "perhaps": 1.5}
# scikit-learn looks these up by the number of the class.
NUMBERED = {0: 3.0, 1: 0.5, 2: 1.5}
# name: (estimator, what is done to X, number of classes, whether fitted with sample_weight)
BOOSTED = {
    "hist": (hist(), same, 2, False),
    "hist, weights": (hist(l2_regularization=2.0, learning_rate=0.3), same, 2, True),
    "hist, table": (hist(categorical_features="from_dtype", max_leaf_nodes=9), table, 2, True),
    "hist, balanced": (hist(class_weight="balanced"), same, 2, True),
    "hist, class weights": (hist(class_weight=NUMBERED), same, 2, False),
    "hist, three classes": (hist(class_weight=NUMBERED, l2_regularization=1.0), same, 3, True),
    "hist, three classes, table": (hist(categorical_features="from_dtype"), table, 3, False),
    "hist, stops": (hist(early_stopping=True, max_iter=60, **STOPS), same, 2, True),
    "hist, stops at its loss": (
        hist(early_stopping=True, max_iter=60, validation_fraction=None, tol=0.02), same, 2, True),
    "hist, three classes, stops": (hist(early_stopping=True, **STOPS), same, 3, False),
    "hist, some columns": (hist(max_features=0.5, interaction_cst="pairwise"), same, 2, False),
    "hist, frozen": (make_pipeline(StandardScaler(), FrozenEstimator(hist())), same, 2, False),
    "hist, pipeline": (make_pipeline(StandardScaler(), hist()), same, 2, False),
    "boosting": (boosting(), same, 2, False),
    "boosting, weights": (boosting(learning_rate=0.4, max_depth=5), same, 2, True),
    "boosting, three classes": (boosting(ccp_alpha=0.001), same, 3, True),
    "boosting, from zero": (boosting(init="zero"), same, 2, True),
    "boosting, from a model": (boosting(init=LogisticRegression(C=0.01)), same, 2, False),
    "boosting, three classes from a model": (
        boosting(init=LogisticRegression(C=0.01)), same, 3, False),
    "boosting, stops": (boosting(n_estimators=60, tol=1e-3, **STOPS), same, 2, True),
    "boosting, pipeline": (make_pipeline(StandardScaler(), boosting()), same, 3, False),
}  # fmt: skip
FORESTS = {
    "forest": (forest(), same, 2, False),
    "forest, weights": (forest(), same, 2, True),
    "forest, few rows each": (forest(max_samples=0.4, max_features=None), same, 2, True),
    "forest, balanced": (forest(class_weight="balanced"), same, 2, True),
    "forest, balanced each": (forest(class_weight="balanced_subsample"), same, 2, True),
    "forest, class weights": (forest(class_weight=WEIGHTS, criterion="log_loss"), same, 3, True),
    "forest, three classes": (forest(class_weight="balanced_subsample"), same, 3, False),
    "forest, all rows": (forest(bootstrap=False, class_weight="balanced_subsample"), same, 2, True),
    "forest, pipeline": (make_pipeline(StandardScaler(), forest()), same, 2, False),
    "extra": (forest(ExtraTreesClassifier), same, 2, True),
    "extra, bootstrap": (forest(ExtraTreesClassifier, bootstrap=True), same, 3, True),
    "tree": (tree(), same, 2, True),
    "tree, balanced": (tree(class_weight="balanced"), same, 2, True),
    "tree, three classes": (tree(min_samples_leaf=10, max_depth=None), same, 3, True),
}  # fmt: skip
TREES = BOOSTED | FORESTS


@cache
def fitted_trees(name):
    """Return fitted trees with the X, y and sample_weight that they have seen."""
    estimator, prepare, n_classes, weighted = TREES[name]
    return fit_trees(estimator, prepare, n_classes, weighted)


def fit_trees(estimator, prepare=same, n_classes=2, weighted=False):
    """Return a fitted clone with the X, y and sample_weight that it has seen."""
    X, y, weight = tree_rows(n_classes)
    X, weight = prepare(X), weight if weighted else None
    weights = {} if weight is None else {"sample_weight": weight}
    if hasattr(estimator, "steps") and isinstance(estimator[-1], FrozenEstimator):
        scaler = clone(estimator[0])
        head = clone(estimator[-1].estimator).fit(scaler.fit_transform(X), y)
        return make_pipeline(scaler, FrozenEstimator(head)), X, y, weight
    return clone(estimator).fit(X, y, **weights), X, y, weight


def tree_view(name):
    """Return the view of fitted trees on their training rows."""
    return read_view(*fitted_trees(name))


def fit_library(model, prepare=same, n_classes=2, weighted=False, numbers=False):
    """Return a fitted copy of another library's classifier, and what it has seen."""
    X, y, weight = tree_rows(n_classes)
    X, weight = prepare(X), weight if weighted else None
    if numbers:
        # XGBoost takes no other labels than 0, 1, ...
        y = np.unique(y, return_inverse=True)[1]
    # CatBoost copies its lists, which `clone` does not take.
    model = deepcopy(model)
    return model.fit(X, y, sample_weight=weight), X, y, weight
