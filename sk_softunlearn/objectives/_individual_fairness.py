"""How differently similar rows are treated."""

from numbers import Integral
from typing import ClassVar

import numpy as np
from sklearn.neighbors import NearestNeighbors

from sk_softunlearn._sklearn import Interval, num_samples
from sk_softunlearn._sweeps import is_elsewhere
from sk_softunlearn.objectives._base import BoundObjective, Objective

__all__ = ["IndividualFairness"]


class IndividualFairness(Objective):
    """Mean squared difference of the favourable class's probability between paired rows.

    "Similar individuals are treated similarly" (Dwork et al. 2012), as a mean over pairs: a row
    and its nearest neighbours in the features that the corrected layers see, or a row and its twin
    that differs in the sensitive column only.

    Parameters
    ----------
    twins : callable, default=None
        Maps validation rows, as the estimator takes them, to their twins, in the same order: a
        copy with the sensitive column changed. None: nearest neighbours are the pairs.
    n_neighbors : int, default=3
        Neighbours of each row, where there are no twins. Of several at the same distance any may
        be taken: sparse and dense features, which are searched in other ways, may choose others.

    Raises
    ------
    ValueError
        By `place`, if there are not as many twins as rows, or a row has no others.

    Examples
    --------
    >>> from sk_softunlearn.objectives import IndividualFairness
    >>> IndividualFairness(n_neighbors=5)
    IndividualFairness(n_neighbors=5)
    """

    name = "individual_fairness"
    _parameter_constraints: ClassVar[dict] = {
        "twins": [callable, None],
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, twins=None, n_neighbors=3):
        self.twins = twins
        self.n_neighbors = n_neighbors

    @property
    def needs_positive(self):
        """True: it is one class's probability that is compared."""
        return True

    def place(self, view, rows):
        """Return the view of the rows, together with their twins."""
        if is_elsewhere(rows.X):
            raise ValueError(
                "'metric' 'individual_fairness' needs its rows in memory, got "
                f"{type(rows.X).__name__}. Give validation rows ('X_val') as an array."
            )
        if self.twins is None:
            return _Near(view, *_neighbours(view.features, self.n_neighbors))
        twins, count = self.twins(rows.X), len(rows.target)
        found = 0 if twins is None else num_samples(twins)
        if found != count:
            raise ValueError(
                f"'twins' must return as many rows as it is given, got {found} for {count}. "
                "Return a changed copy."
            )
        return _Twins(view, view.on(twins, rows.classes[rows.target]))

    def bind(self, raw, rows):
        """Fix the pairs; `raw` holds the first of every pair, and after them the second."""
        per_row = len(raw) // 2 // len(rows.target)
        return _PairedDifference(rows, np.repeat(rows.sample_weight, per_row))


class _PairedDifference(BoundObjective):
    def __init__(self, rows, weight):
        self.rows = rows
        self.share = weight / weight.sum()

    def _difference(self, raw):
        first, second = np.split(self.rows.loss.probability(raw, self.rows.positive), 2)
        return first - second

    def value(self, raw):
        return float(self.share @ self._difference(raw) ** 2)

    def gradient(self, raw):
        pull = 2.0 * self.share * self._difference(raw)
        slope = self.rows.loss.probability_slope(raw, self.rows.positive)
        return np.concatenate([pull, -pull])[:, None] * slope


class _Twins:
    """Two views of as many rows, one after the other."""

    def __init__(self, first, second):
        self.first = first
        self.second = second

    def at(self, theta):
        return _Twins(self.first.at(theta), self.second.at(theta))

    @property
    def raw_prediction(self):
        return np.concatenate([self.first.raw_prediction, self.second.raw_prediction])

    def pull(self, cotangent):
        first, second = np.split(cotangent, 2)
        return self.first.pull(first) + self.second.pull(second)


class _Near:
    """Pairs of rows of one view, their firsts and then their seconds."""

    def __init__(self, view, first, second):
        self.view = view
        self.rows = np.concatenate([first, second])

    def at(self, theta):
        first, second = np.split(self.rows, 2)
        return _Near(self.view.at(theta), first, second)

    @property
    def raw_prediction(self):
        return self.view.raw_prediction[self.rows]

    def pull(self, cotangent):
        total = np.zeros_like(self.view.raw_prediction)
        np.add.at(total, self.rows, cotangent)
        return self.view.pull(total)


def _neighbours(features, n_neighbors):
    """Return positions of rows and of their nearest others, each of shape (n * n_neighbors,)."""
    count = min(n_neighbors, features.shape[0] - 1)
    if count < 1:
        raise ValueError(
            "'metric' 'individual_fairness' must have two validation rows or more to compare, got "
            f"{features.shape[0]}. Give more, or 'twins'."
        )
    near = NearestNeighbors(n_neighbors=count).fit(features).kneighbors(return_distance=False)
    return np.repeat(np.arange(len(near)), count), near.reshape(-1)
