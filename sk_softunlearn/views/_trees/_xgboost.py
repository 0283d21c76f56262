"""XGBoost's boosting."""

import json
import re

import numpy as np

from sk_softunlearn.views._trees._ensemble import (
    BoostedEnsemble,
    number_leaves,
    refuse,
    refuse_settings,
)
from sk_softunlearn.views._trees._leaves import Structure
from sk_softunlearn.views._trees._order import order_of
from sk_softunlearn.views._trees._rule import Rule

__all__ = ["XGBoost"]

# Settings under which leaves are made by other rules, or bound; and what they may be.
SETTINGS = {
    ("booster",): ("gbtree",),
    ("objective",): ("binary:logistic", "multi:softprob", "multi:softmax"),
    ("num_parallel_tree",): (1,),
    ("max_delta_step",): (0,),
    ("multi_strategy",): ("one_output_per_tree",),
}
# Settings of the rule, and the parameters that they are given by.
GIVEN = {"learning_rate": "learning_rate", "lambda": "reg_lambda", "alpha": "reg_alpha"}


class XGBoost(BoostedEnsemble):
    """The trees of an XGBClassifier.

    Parameters
    ----------
    classifier : XGBClassifier
        Fitted.
    """

    package = "xgboost"
    names = ("XGBClassifier",)
    adds_exactly = False
    more_rows = "a larger 'min_child_weight' or a smaller 'max_depth'"

    def __init__(self, classifier):
        super().__init__(classifier)
        self.model = json.loads(classifier.get_booster().save_raw("json"))
        forest = self.model["learner"]["gradient_booster"]["model"]
        self.trees = forest["trees"]
        best = getattr(classifier, "best_iteration", None)
        if best is not None:
            self.trees = self.trees[: forest["iteration_indptr"][best + 1]]
        n_outputs = max(forest["tree_info"]) + 1
        self.places = [np.flatnonzero(np.array(t["left_children"]) == -1) for t in self.trees]
        self.settings = json.loads(classifier.get_booster().save_config())["learner"]
        sizes = np.array([len(place) for place in self.places])
        self.structure = Structure(sizes, n_outputs, orders=self._orders(n_outputs))

    def _orders(self, n_outputs):
        """Return the monotone constraints by iteration; () without any."""
        signs = self._signs()
        if not signs.any():
            return ()
        trees = [
            (
                np.array(tree["left_children"]),
                np.array(tree["right_children"]),
                np.where(tree["split_type"], 0, signs[np.array(tree["split_indices"])]),
                place,
            )
            for tree, place in zip(self.trees, self.places, strict=True)
        ]
        return [order_of(trees[k : k + n_outputs]) for k in range(0, len(trees), n_outputs)]

    def _signs(self):
        """Return 1, -1 or 0 for every column: the monotone constraints."""
        signs = np.zeros(self.classifier.n_features_in_, dtype=int)
        told = self.settings["gradient_booster"]["tree_train_param"]["monotone_constraints"]
        given = self.classifier.monotone_constraints
        if told in ("", "()") and given is not None:
            told = given
        if isinstance(told, dict):
            names = list(self.classifier.feature_names_in_)
            told = [told.get(name, 0) for name in names]
        elif isinstance(told, str):
            told = [int(sign) for sign in re.findall(r"-?\d", told)]
        signs[: len(told)] = told
        return signs

    @classmethod
    def check(cls, classifier):
        refuse_settings(classifier, SETTINGS)
        # XGBRFClassifier, by whatever name its parameters are read.
        if classifier.get_xgb_params().get("num_parallel_tree") not in (None, 1):
            raise refuse(
                classifier, "grows several trees at a time", "Use a RandomForestClassifier."
            )

    def rule(self, target, weight):
        trained = dict(self.settings["gradient_booster"]["tree_train_param"])
        # XGBoost's own files do not hold these; who loads one may give them.
        given = self.classifier.get_params()
        for name, parameter in GIVEN.items():
            if given.get(parameter) is not None:
                trained[name] = given[parameter]
        estimated = self.settings["learner_model_param"]["boost_from_average"]
        return Rule(
            float(trained["learning_rate"]),
            l2=float(trained["lambda"]),
            inner_l2=float(trained["lambda"]),
            l1=float(trained["alpha"]),
            factor=2.0 if self.structure.n_outputs > 1 else 1.0,
            prior=estimated == "1" and self.classifier.base_score is None,
            # With weights of labels XGBoost takes one step from even odds, and no more.
            prior_step=self.classifier.scale_pos_weight not in (None, 1),
        )

    @property
    def values(self):
        return np.concatenate(
            [
                np.array(tree["split_conditions"], dtype=float)[place]
                for tree, place in zip(self.trees, self.places, strict=True)
            ]
        )

    def store(self, values):
        parts = self.structure.split(values.astype(np.float32).astype(float))
        for tree, place, part in zip(self.trees, self.places, parts, strict=True):
            for node, value in zip(place.tolist(), part.tolist(), strict=True):
                tree["split_conditions"][node] = tree["base_weights"][node] = value
        booster = self.classifier.get_booster()
        # A model that is read forgets how it was trained.
        trained = booster.save_config()
        booster.load_model(bytearray(json.dumps(self.model).encode()))
        booster.load_config(trained)

    def find(self, X):
        return number_leaves(self.classifier.apply(X).astype(int), self.places)

    def raw(self, X):
        raw = self.classifier.predict(X, output_margin=True)
        return raw.reshape(len(raw), -1).astype(float)

    def row_factor(self, target, sample_weight):
        factor = self.classifier.scale_pos_weight
        if factor is None or self.structure.n_outputs > 1:
            return np.ones(len(target))
        return np.where(target == 1, float(factor), 1.0)

    def plain(self):
        n_estimators = len(self.trees) // self.structure.n_outputs
        return {
            "scale_pos_weight": None,
            "early_stopping_rounds": None,
            "n_estimators": n_estimators,
        }
