"""The log loss of a binary classifier."""

import numpy as np
from scipy.special import expit

from sk_softunlearn.losses._base import Bend, Loss
from sk_softunlearn.losses._by_block import by_block

__all__ = ["LogisticLoss"]


class LogisticLoss(Loss):
    r"""Log loss of one raw prediction z, with y of 0 or 1.

    With p the probability of class 1,

    .. math::

        \ell = \log(1 + e^z) - y z, \qquad
        \frac{\partial \ell}{\partial z} = p - y, \qquad
        \frac{\partial^2 \ell}{\partial z^2} = p (1 - p).

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.losses import LogisticLoss
    >>> LogisticLoss().slope(np.zeros((2, 1)), np.array([0, 1])).ravel()
    array([ 0.5, -0.5])
    """

    @by_block
    def value(self, raw, target):
        """Return the loss of every row, of shape (n,), in nats."""
        z = raw[:, 0]
        return _log_loss(z, target, _tail(z))

    @by_block
    def slope(self, raw, target):
        """Return `p - y`, of shape (n, 1)."""
        return _sigmoid(raw, _tail(raw)) - target[:, None]

    def value_and_slope(self, raw, target):
        """Return the loss of every row, of shape (n,), and `p - y`, of shape (n, 1)."""
        z = raw[:, 0]
        tail = _tail(z)
        return _log_loss(z, target, tail), (_sigmoid(z, tail) - target)[:, None]

    def bend(self, raw, target):
        """Return `p (1 - p)` as a `Bend`."""
        return Bend(self.probability_slope(raw, 1))

    def departure(self, raw, teacher):
        """Return the divergence from a teacher's probabilities, of shape (n,), in nats."""
        gap = np.logaddexp(0.0, raw) - np.logaddexp(0.0, teacher) - expit(teacher) * (raw - teacher)
        return gap[:, 0]

    def departure_slope(self, raw, teacher):
        """Return the slope of the divergence from a teacher's probabilities, of shape (n, 1)."""
        return expit(raw) - expit(teacher)

    @by_block
    def probability(self, raw, class_index):
        """Return the probability of one class, of shape (n,)."""
        z = raw[:, 0] if class_index == 1 else -raw[:, 0]
        return _sigmoid(z, _tail(z))

    @by_block
    def probability_slope(self, raw, class_index):
        """Return the derivative of `probability`, of shape (n, 1)."""
        slope = _variance(raw)
        return slope if class_index == 1 else -slope

    def predict(self, raw):
        """Return the index of the predicted class, of shape (n,)."""
        return (raw[:, 0] > 0).astype(int)


def _tail(z):
    """Return `exp(-|z|)`, the one exponential that everything else is made of."""
    tail = np.abs(z)
    np.negative(tail, out=tail)
    return np.exp(tail, out=tail)


def _log_loss(z, target, tail):
    """Return `log(1 + exp(z)) - y z`: `log(1 + exp(-|z|))`, and `|z|` on the wrong side."""
    return np.log1p(tail) + np.maximum(np.where(target == 1, -z, z), 0.0)


def _sigmoid(z, tail):
    """Return `1 / (1 + exp(-z))`."""
    return np.where(z >= 0, 1.0, tail) / (1.0 + tail)


def _variance(z):
    """Return `p (1 - p)`, which is the same on both sides of 0."""
    tail = _tail(z)
    return tail / (1.0 + tail) ** 2
