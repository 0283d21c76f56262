"""The weighted mean loss, bound to rows."""

import numpy as np

from sk_softunlearn.objectives._base import BoundObjective

__all__ = ["MeanLoss"]


class MeanLoss(BoundObjective):
    """Mean loss of rows, in nats.

    Parameters
    ----------
    rows : EvaluationRows
        The rows.
    """

    def __init__(self, rows):
        self.rows = rows
        self.share = rows.sample_weight / np.sum(rows.sample_weight)

    def value(self, raw):
        """Return the mean loss at raw predictions of shape (n, K)."""
        return float(self.share @ self.rows.loss.value(raw, self.rows.target))

    def gradient(self, raw):
        """Return its derivative in the raw predictions, of shape (n, K)."""
        return self.share[:, None] * self.rows.loss.slope(raw, self.rows.target)
