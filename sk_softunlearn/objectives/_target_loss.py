"""The mean loss on rows that are trusted."""

import numpy as np

from sk_softunlearn.objectives._base import Objective
from sk_softunlearn.objectives._mean_loss import MeanLoss

__all__ = ["TargetLoss"]


class TargetLoss(Objective):
    """Mean loss on a trusted set: rows known to be clean, or from today.

    As a metric it lowers the weights of training rows that contradict the trusted ones: poisoned,
    mislabelled or outdated rows. The log loss of validation rows that are not trusted can be a
    guard.

    Parameters
    ----------
    X : array-like, DataFrame or sparse of shape (m, p), default=None
        Trusted rows, as the estimator takes them; None: the validation rows.
    y : array-like of shape (m,), default=None
        Their labels.
    sample_weight : array-like of shape (m,), default=None
        Their weights; None is 1 everywhere.

    Raises
    ------
    ValueError
        By `place`, if only one of X and y is given, or the weights are not at least 0.

    Examples
    --------
    >>> from sk_softunlearn.objectives import TargetLoss
    >>> TargetLoss()
    TargetLoss()
    """

    name = "target_loss"

    def __init__(self, X=None, y=None, sample_weight=None):
        self.X = X
        self.y = y
        self.sample_weight = sample_weight

    def place(self, view, rows):
        """Return the view of the trusted rows."""
        if (self.X is None) != (self.y is None):
            raise ValueError(
                "'X' and 'y' of TargetLoss must be given together, got one of them. Pass the "
                "trusted rows with their labels, or neither for the validation rows."
            )
        if self.sample_weight is not None:
            smallest, total = np.min(self.sample_weight), np.sum(self.sample_weight)
            if not (smallest >= 0 and total > 0):
                raise ValueError(
                    "'sample_weight' of TargetLoss must be at least 0, and above 0 somewhere, got "
                    f"a smallest of {smallest:g} and a sum of {total:g}. Use 0 for rows that do "
                    "not count."
                )
        return view if self.X is None else view.on(self.X, self.y, self.sample_weight)

    def bind(self, raw, rows):
        if self.X is None:
            return MeanLoss(rows)
        weight = np.ones(len(raw)) if self.sample_weight is None else self.sample_weight
        target = np.searchsorted(rows.classes, np.asarray(self.y))
        return MeanLoss(rows, target, np.asarray(weight, dtype=float))
