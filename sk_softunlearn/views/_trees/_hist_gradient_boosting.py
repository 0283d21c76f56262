"""scikit-learn's boosting of histograms."""

from functools import cached_property

import numpy as np
from sklearn.utils.class_weight import compute_sample_weight

from sk_softunlearn._sklearn import (
    histogram_nodes,
    histogram_probe,
    histogram_seed,
    histogram_signs,
)
from sk_softunlearn.views._trees._ensemble import BoostedEnsemble, learning_rows
from sk_softunlearn.views._trees._leaves import Structure
from sk_softunlearn.views._trees._order import order_of
from sk_softunlearn.views._trees._rule import Rule

__all__ = ["HistGradientBoosting"]


class HistGradientBoosting(BoostedEnsemble):
    """The trees of a HistGradientBoostingClassifier.

    Parameters
    ----------
    classifier : HistGradientBoostingClassifier
        Fitted.
    """

    package = "sklearn"
    names = ("HistGradientBoostingClassifier",)
    more_rows = "a larger 'min_samples_leaf' or a smaller 'max_leaf_nodes'"

    def __init__(self, classifier):
        super().__init__(classifier)
        n_outputs = classifier.n_trees_per_iteration_
        self.places = [np.flatnonzero(nodes["is_leaf"]) for nodes in histogram_nodes(classifier)]
        sizes = np.array([len(place) for place in self.places])
        signs = histogram_signs(classifier)
        orders = () if signs is None else [self._order(tree, signs) for tree in range(len(sizes))]
        self.structure = Structure(sizes, n_outputs, orders=orders)

    def _order(self, tree, signs):
        """Return the monotone constraints on a tree, the only one of its iteration."""
        nodes = histogram_nodes(self.classifier)[tree]
        signs = signs[nodes["feature_idx"]]
        return order_of([(nodes["left"], nodes["right"], signs, self.places[tree])])

    @classmethod
    def check(cls, classifier):
        """Refuse nothing."""

    def rule(self, target, weight):
        classifier = self.classifier
        l2 = classifier.l2_regularization
        return Rule(classifier.learning_rate, l2, inner_l2=l2)

    @property
    def values(self):
        nodes = histogram_nodes(self.classifier)
        return np.concatenate([n["value"][p] for n, p in zip(nodes, self.places, strict=True)])

    def store(self, values):
        parts = self.structure.split(values)
        for nodes, place, part in zip(
            histogram_nodes(self.classifier), self.places, parts, strict=True
        ):
            nodes["value"][place] = part

    def find(self, X):
        # Leaves that hold their own number say by the public staged prediction where a row is.
        n_outputs = self.structure.n_outputs
        found = np.empty((len(self.places), len(X)), self.structure.code_type)
        before = 0.0
        for step, raw in enumerate(self._probe.staged_decision_function(X)):
            raw = raw.reshape(len(X), -1)
            found[step * n_outputs : (step + 1) * n_outputs] = np.rint(raw - before).T
            before = raw
        return found.T

    @cached_property
    def _probe(self):
        probe = histogram_probe(self.classifier)
        type(self)(probe).store(np.concatenate([np.arange(len(place)) for place in self.places]))
        return probe

    def raw(self, X):
        raw = self.classifier.decision_function(X)
        return raw.reshape(len(raw), -1)

    def learning(self, target):
        classifier = self.classifier
        if not classifier.do_early_stopping_ or classifier.validation_fraction is None:
            return super().learning(target)
        return learning_rows(target, classifier.validation_fraction, histogram_seed(classifier))

    def row_factor(self, target, sample_weight):
        # scikit-learn looks a dict up by the number of the class, whatever its label.
        return compute_sample_weight(self.classifier.class_weight, target)
