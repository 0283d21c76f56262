"""The log loss of a classifier with one raw prediction per class."""

import numpy as np
from scipy.special import logsumexp, softmax

from sk_softunlearn.losses._base import Bend, Loss
from sk_softunlearn.losses._by_block import by_block, in_blocks

__all__ = ["MultinomialLoss"]


class MultinomialLoss(Loss):
    r"""Log loss of K raw predictions z, with y one of K classes.

    With p the softmax of z and :math:`e_y` the unit vector of the label,

    .. math::

        \ell = \log \sum_k e^{z_k} - z_y, \qquad
        \nabla \ell = p - e_y, \qquad
        \nabla^2 \ell = \operatorname{diag}(p) - p p^\top.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.losses import MultinomialLoss
    >>> MultinomialLoss().slope(np.zeros((1, 4)), np.array([2]))
    array([[ 0.25,  0.25, -0.75,  0.25]])
    """

    shift_invariant = True

    @by_block
    def value(self, raw, target):
        """Return the loss of every row, of shape (n,), in nats."""
        return logsumexp(raw, axis=1) - raw[np.arange(len(raw)), target]

    @by_block
    def slope(self, raw, target):
        """Return `p - onehot(y)`, of shape (n, K)."""
        slope = softmax(raw, axis=1)
        slope[np.arange(len(raw)), target] -= 1.0
        return slope

    def value_and_slope(self, raw, target):
        """Return the loss of every row, of shape (n,), and its slope, of shape (n, K)."""
        here, most = np.arange(len(raw)), raw.max(axis=1, keepdims=True)
        slope = np.exp(raw - most)
        total = slope.sum(axis=1, keepdims=True)
        value = np.log(total[:, 0]) + most[:, 0] - raw[here, target]
        slope /= total
        slope[here, target] -= 1.0
        return value, slope

    def bend(self, raw, target):
        """Return `diag(p) - p p^T` as a `Bend`."""
        probability = in_blocks(lambda part: softmax(part, axis=1), raw)
        return Bend(probability, outer=probability)

    def departure(self, raw, teacher):
        """Return the divergence from a teacher's probabilities, of shape (n,), in nats."""
        moved = np.sum(softmax(teacher, axis=1) * (raw - teacher), axis=1)
        return logsumexp(raw, axis=1) - logsumexp(teacher, axis=1) - moved

    def departure_slope(self, raw, teacher):
        """Return the slope of the divergence from a teacher's probabilities, of shape (n, K)."""
        return softmax(raw, axis=1) - softmax(teacher, axis=1)

    @by_block
    def probability(self, raw, class_index):
        """Return the probability of one class, of shape (n,)."""
        return softmax(raw, axis=1)[:, class_index]

    @by_block
    def probability_slope(self, raw, class_index):
        """Return the derivative of `probability`, of shape (n, K)."""
        probability = softmax(raw, axis=1)
        slope = -probability * probability[:, [class_index]]
        slope[:, class_index] += probability[:, class_index]
        return slope

    def predict(self, raw):
        """Return the index of the predicted class, of shape (n,)."""
        return raw.argmax(axis=1)
