"""What every objective answers for."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

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
    positive : int or None
        Index of the favourable class; None: none of several is known to be.
    groups : ndarray of shape (n,), default=None
        Group index of every row.
    group_names : tuple of str, default=()
        Names of the groups.
    X : array-like, DataFrame or sparse of shape (n, p), default=None
        The rows as the estimator takes them.
    """

    loss: Loss
    target: np.ndarray
    sample_weight: np.ndarray
    classes: np.ndarray
    positive: int | None
    groups: np.ndarray | None = None
    group_names: tuple = ()
    X: Any = None


class BoundObjective(ABC):
    """An objective on fixed rows, its orientation held where it was bound.

    `signed` says whether values below 0 are as bad as those above.
    """

    signed = False

    @abstractmethod
    def value(self, raw) -> float:
        """Return the objective at raw predictions of shape (n, K), a float."""

    @abstractmethod
    def gradient(self, raw) -> np.ndarray:
        """Return its derivative in the raw predictions, of shape (n, K)."""

    def refresh(self, raw) -> "BoundObjective":
        """Return the objective with its choices, as the pair of a gap, made anew at `raw`."""
        return self

    def rivals(self, raw) -> list["BoundObjective"]:
        """Return what could become the largest in its place, where the objective is a maximum."""
        return []

    def measure(self, raw) -> float:
        """Return what a report states: `value`, looked at afresh where it is a choice."""
        return self.refresh(raw).value(raw)


class Objective(BaseEstimator, ABC):
    """A scalar of the raw predictions on validation rows.

    `name` is what it is called in `influence_`, `before_` and `after_`; `needs_groups` says
    whether it is a function of the sensitive features.
    """

    name: str
    needs_groups = False

    @property
    def needs_positive(self) -> bool:
        """Whether it must be said which of several classes is favourable."""
        return self.needs_groups

    def place(self, view, rows):
        """Return the view of what the objective is measured on.

        Parameters
        ----------
        view : View
            Of the validation rows, at the fitted parameters.
        rows : EvaluationRows
            What is known of them.

        Returns
        -------
        view : View
            With `at`, `raw_prediction` and `pull`.
        """
        return view

    @abstractmethod
    def bind(self, raw, rows) -> BoundObjective:
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
