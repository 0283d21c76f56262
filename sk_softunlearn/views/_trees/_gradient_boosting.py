"""scikit-learn's boosting of exact trees."""

from numbers import Integral

import numpy as np
from sklearn.utils import check_array

from sk_softunlearn.views._trees._ensemble import (
    BoostedEnsemble,
    leaf_nodes,
    learning_rows,
    number_leaves,
    refuse,
)
from sk_softunlearn.views._trees._leaves import Structure
from sk_softunlearn.views._trees._rule import Rule

__all__ = ["GradientBoosting"]


class GradientBoosting(BoostedEnsemble):
    """The trees of a GradientBoostingClassifier.

    Parameters
    ----------
    classifier : GradientBoostingClassifier
        Fitted.
    """

    package = "sklearn"
    names = ("GradientBoostingClassifier",)
    more_rows = "a larger 'min_samples_leaf' or a smaller 'max_depth'"

    def __init__(self, classifier):
        super().__init__(classifier)
        n_outputs = classifier.estimators_.shape[1]
        self.places = [leaf_nodes(tree) for tree in self._trees]
        sizes = np.array([len(place) for place in self.places])
        self.structure = Structure(sizes, n_outputs)

    @property
    def _trees(self):
        return [member.tree_ for member in self.classifier.estimators_.ravel()]

    @classmethod
    def check(cls, classifier):
        if classifier.loss != "log_loss":
            raise refuse(
                classifier, f"minimises loss={classifier.loss!r}", "Supported: 'log_loss'."
            )

    def rule(self, target, weight):
        # Friedman 2001, algorithm 6: (K - 1) / K times the ratio of the sums.
        n_outputs = self.structure.n_outputs
        factor = n_outputs / (n_outputs - 1) if n_outputs > 1 else 1.0
        classifier = self.classifier
        return Rule(classifier.learning_rate, factor=factor, prior=classifier.init is None)

    @property
    def values(self):
        rate = self.classifier.learning_rate
        return np.concatenate(
            [rate * t.value[p, 0, 0] for t, p in zip(self._trees, self.places, strict=True)]
        )

    def store(self, values):
        parts = self.structure.split(values / self.classifier.learning_rate)
        for tree, place, part in zip(self._trees, self.places, parts, strict=True):
            tree.value[place, 0, 0] = part

    def find(self, X):
        # `apply` asks the trees, which were fitted without names, and warn of a table.
        X = check_array(X, dtype=np.float32, accept_sparse="csr")
        return number_leaves(self.classifier.apply(X), self.places)

    def raw(self, X):
        raw = self.classifier.decision_function(X)
        return raw.reshape(len(raw), -1)

    def held(self, X, leaves):
        # `init` may be a classifier, which says another start for every row.
        if self.classifier.init is None or self.classifier.init == "zero":
            return super().held(X, leaves)
        return self.raw(X) - leaves.add(self.values)

    def learning(self, target):
        classifier = self.classifier
        if classifier.n_iter_no_change is None or not isinstance(classifier.random_state, Integral):
            return super().learning(target)
        return learning_rows(target, classifier.validation_fraction, classifier.random_state)

    def row_factor(self, target, sample_weight):
        return np.ones(len(target))

    def plain(self):
        return {}
