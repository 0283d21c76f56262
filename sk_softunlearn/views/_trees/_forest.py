"""scikit-learn's forests and single trees."""

from types import SimpleNamespace

import numpy as np
from sklearn.utils.class_weight import compute_sample_weight

from sk_softunlearn._sklearn import DRAWS_BY_WEIGHT, draw_weights, drawn_from
from sk_softunlearn.views._reading import class_weight_factor, refuse_several_labels
from sk_softunlearn.views._trees._ensemble import Ensemble, leaf_nodes, number_leaves, refuse
from sk_softunlearn.views._trees._leaves import Structure
from sk_softunlearn.views._trees._order import order_of

__all__ = ["Forest"]

# Leaves of fewer rows are nearly pure, and no weights move a pure leaf. Above this share of rows in
# such leaves an ensemble is refused.
FEWEST_ROWS, MOST_PURE = 5, 0.1


class Forest(Ensemble):
    """The trees of a RandomForestClassifier, ExtraTreesClassifier or DecisionTreeClassifier.

    Parameters
    ----------
    classifier : estimator
        Fitted.
    """

    package = "sklearn"
    names = ("RandomForestClassifier", "ExtraTreesClassifier", "DecisionTreeClassifier")

    def __init__(self, classifier):
        super().__init__(classifier)
        self._refuse_pure_leaves()
        n_classes = len(classifier.classes_)
        self.places = [leaf_nodes(tree) for tree in self._trees]
        shared = n_classes if n_classes > 2 else 1
        sizes = np.repeat([len(place) for place in self.places], shared)
        self.structure = Structure(sizes, shared, shared, self._orders())

    def _orders(self):
        """Return the monotone constraints by tree; () without any. There are none of classes."""
        if self.classifier.monotonic_cst is None:
            return ()
        signs = np.asarray(self.classifier.monotonic_cst)
        return [
            order_of([(tree.children_left, tree.children_right, signs[tree.feature], place)])
            for tree, place in zip(self._trees, self.places, strict=True)
        ]

    @property
    def _members(self):
        return getattr(self.classifier, "estimators_", [self.classifier])

    @property
    def _trees(self):
        return [member.tree_ for member in self._members]

    @classmethod
    def check(cls, classifier):
        fewest = classifier.min_samples_leaf
        grown = classifier.max_depth is None and classifier.max_leaf_nodes is None
        split = classifier.min_samples_split
        small = isinstance(fewest, int) and fewest < FEWEST_ROWS
        if small and grown and isinstance(split, int) and split < 2 * FEWEST_ROWS:
            raise refuse(
                classifier,
                f"is grown down to leaves of {fewest} rows",
                f"Weights do not move a leaf of one class; fit it with min_samples_leaf="
                f"{FEWEST_ROWS} or more, or limit 'max_depth'.",
            )

    def _refuse_pure_leaves(self):
        if isinstance(self.classifier.classes_, list):
            refuse_several_labels(self.classifier)
        sizes = np.concatenate([t.n_node_samples[leaf_nodes(t)] for t in self._trees])
        share = sizes[sizes < FEWEST_ROWS].sum() / sizes.sum()
        if share > MOST_PURE:
            raise refuse(
                self.classifier,
                f"has {share:.0%} of its rows in leaves of fewer than {FEWEST_ROWS}",
                f"Weights do not move a leaf of one class; fit it with min_samples_leaf="
                f"{FEWEST_ROWS} or more.",
            )

    @property
    def values(self):
        first, shared = (1, 1) if self.structure.shared == 1 else (0, self.structure.shared)
        shares = []
        for tree, place in zip(self._trees, self.places, strict=True):
            counted = tree.value[place, 0, :]
            counted = counted / counted.sum(axis=1, keepdims=True)
            shares.append(counted[:, first : first + shared].T.ravel())
        return np.concatenate(shares) / len(self.places)

    def store(self, values):
        shared = self.structure.shared
        parts = np.split(values * len(self.places), self.structure.starts[shared:-1:shared])
        for tree, place, part in zip(self._trees, self.places, parts, strict=True):
            shares = part.reshape(shared, -1).T
            tree.value[place, 0, :] = np.hstack([1.0 - shares, shares]) if shared == 1 else shares

    def find(self, X):
        return number_leaves(self.classifier.apply(X), self.places)

    def raw(self, X):
        shares = self.classifier.predict_proba(X)
        return shares[:, 1:] - 0.5 if self.structure.shared == 1 else shares

    @property
    def _balances_each(self):
        """Whether the classes are balanced among the draws of every tree."""
        balances = self.classifier.class_weight == "balanced_subsample"
        return balances and self.classifier.bootstrap

    def row_factor(self, target, sample_weight):
        if not isinstance(self.classifier.class_weight, str):
            return super().row_factor(target, sample_weight)
        if self._balances_each:
            return np.ones(len(target))
        # Without draws "balanced_subsample" is "balanced". A single tree counts rows.
        weighs = DRAWS_BY_WEIGHT and hasattr(self.classifier, "estimators_")
        balanced = SimpleNamespace(classes_=self.classifier.classes_, class_weight="balanced")
        counted = sample_weight if weighs else np.ones(len(target))
        return class_weight_factor(balanced, target, counted)

    def plain(self):
        # What is balanced among the draws of every tree is no factor of the rows.
        return {} if self._balances_each else super().plain()

    def bags(self, target):
        """Return a function that says how often a tree has drawn every row.

        Parameters
        ----------
        target : ndarray of shape (n,)
            Class indices of the training rows.

        Returns
        -------
        bags : callable
            Maps the number of a tree to an array of shape (n,), a factor of the weights.
        """
        if not getattr(self.classifier, "bootstrap", False):
            return lambda tree: 1.0
        n, n_fitted = len(target), drawn_from(self.classifier)
        if n != n_fitted:
            raise ValueError(
                f"'X' must be the {n_fitted} rows that the forest was fitted on, for its trees "
                f"have drawn from them, got {n}. Pass all of them, in their order."
            )
        drawn = self.classifier.estimators_samples_
        counts = np.empty((len(drawn), n), np.min_scalar_type(max(map(_most, drawn))))
        for tree, rows in enumerate(drawn):
            counts[tree] = np.bincount(rows, minlength=n)
        # Where rows are drawn by weight, a tree's draws have the weight in them.
        by = draw_weights(self.classifier)
        unit = 1.0 if by is None else np.where(by > 0, by, 1.0)
        if not self._balances_each:
            return lambda tree: counts[tree] / unit
        return lambda tree: (
            counts[tree] * compute_sample_weight("balanced", target, indices=drawn[tree]) / unit
        )


def _most(rows):
    """Return how often the row that a tree has drawn most often is drawn."""
    return int(np.bincount(rows).max())
