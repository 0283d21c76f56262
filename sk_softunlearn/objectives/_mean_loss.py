"""The weighted mean loss, bound to rows."""

import numpy as np

from sk_softunlearn._narrow import over
from sk_softunlearn.objectives._base import BoundObjective

__all__ = ["MeanLoss"]


class MeanLoss(BoundObjective):
    """Mean loss of rows, in nats.

    Parameters
    ----------
    rows : EvaluationRows
        Which loss, and of which rows.
    target : ndarray of shape (m,), default=None
        Class indices of other rows.
    weight : ndarray of shape (m,), default=None
        Weights of other rows.
    """

    def __init__(self, rows, target=None, weight=None):
        self.loss = rows.loss
        self.target = rows.target if target is None else target
        weight = rows.sample_weight if weight is None else weight
        self.share = over(weight, np.sum(weight))

    def value(self, raw):
        return self.loss.total(raw, self.target, self.share)

    def gradient(self, raw):
        gradient = self.loss.slope(raw, self.target)
        gradient *= self.share[:, None]
        return gradient
