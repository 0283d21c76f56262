"""LightGBM's boosting."""

import re

import numpy as np

from sk_softunlearn.views._trees._boosting import Rule
from sk_softunlearn.views._trees._ensemble import BoostedEnsemble, refuse_settings
from sk_softunlearn.views._trees._leaves import Structure

__all__ = ["LightGBM"]

# Settings under which leaves are made by other rules, or bound, by all of their names; and what
# they may be.
SETTINGS = {
    ("boosting_type", "boosting", "boost"): ("gbdt", "gbrt", "goss"),
    ("linear_tree", "linear_trees"): (False,),
    ("monotone_constraints", "mc", "monotone_constraint", "monotonic_cst"): (),
    ("objective", "application", "app", "loss"): ("binary", "multiclass", "softmax"),
    ("sigmoid",): (1,),
}


class LightGBM(BoostedEnsemble):
    """The trees of an LGBMClassifier.

    Parameters
    ----------
    classifier : LGBMClassifier
        Fitted.
    """

    package = "lightgbm"
    names = ("LGBMClassifier",)
    prior_in_leaves = True

    def __init__(self, classifier):
        super().__init__(classifier)
        booster = classifier.booster_
        best = classifier.best_iteration_
        n_iterations = best if best and best > 0 else booster.current_iteration()
        model = booster.dump_model(num_iteration=n_iterations)
        sizes = np.array([tree["num_leaves"] for tree in model["tree_info"]])
        self.structure = Structure(sizes, booster.num_model_per_iteration())
        # The model says what every setting has come to, by whatever name it was given.
        text = booster.model_to_string(num_iteration=1)
        self.settings = dict(re.findall(r"^\[(\w+): (.*)\]$", text, re.MULTILINE))
        self.l2 = self._penalties(model)

    @classmethod
    def check(cls, classifier):
        refuse_settings(classifier, SETTINGS)

    def _penalties(self, model):
        """Return what is added to the bends of every leaf, of shape (d,).

        That of a leaf below a split of many categories into two sets is larger.
        """
        usual, more = float(self.settings["lambda_l2"]), float(self.settings["cat_l2"])
        fewest = int(self.settings["max_cat_to_onehot"])
        names, infos = model["feature_names"], model["feature_infos"]
        values = [infos.get(name, {}).get("values", []) for name in names]
        l2 = np.full(self.structure.starts[-1], usual)

        def walk(node, start, added):
            if "leaf_value" in node:
                l2[start + node.get("leaf_index", 0)] += added
                return
            of_sets = node["decision_type"] == "==" and len(values[node["split_feature"]]) > fewest
            for side in ("left_child", "right_child"):
                walk(node[side], start, more if of_sets else 0.0)

        for tree, start in zip(model["tree_info"], self.structure.starts, strict=False):
            walk(tree["tree_structure"], start, 0.0)
        return l2

    def rule(self, target, weight):
        n_outputs = self.structure.n_outputs
        return Rule(
            float(self.settings["learning_rate"]),
            l2=self.l2,
            l1=float(self.settings["lambda_l1"]),
            factor=n_outputs / (n_outputs - 1) if n_outputs > 1 else 1.0,
            prior=self.settings["boost_from_average"] == "1",
            prior_factor=1.0 / self._label_factor(target),
        )

    @property
    def values(self):
        booster = self.classifier.booster_
        return np.array(
            [
                booster.get_leaf_output(tree, leaf)
                for tree, size in enumerate(self.structure.sizes)
                for leaf in range(size)
            ]
        )

    def store(self, values):
        for tree, part in enumerate(self.structure.split(values)):
            for leaf, value in enumerate(part):
                self.classifier.booster_.set_leaf_output(tree, leaf, float(value))

    def find(self, X):
        return np.asarray(self.classifier.predict(X, pred_leaf=True)).reshape(len(X), -1)

    def raw(self, X):
        raw = np.asarray(self.classifier.predict(X, raw_score=True))
        return raw.reshape(len(raw), -1)

    def row_factor(self, target, sample_weight):
        return super().row_factor(target, sample_weight) * self._label_factor(target)

    def _label_factor(self, target):
        """Return the weight of every label of two classes, which the prior does not count."""
        second = float(self.settings["scale_pos_weight"])
        first, counts = 1.0, np.bincount(target, minlength=2)
        if self.settings["is_unbalance"] == "1" and counts[:2].all():
            rarer = counts[0] / counts[1]
            first, second = max(1.0 / rarer, 1.0), second * max(rarer, 1.0)
        return np.where(target == 1, second, first) if self.structure.n_outputs == 1 else 1.0

    def plain(self):
        n_estimators = len(self.structure.sizes) // self.structure.n_outputs
        given = {"is_unbalance": False, "scale_pos_weight": 1.0, "n_estimators": n_estimators}
        return super().plain() | given
