"""What every objective answers for."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator

from sk_softunlearn.losses import Loss

__all__ = ["BoundObjective", "EvaluationRows", "Objective"]


@dataclass(frozen=True)
class EvaluationRows:
    """What objectives know of the rows they are measured on.

    Parameters
    ----------
    loss : Loss
        Of the classifier: it knows probabilities and the predicted class.
    target : ndarray of shape (n,)
        Class index of every row.
    sample_weight : ndarray of shape (n,)
        Weight of every row.
    classes : ndarray of shape (K,)
        The labels, in the order of the class indices.
    positive : int
        Index of the favourable class.
    groups : ndarray of shape (n,), default=None
        Group index of every row.
    group_names : tuple of str, default=()
        Names of the groups.
    """

    loss: Loss
    target: np.ndarray
    sample_weight: np.ndarray
    classes: np.ndarray
    positive: int
    groups: np.ndarray | None = None
    group_names: tuple = ()


class BoundObjective(ABC):
    """An objective on fixed rows, its orientation held where it was bound.

    `signed` says whether values below 0 are as bad as those above.
    """

    signed = False

    @abstractmethod
    def value(self, raw):
        """Return the objective at raw predictions of shape (n, K), a float."""

    @abstractmethod
    def gradient(self, raw):
        """Return its derivative in the raw predictions, of shape (n, K)."""

    def refresh(self, raw):
        """Return the objective with its choices, as the pair of a gap, made anew at `raw`."""
        return self

    def rivals(self, raw):
        """Return what could become the largest in its place, where the objective is a maximum."""
        return []

    def measure(self, raw):
        """Return what a report states: `value`, looked at afresh where it is a choice."""
        return self.refresh(raw).value(raw)


class Objective(BaseEstimator, ABC):
    """A scalar of the raw predictions on validation rows.

    `name` is what it is called in `influence_`, `before_` and `after_`; `needs_groups` says
    whether it is a function of the sensitive features.
    """

    name: str
    needs_groups = False

    def place(self, view):
        """Return the view of the rows on which the objective is measured."""
        return view

    @abstractmethod
    def bind(self, raw, rows):
        """Fix the rows and, for a gap, the pair of groups and its sign.

        Parameters
        ----------
        raw : ndarray of shape (n, K)
            Raw predictions of the fitted classifier on `place(view)`.
        rows : EvaluationRows
            The rows.

        Returns
        -------
        bound : BoundObjective
            At least 0 at `raw` where the objective is a gap.
        """
