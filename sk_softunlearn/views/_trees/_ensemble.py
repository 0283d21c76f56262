"""What the views know of a library's trees."""

from abc import ABC, abstractmethod
from copy import deepcopy
from typing import ClassVar

import numpy as np
from sklearn.model_selection import train_test_split

from sk_softunlearn._sklearn import safe_indexing
from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.views._reading import class_weight_factor
from sk_softunlearn.views._trees._leaves import Leaves

__all__ = [
    "BoostedEnsemble",
    "Ensemble",
    "leaf_nodes",
    "learning_rows",
    "number_leaves",
    "refuse",
    "refuse_settings",
]

# Rows whose leaves are asked for at a time: libraries answer in whole numbers of four bytes.
BLOCK_ROWS = 4096
# Rows from which it is seen what is added to the leaves.
FEW_ROWS = 1000
# Share of the raw predictions' size by which they may differ from the sum of the leaves.
ADDS_UP = 1e-4


def refuse(classifier, what, advice):
    """Return the error that says why an ensemble cannot be corrected.

    Parameters
    ----------
    classifier : estimator
        The ensemble.
    what : str
        What about it, as "is fitted with loss='exponential'".
    advice : str
        What to do.
    """
    name = type(classifier).__name__
    return UnsupportedEstimatorError(f"'estimator' is a {name} that {what}. {advice}")


def refuse_settings(classifier, known):
    """Refuse an ensemble with a setting that cannot be read.

    Parameters
    ----------
    classifier : estimator
        The ensemble.
    known : dict of tuple of str to tuple
        What settings may be, by all of their names; they may always be left out, or None.

    Raises
    ------
    UnsupportedEstimatorError
        Naming the setting.
    """
    given = classifier.get_params()
    for names, values in known.items():
        for name in names:
            value = given.get(name)
            if value is None or any(value is v or value == v for v in values):
                continue
            advice = f"Supported: {' and '.join(map(repr, values))}." if values else "Leave it out."
            raise refuse(classifier, f"has {name}={value!r}, which cannot be read", advice)


class Ensemble(ABC):
    """Reads and writes the trees of one library, by its own calls.

    Parameters
    ----------
    classifier : estimator
        Fitted. `store` changes it, nothing else does.

    Attributes
    ----------
    structure : Structure
        Of its trees.
    """

    # The package that the class comes from, and its names there.
    package: ClassVar[str]
    names: ClassVar[tuple[str, ...]]

    def __init__(self, classifier):
        self.classifier = classifier

    @classmethod
    def accepts(cls, classifier):
        """Say whether the classifier is of this kind, or derived from it."""
        return any(
            owner.__name__ in cls.names and owner.__module__.partition(".")[0] == cls.package
            for owner in type(classifier).__mro__
        )

    @classmethod
    @abstractmethod
    def check(cls, classifier):
        """Refuse settings that cannot be read, before the fit.

        Raises
        ------
        UnsupportedEstimatorError
            Saying what to do instead.
        """

    @property
    @abstractmethod
    def values(self):
        """The leaf values, of shape (d,): what every leaf adds to the raw prediction."""

    @abstractmethod
    def store(self, values):
        """Write leaf values of shape (d,) into the classifier."""

    @abstractmethod
    def find(self, X):
        """Return the number of every row's leaf within each tree, of shape (n, T / shared)."""

    @abstractmethod
    def raw(self, X):
        """Return the raw predictions by the library itself, of shape (n, K)."""

    def leaves(self, X, n):
        """Return the leaves of n rows, as `Leaves`."""
        starts = range(0, n, BLOCK_ROWS)
        blocks = (self.find(safe_indexing(X, slice(s, min(s + BLOCK_ROWS, n)))) for s in starts)
        return Leaves.read(self.structure, blocks, n)

    def held(self, X, leaves):
        """Return what is added to the sum of the leaves, of shape (K,) or (n, K).

        Raises
        ------
        UnsupportedEstimatorError
            If it is not the same for all rows: something else than the leaves is added up.
        """
        few = slice(0, min(FEW_ROWS, leaves.codes.shape[1]))
        raw = self.raw(safe_indexing(X, few))
        offset = raw - Leaves(leaves.structure, leaves.codes[:, few]).add(self.values)
        if np.ptp(offset, axis=0).max(initial=0.0) > ADDS_UP * max(np.abs(raw).max(), 1.0):
            raise refuse(
                self.classifier,
                "does not predict the sum of its leaves",
                "Fit it with constant leaves, and without a start of its own for every row.",
            )
        return offset.mean(axis=0)

    def row_factor(self, target, sample_weight):
        """Return what the library multiplies the weight of every row with, of shape (n,).

        By default that of `class_weight`, where "balanced" counts rows, whatever they weigh.
        """
        return class_weight_factor(self.classifier, target, np.ones(len(target)))

    def regrown(self, X, y, weight):
        """Return a clone that is grown anew.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n, p)
            The rows as the classifier sees them.
        y : ndarray of shape (n,)
            Labels.
        weight : ndarray of shape (n,)
            Total weight of every row: `row_factor` is in it already.

        Returns
        -------
        classifier : estimator
            Fitted.
        """
        # Not `clone`, which refuses the lists that CatBoost copies.
        given = self.classifier.get_params(deep=False)
        plain = self.plain()
        fresh = type(self.classifier)(**deepcopy(given) | plain)
        fresh.fit(X, y, sample_weight=weight, **self.told())
        self.restore(fresh, {name: given.get(name) for name in plain})
        return fresh

    def restore(self, classifier, settings):
        """Give a fitted classifier its settings back, a dict by name."""
        classifier.set_params(**settings)

    def told(self):
        """Return what `fit` alone was told about the columns, and the model knows, a dict."""
        return {}

    def plain(self):
        """Return the settings under which a clone takes weights as they are, a dict by name."""
        return {"class_weight": None}


class BoostedEnsemble(Ensemble):
    """Trees that are made one after the other."""

    # Whether the prior is a part of the first trees' leaves, or beside the trees.
    prior_in_leaves: ClassVar[bool] = False
    # Whether it adds its leaves in floats of eight bytes.
    adds_exactly: ClassVar[bool] = True
    # How to fit it with more rows in a leaf.
    more_rows: ClassVar[str]

    @abstractmethod
    def rule(self, target, weight):
        """Return how the library made its leaf values, of rows of these classes and weights."""

    def learning(self, target):
        """Return which rows the trees were made of, a boolean array of shape (n,).

        Early stopping holds some out, which no tree has seen.
        """
        return np.ones(len(target), bool)


def learning_rows(target, held_out, seed):
    """Return which rows scikit-learn's early stopping has left to the trees.

    Parameters
    ----------
    target : ndarray of shape (n,)
        Class indices.
    held_out : float or int
        Share or number of the rows that are held out.
    seed : int
        Of the split.

    Returns
    -------
    learning : ndarray of shape (n,)
        Boolean.
    """
    learning, _ = train_test_split(
        np.arange(len(target)), test_size=held_out, stratify=target, random_state=seed
    )
    return np.isin(np.arange(len(target)), learning)


def leaf_nodes(tree):
    """Return the numbers of the nodes of a scikit-learn tree that are leaves."""
    return np.flatnonzero(tree.children_left == -1)


def number_leaves(nodes, places):
    """Return the number of leaves within their trees, from that of the nodes.

    Parameters
    ----------
    nodes : ndarray of shape (n, T) or (n, iterations, K)
        As `apply` returns them.
    places : list of T ndarray
        The nodes of every tree that are leaves, in order.

    Returns
    -------
    numbers : ndarray of shape (n, T)
        From 0 on in every tree.
    """
    nodes = nodes.reshape(len(nodes), -1)
    return np.column_stack(
        [np.searchsorted(place, column) for place, column in zip(places, nodes.T, strict=True)]
    )
