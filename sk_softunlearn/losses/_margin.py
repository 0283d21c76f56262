"""Losses of a margin between two classes that say what share of a class they stand for."""

from abc import abstractmethod

import numpy as np

from sk_softunlearn.losses._base import Bend, Loss
from sk_softunlearn.losses._by_block import by_block

__all__ = ["MarginLoss"]


class MarginLoss(Loss):
    """A loss of one raw prediction z with targets -1 and +1 whose minimiser is `2 P(y = 1) - 1`.

    So it is with the squared, the squared hinge and the modified Huber loss (Zhang 2004,
    "Statistical behavior and consistency of classification methods", section 2): `(z + 1) / 2`,
    cut at 0 and 1, estimates the probability, as SGDClassifier does for the last of them.
    """

    @by_block
    def value(self, raw, target):
        """Return the loss of every row, of shape (n,)."""
        return self.derivatives(raw[:, 0], 2.0 * target - 1.0)[0]

    @by_block
    def slope(self, raw, target):
        """Return the derivative in the raw prediction, of shape (n, 1)."""
        return self.derivatives(raw[:, 0], 2.0 * target - 1.0)[1][:, None]

    def value_and_slope(self, raw, target):
        """Return the loss of every row, of shape (n,), and its slope, of shape (n, 1)."""
        value, slope, _ = self.derivatives(raw[:, 0], 2.0 * target - 1.0)
        return value, slope[:, None]

    def bend(self, raw, target):
        """Return the second derivative in the raw prediction, as a `Bend`."""
        return Bend(self.derivatives(raw[:, 0], 2.0 * target - 1.0)[2][:, None])

    @abstractmethod
    def derivatives(self, z, sign):
        """Return value, slope and bend, each of shape (n,), for signs of -1 and +1."""

    def probability(self, raw, class_index):
        """Return the estimated probability of one class, of shape (n,)."""
        side = 1.0 if class_index == 1 else -1.0
        return np.clip((side * raw[:, 0] + 1.0) / 2.0, 0.0, 1.0)

    def probability_slope(self, raw, class_index):
        """Return the derivative of `probability` in the raw prediction, of shape (n, 1)."""
        side = 0.5 if class_index == 1 else -0.5
        return np.where(np.abs(raw) < 1.0, side, 0.0)

    def predict(self, raw):
        """Return the index of the predicted class, of shape (n,)."""
        return (raw[:, 0] > 0).astype(int)
