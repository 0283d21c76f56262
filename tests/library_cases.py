"""Other libraries' boosted trees as data: a setting of one is one line here."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from inspect import signature

import numpy as np
import pytest
from scipy import sparse

from tests.tree_cases import cat, fit_library, lgbm, same, table, xgb


@dataclass(frozen=True)
class Library:
    """What a library calls what all have.

    Parameters
    ----------
    make : callable
        Returns its classifier, given parameters.
    cases : dict
        name: (parameters, what is done to X, number of classes, whether fitted with weights)
    tolerance : float
        Of what the view says of the model: the size of its floats.
    raw : callable
        Returns the raw predictions of a model on X.
    state : callable
        Returns all that the model knows.
    reload : callable
        Returns what a model predicts for X that is written to a folder and read again: the
        probabilities and the labels.
    stopping : dict
        Settings with which it stops early.
    fit_stopping : callable
        Returns what `fit` is then told, given the model and the rows that it stops by.
    n_best : callable
        Returns how many trees of such a model count.
    refused : list of tuple
        Settings that no view takes, and how the error names them.
    unknown : list of dict
        Settings that the view takes, and does not know.
    way : dict
        Settings of a model that is corrected.
    approximate : frozenset, default=frozenset()
        Cases whose rule the view does not know.
    numbers : bool, default=False
        It takes no other labels than 0, 1, ...
    categories : bool, default=True
        It knows what to do with a column of categories.
    """

    make: Callable
    cases: dict
    tolerance: float
    raw: Callable
    state: Callable
    reload: Callable
    stopping: dict
    fit_stopping: Callable
    n_best: Callable
    refused: list
    unknown: list
    way: dict
    approximate: frozenset = frozenset()
    numbers: bool = False
    categories: bool = True

    def rows(self, X, y):
        """Return rows as the library takes them."""
        X = X.assign(city=X["city"].astype("category")) if self.categories else X[["a", "b", "c"]]
        return X, (y == "yes").astype(int) if self.numbers else y


def lightgbm_reload(model, folder, X):
    from lightgbm import Booster

    model.booster_.save_model(folder / "model.txt")
    found = Booster(model_file=str(folder / "model.txt")).predict(X)
    found = np.column_stack([1 - found, found]) if found.ndim == 1 else found
    return found, model.classes_[found.argmax(axis=1)]


def reload(make, ending):
    def through(model, folder, X):
        path = str(folder / f"model.{ending}")
        model.save_model(path)
        loaded = make()
        loaded.load_model(path)
        return loaded.predict_proba(X), loaded.predict(X)

    return through


def lightgbm_measured_on(model, X, y):
    """Return the arguments of `fit` that name other rows, as this version calls them."""
    if "eval_X" in signature(model.fit).parameters:
        return {"eval_X": X, "eval_y": y}
    return {"eval_set": [(X, y)]}


SETS = {"cat_l2": 7.0, "max_cat_to_onehot": 3, "min_data_per_group": 5, "cat_smooth": 1.0}
LIGHTGBM = Library(
    make=lgbm,
    cases={
        "plain": ({}, same, 2, False),
        "weights": ({"reg_lambda": 3.0, "learning_rate": 0.3}, same, 2, True),
        "aliases": ({"lambda_l2": 3.0, "eta": 0.3}, same, 2, False),
        "table": ({}, table, 2, True),
        "table, sets of categories": ({"reg_alpha": 0.7, **SETS}, table, 2, True),
        "alpha": ({"reg_alpha": 2.0}, same, 2, False),
        "weight of a label": ({"scale_pos_weight": 3.0}, same, 2, True),
        "unbalanced": ({"is_unbalance": True}, same, 2, True),
        "balanced": ({"class_weight": "balanced"}, same, 2, True),
        "class weights": ({"class_weight": {"no": 2.0, "yes": 0.3}}, same, 2, True),
        "no average": ({"boost_from_average": False}, same, 2, False),
        "three classes": ({}, same, 3, True),
        "three classes, table": ({"class_weight": "balanced", "reg_alpha": 0.3}, table, 3, True),
        "sparse": ({}, sparse.csr_matrix, 2, True),
        "some columns": ({"colsample_bytree": 0.5, "extra_trees": True}, same, 2, False),
    },
    tolerance=1e-10,
    raw=lambda model, X: model.predict(X, raw_score=True),
    state=lambda model: model.booster_.model_to_string(),
    reload=lightgbm_reload,
    stopping={"n_estimators": 200, "learning_rate": 0.5, "early_stopping_round": 3},
    fit_stopping=lightgbm_measured_on,
    n_best=lambda model: model.best_iteration_,
    refused=[
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
    unknown=[
        {"subsample": 0.5, "subsample_freq": 1},
        {"path_smooth": 5.0},
        {"max_delta_step": 0.1},
    ],
    way={"class_weight": "balanced"},
)

CATEGORIES = {"enable_categorical": True, "tree_method": "hist"}
LEAVES = {"tree_method": "approx", "grow_policy": "lossguide", "max_leaves": 7}
XGBOOST = Library(
    make=xgb,
    cases={
        "plain": ({}, same, 2, False),
        "weights": ({"reg_lambda": 3.0, "learning_rate": 0.1}, same, 2, True),
        "table": (CATEGORIES, table, 2, True),
        "table, sets of categories": ({"max_cat_to_onehot": 2, **CATEGORIES}, table, 2, True),
        "alpha": ({"reg_alpha": 1.5}, same, 2, True),
        "base score": ({"base_score": 0.3}, same, 2, True),
        "weight of a label": ({"scale_pos_weight": 3.0}, same, 2, True),
        "sparse": ({}, sparse.csr_matrix, 2, True),
        "three classes": ({}, same, 3, True),
        "three classes, base score": ({"base_score": 0.5, "reg_alpha": 0.2}, same, 3, False),
        "exact": ({"tree_method": "exact", "gamma": 0.1}, same, 2, True),
        "leaves": (LEAVES, same, 2, True),
        "some columns": ({"colsample_bynode": 0.5}, same, 2, False),
    },
    # Its floats have four bytes.
    tolerance=1e-5,
    raw=lambda model, X: model.predict(X, output_margin=True),
    state=lambda model: model.get_booster().save_raw("ubj"),
    reload=reload(xgb, "ubj"),
    stopping={"n_estimators": 200, "learning_rate": 0.5, "early_stopping_rounds": 3},
    fit_stopping=lambda model, X, y: {"eval_set": [(X, y)], "verbose": False},
    n_best=lambda model: model.best_iteration + 1,
    refused=[
        ({"booster": "dart"}, "booster='dart'"),
        ({"booster": "gblinear"}, "booster='gblinear'"),
        ({"objective": lambda y, z: (z, z)}, "objective=<function"),
        ({"objective": "binary:hinge"}, "objective='binary:hinge'"),
        ({"objective": "binary:logitraw"}, "objective='binary:logitraw'"),
        ({"num_parallel_tree": 4}, "num_parallel_tree=4"),
        ({"max_delta_step": 1}, "max_delta_step=1"),
        ({"multi_strategy": "multi_output_tree"}, "multi_strategy='multi_output_tree'"),
    ],
    unknown=[{"subsample": 0.5}],
    way={"learning_rate": 0.1, "scale_pos_weight": 1.5, **CATEGORIES},
    numbers=True,
)

CATBOOST = Library(
    make=cat,
    cases={
        "plain": ({}, same, 2, False),
        "weights": ({"l2_leaf_reg": 7.0, "learning_rate": 0.2}, same, 2, True),
        "one step": ({"leaf_estimation_iterations": 1}, same, 2, True),
        "two steps": ({"leaf_estimation_iterations": 2, "l2_leaf_reg": 30.0}, same, 2, True),
        "class weights": ({"class_weights": [2.0, 0.4]}, same, 2, True),
        "balanced": ({"auto_class_weights": "Balanced"}, same, 2, True),
        "weight of a label": ({"scale_pos_weight": 3.0}, same, 2, True),
        "from the average": ({"boost_from_average": True}, same, 2, True),
        "bootstrap": ({"bootstrap_type": "Bernoulli", "subsample": 0.5}, same, 2, True),
        "depthwise": ({"grow_policy": "Depthwise"}, same, 2, True),
        "three classes": ({}, same, 3, True),
    },
    tolerance=1e-10,
    raw=lambda model, X: model.predict(X, prediction_type="RawFormulaVal"),
    state=lambda model: model.get_leaf_values().tobytes(),
    reload=reload(cat, "cbm"),
    stopping={"iterations": 200, "learning_rate": 0.5, "early_stopping_rounds": 3},
    fit_stopping=lambda model, X, y: {"eval_set": [(X, y)]},
    n_best=lambda model: model.best_iteration_ + 1,
    refused=[
        ({"loss_function": "CrossEntropy"}, "loss_function='CrossEntropy'"),
        ({"langevin": True}, "langevin=True"),
        ({"posterior_sampling": True}, "posterior_sampling=True"),
    ],
    unknown=[
        {"leaf_estimation_method": "Gradient"},
        {"model_shrink_rate": 0.5, "model_shrink_mode": "Decreasing"},
    ],
    way={"learning_rate": 0.2, "scale_pos_weight": 1.5},
    approximate=frozenset({"three classes"}),
    categories=False,
)
LIBRARIES = {"lightgbm": LIGHTGBM, "xgboost": XGBOOST, "catboost": CATBOOST}


def of_every(values):
    """Parametrise over the libraries that are installed, and what `values` lists of each."""
    return pytest.mark.parametrize(
        ("library", "value"),
        [
            pytest.param(
                name,
                value,
                id=f"{name}-{value[1] if isinstance(value, tuple) else value}",
                marks=pytest.mark.skipif(
                    not find_spec(name), reason=f"{name} is not installed (extra 'boosting')"
                ),
            )
            for name, library in LIBRARIES.items()
            for value in values(library)
        ],
    )


@cache
def fitted(library, case):
    """Return a fitted classifier with the X, y and sample_weight that it has seen."""
    library = LIBRARIES[library]
    parameters, *how = library.cases[case]
    return fit_library(library.make(**deepcopy(parameters)), *how, numbers=library.numbers)


def other_weights(seen):
    return seen.sample_weight * np.random.default_rng(5).uniform(0.3, 1.7, len(seen.target))
