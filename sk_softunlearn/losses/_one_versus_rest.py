"""A binary loss for each of several classes."""

import numpy as np

from sk_softunlearn.losses._base import Bend, Loss

__all__ = ["OneVersusRestLoss"]


class OneVersusRestLoss(Loss):
    r"""Sum over K classes of a binary loss of "this class or another".

    .. math:: \ell(z, y) = \sum_k \ell_{\text{binary}}(z_k, [y = k])

    Probabilities are those of the binary losses divided by their sum, as scikit-learn's
    OneVsRestClassifier and SGDClassifier state them; where all are 0, every class has 1 / K.

    Parameters
    ----------
    binary : Loss
        With one raw prediction.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.losses import OneVersusRestLoss, SquaredLoss
    >>> OneVersusRestLoss(SquaredLoss()).slope(np.zeros((1, 3)), np.array([2]))
    array([[ 1.,  1., -1.]])
    """

    def __init__(self, binary):
        self.binary = binary

    def _columns(self, raw, target):
        return ((raw[:, [k]], (target == k).astype(int)) for k in range(raw.shape[1]))

    def value(self, raw, target):
        """Return the loss of every row, of shape (n,)."""
        return sum(self.binary.value(*column) for column in self._columns(raw, target))

    def slope(self, raw, target):
        """Return the derivative in the raw predictions, of shape (n, K)."""
        return np.hstack([self.binary.slope(*column) for column in self._columns(raw, target)])

    def bend(self, raw, target):
        """Return the second derivatives, diagonal in every row, as a `Bend`."""
        bends = [self.binary.bend(*column).diagonal for column in self._columns(raw, target)]
        return Bend(np.hstack(bends))

    def probability(self, raw, class_index):
        """Return the probability of one class, of shape (n,)."""
        return self._shares(raw)[0][:, class_index]

    def probability_slope(self, raw, class_index):
        """Return the derivative of `probability` in the raw predictions, of shape (n, K)."""
        shares, total = self._shares(raw)
        own = np.hstack(
            [self.binary.probability_slope(raw[:, [k]], 1) for k in range(raw.shape[1])]
        )
        slope = -shares[:, [class_index]] * own
        slope[:, class_index] += own[:, class_index]
        return np.divide(slope, total, out=np.zeros_like(slope), where=total > 0)

    def _shares(self, raw):
        chances = [self.binary.probability(raw[:, [k]], 1) for k in range(raw.shape[1])]
        chances = np.column_stack(chances)
        total = chances.sum(axis=1, keepdims=True)
        even = np.full_like(chances, 1.0 / raw.shape[1])
        return np.divide(chances, total, out=even, where=total > 0), total

    def predict(self, raw):
        """Return the index of the predicted class, of shape (n,)."""
        return raw.argmax(axis=1)
