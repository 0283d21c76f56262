"""What is known of how a library boosts."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sk_softunlearn.views._trees._leaf_step import LeafStep, newton_step

__all__ = ["Rule", "indicators"]

# No class is taken to be rarer: of one that has lost all weight the log odds would be infinite.
RARE = np.finfo(float).eps


@dataclass(frozen=True)
class Rule:
    """How a library makes the leaf values of one tree.

    A leaf is `rate` times a Newton step, or several. Each is `-S(G) / (factor H + l2)`, with G and
    H the weighted sums, over its rows, of the slopes `p - y` and the bends `p (1 - p)` of the log
    loss, and S the soft threshold at `l1`.

    Parameters
    ----------
    rate : float
        Learning rate.
    l2 : float or ndarray of shape (d,), default=0.0
        Added to the sum of the bends.
    l2_by_mean : bool, default=False
        Whether that is so many times the mean weight of the rows.
    l1 : float, default=0.0
        Taken off the size of the sum of the slopes.
    factor : float, default=1.0
        Of the bends: libraries differ where there are several classes.
    steps : int, default=1
        How many Newton steps a leaf takes.
    prior : bool, default=True
        Whether boosting starts at the log odds of the weighted rows; if not, at what is held.
    prior_factor : float or ndarray of shape (n,), default=1.0
        Of the weights in these log odds.
    prior_step : bool, default=False
        Whether it starts, with two classes, one Newton step from even odds instead.
    shrink : float, default=1.0
        What every iteration multiplies all that was added up before it with.
    inner_l2 : float, default=0.0
        `l2` of nodes that are no leaves, whose values bound those below them where there are
        monotone constraints.
    """

    rate: float
    l2: Any = 0.0
    l2_by_mean: bool = False
    l1: float = 0.0
    factor: float = 1.0
    steps: int = 1
    prior: bool = True
    prior_factor: Any = 1.0
    prior_step: bool = False

    shrink: float = 1.0
    inner_l2: float = 0.0

    def scales(self, n_iterations):
        """Return what later iterations have multiplied the leaves of every one with, a list."""
        return [self.shrink**k for k in reversed(range(n_iterations))]

    def step(self, slopes, bends, l2, order=None) -> LeafStep:
        """Return one Newton step of the leaves of some trees.

        Parameters
        ----------
        slopes, bends : ndarray of shape (leaves,)
            Sums over the rows of every leaf.
        l2 : ndarray of shape (leaves,)
            That of these leaves.
        order : Order, default=None
            Monotone constraints on them.
        """
        return newton_step(slopes, bends, l2, self.l1, self.factor, order, self.inner_l2)

    def prior_of(self, y, weight):
        """Return the log odds of weighted rows, of shape (K,): of the second class, or of each.

        Parameters
        ----------
        y : ndarray of shape (n, K)
            Whether a row is of the class.
        weight : ndarray of shape (n,)
            Of the rows.
        """
        if not self.prior:
            return np.zeros(y.shape[1])
        shares = self._shares(y, weight)
        if len(shares) > 1:
            return np.log(shares)
        return 4.0 * shares - 2.0 if self.prior_step else np.log(shares) - np.log1p(-shares)

    def prior_along(self, y, weight, change):
        """Return the derivative of the prior along a change of the weights, of shape (K,)."""
        if not self.prior:
            return np.zeros(y.shape[1])
        shares = self._shares(y, weight)
        moved = (change * self.prior_factor) @ (y - shares)
        return moved * self._prior_slope(shares) / (weight * self.prior_factor).sum()

    def prior_against(self, y, weight, pulled):
        """Return the derivative of functions of the prior in the weights, of shape (m, n).

        Parameters
        ----------
        y, weight : ndarray
            As `prior_of` takes them.
        pulled : ndarray of shape (m, K)
            Derivative of the functions in the prior.
        """
        if not self.prior:
            return np.zeros((len(pulled), len(y)))
        shares = self._shares(y, weight)
        total = (weight * self.prior_factor).sum()
        return (pulled * self._prior_slope(shares) / total) @ (y - shares).T * self.prior_factor

    def _shares(self, y, weight):
        weight = weight * self.prior_factor
        return np.clip(weight @ y / weight.sum(), RARE, 1.0 - RARE)

    def _prior_slope(self, shares):
        if len(shares) > 1:
            return 1.0 / shares
        return np.full(1, 4.0) if self.prior_step else 1.0 / (shares * (1.0 - shares))


def indicators(target, n_outputs):
    """Return y of shape (n, K): whether a row is of the second class, or of every one."""
    return target[:, None] == (1 if n_outputs == 1 else np.arange(n_outputs))
