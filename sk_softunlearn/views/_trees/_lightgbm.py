"""LightGBM's boosting."""

import re

import numpy as np

from sk_softunlearn.views._trees._ensemble import BoostedEnsemble, refuse_settings
from sk_softunlearn.views._trees._leaves import Structure
from sk_softunlearn.views._trees._order import order_of
from sk_softunlearn.views._trees._rule import Rule

__all__ = ["LightGBM"]

# Settings under which leaves are made by other rules, or bound, by all of their names; and what
# they may be.
SETTINGS = {
    ("boosting_type", "boosting", "boost"): ("gbdt", "gbrt", "goss"),
    ("linear_tree", "linear_trees"): (False,),
    ("monotone_constraints_method", "monotone_constraining_method", "mc_method"): ("basic",),
    ("objective", "application", "app", "loss"): ("binary", "multiclass", "softmax"),
    ("sigmoid",): (1,),
}
# All names of settings that a fit with the weights of every row goes without.
UNBALANCED = ("is_unbalance", "unbalance", "unbalanced_sets")
ITERATIONS = (
    *("num_iterations", "num_iteration", "n_iter", "num_tree", "num_trees", "num_round"),
    *("num_rounds", "nrounds", "num_boost_round", "n_estimators", "max_iter"),
)
STOPS = ("early_stopping_round", "early_stopping_rounds", "early_stopping", "n_iter_no_change")
CATEGORIES = (
    *("categorical_feature", "cat_feature", "categorical_column", "cat_column"),
    *("categorical_features", "cat_features"),
)


class LightGBM(BoostedEnsemble):
    """The trees of an LGBMClassifier.

    Parameters
    ----------
    classifier : LGBMClassifier
        Fitted.
    """

    package = "lightgbm"
    names = ("LGBMClassifier",)
    more_rows = "a larger 'min_child_samples' or a smaller 'num_leaves'"
    prior_in_leaves = True

    def __init__(self, classifier):
        super().__init__(classifier)
        booster = classifier.booster_
        best = classifier.best_iteration_
        n_iterations = best if best and best > 0 else booster.current_iteration()
        # The model says what every setting has come to, by whatever name it was given.
        head, *trees = booster.model_to_string(num_iteration=n_iterations).split("\nTree=")
        trees[-1], tail = trees[-1].split("end of trees")
        self.head, self.trees = _entries(head), [_entries(tree) for tree in trees]
        self.settings = dict(re.findall(r"^\[(\w+): (.*)\]$", tail, re.MULTILINE))
        sizes = np.array([int(tree["num_leaves"]) for tree in self.trees])
        n_outputs = int(self.head["num_tree_per_iteration"])
        self.structure = Structure(sizes, n_outputs, orders=self._orders(n_outputs))

    def _orders(self, n_outputs):
        """Return the monotone constraints by iteration; () without any."""
        signs = np.array(self.head.get("monotone_constraints", "").split(), dtype=int)
        if not signs.any():
            return ()
        trees = [_nodes(tree, signs) for tree in self.trees]
        return [order_of(trees[k : k + n_outputs]) for k in range(0, len(trees), n_outputs)]

    @classmethod
    def check(cls, classifier):
        refuse_settings(classifier, SETTINGS)

    @property
    def penalties(self):
        """What is added to the bends of every leaf, of shape (d,).

        That of a leaf below a split of many categories into two sets is larger.
        """
        l2 = np.full(self.structure.starts[-1], float(self.settings["lambda_l2"]))
        fewest, more = int(self.settings["max_cat_to_onehot"]), float(self.settings["cat_l2"])
        counts = np.array([info.count(":") + 1 for info in self.head["feature_infos"].split()])
        for tree, start in zip(self.trees, self.structure.starts, strict=False):
            if tree["num_cat"] == "0":
                continue
            kind = np.array(tree["decision_type"].split(), dtype=int)
            feature = np.array(tree["split_feature"].split(), dtype=int)
            of_sets = (kind % 2 == 1) & (counts[feature] > fewest)
            for side in ("left_child", "right_child"):
                child = np.array(tree[side].split(), dtype=int)[of_sets]
                # Below 0 it is a leaf.
                l2[start - 1 - child[child < 0]] += more
        return l2

    def rule(self, target, weight):
        n_outputs = self.structure.n_outputs
        return Rule(
            float(self.settings["learning_rate"]),
            l2=self.penalties,
            inner_l2=float(self.settings["lambda_l2"]),
            l1=float(self.settings["lambda_l1"]),
            factor=n_outputs / (n_outputs - 1) if n_outputs > 1 else 1.0,
            prior=self.settings["boost_from_average"] == "1",
            prior_factor=1.0 / self._label_factor(target),
        )

    @property
    def values(self):
        return np.concatenate(
            [np.array(tree["leaf_value"].split(), dtype=float) for tree in self.trees]
        )

    def store(self, values):
        for tree, part in enumerate(self.structure.split(values)):
            for leaf, value in enumerate(part):
                self.classifier.booster_.set_leaf_output(tree, leaf, float(value))

    def find(self, X):
        found = np.asarray(self.classifier.predict(X, pred_leaf=True))
        return found.reshape(len(found), -1)

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
        n_iterations = len(self.structure.sizes) // self.structure.n_outputs
        plain = dict.fromkeys(UNBALANCED, False) | {"scale_pos_weight": 1.0}
        plain |= dict.fromkeys(ITERATIONS, n_iterations) | dict.fromkeys(STOPS, 0)
        given = self.classifier.get_params()
        return super().plain() | {k: value for k, value in plain.items() if k in given}

    def told(self):
        given, columns = self.classifier.get_params(), self.settings.get("categorical_feature")
        if not columns or any(name in given for name in CATEGORIES):
            return {}
        return {"categorical_feature": [int(column) for column in columns.split(",")]}


def _entries(text):
    """Return the lines `name=value` of a text, a dict."""
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def _nodes(tree, signs):
    """Return children and constraints of a tree's nodes, and its leaves, which come last."""
    n_leaves = int(tree["num_leaves"])
    n_splits = n_leaves - 1
    leaves = np.arange(n_splits, n_splits + n_leaves)
    full = [np.zeros(n_splits + n_leaves, int) for _ in range(3)]
    if n_splits:
        left, right, feature, kind = (
            np.array(tree[name].split(), dtype=int)
            for name in ("left_child", "right_child", "split_feature", "decision_type")
        )
        for values, child in zip(full, (left, right), strict=False):
            # Below 0 it is a leaf.
            values[:n_splits] = np.where(child < 0, n_splits - 1 - child, child)
        full[2][:n_splits] = np.where(kind % 2, 0, signs[feature])
    return (*full, leaves)
