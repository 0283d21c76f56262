"""Second derivatives that are made where they are read."""

from functools import cached_property

__all__ = ["LossBend"]


class LossBend:
    """The `Bend` of a loss at raw predictions, of which a sweep makes one block at a time.

    Parameters
    ----------
    loss : Loss
        Whose.
    raw : ndarray of shape (n, K)
        Raw predictions.
    target : ndarray of shape (n,)
        Class indices.
    weight : ndarray of shape (n,)
        A weight per row, of any sign.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.losses import LogisticLoss
    >>> from sk_softunlearn.losses._loss_bend import LossBend
    >>> bend = LossBend(LogisticLoss(), np.zeros((3, 1)), np.zeros(3), np.array([1.0, 2.0, 4.0]))
    >>> bend[1:].entry(0, 0), "whole" in vars(bend)
    (array([0.5, 1. ]), False)
    """

    def __init__(self, loss, raw, target, weight):
        self.loss = loss
        self.raw = raw
        self.target = target
        self.weight = weight

    @cached_property
    def whole(self):
        """The bends of all rows, a `Bend`."""
        return self.loss.bend(self.raw, self.target).scaled(self.weight)

    @property
    def diagonal(self):
        """The diagonal part of all rows, of shape (n, K)."""
        return self.whole.diagonal

    @property
    def outer(self):
        """The rank-one part of all rows, of shape (n, K); None where there is none."""
        return self.whole.outer

    def rows(self, chosen):
        """Return the `Bend` of some rows, a slice or positions."""
        if "whole" in vars(self):
            return self.whole.rows(chosen)
        bend = self.loss.bend(self.raw[chosen], self.target[chosen])
        return bend.scaled(self.weight[chosen])

    def __getitem__(self, chosen):
        return self.rows(chosen)

    def scaled(self, weight) -> "LossBend":
        """Return the same with every row multiplied by `weight`, of shape (n,)."""
        return LossBend(self.loss, self.raw, self.target, self.weight * weight)

    def entry(self, k, m):
        """Return entry (k, m) of every row, of shape (n,), as `Bend` does."""
        return self.whole.entry(k, m)

    def columns(self):
        """Yield columns and weights whose weighted squares add up, as `Bend` does."""
        return self.whole.columns()

    def apply(self, direction):
        """Return the product with one direction per row, of shape (n, K), as `Bend` does."""
        return self.whole.apply(direction)
