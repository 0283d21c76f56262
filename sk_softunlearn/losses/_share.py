"""The log loss of probabilities that are averages."""

import numpy as np

from sk_softunlearn.losses._base import Bend, Loss

__all__ = ["ShareLoss"]

# As scikit-learn's log_loss has it: no probability is taken to be less.
LEAST = np.finfo(float).eps


class ShareLoss(Loss):
    r"""Log loss of raw predictions that are probabilities, as forests have them.

    .. math::

        \ell = -\log p_y, \qquad
        \frac{\partial \ell}{\partial p_y} = -\frac{1}{p_y}, \qquad
        \frac{\partial^2 \ell}{\partial p_y^2} = \frac{1}{p_y^2}.

    With two classes the one raw prediction is the probability of the second, less 1/2, so that its
    sign is the prediction. Probabilities below the rounding of floats count as that, as in
    scikit-learn's `log_loss`.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.losses import ShareLoss
    >>> ShareLoss().slope(np.array([[0.0], [-0.25]]), np.array([1, 0])).ravel()
    array([-2.        ,  1.33333333])
    """

    def value(self, raw, target):
        """Return the loss of every row, of shape (n,), in nats."""
        return -np.log(np.maximum(_of(raw, target), LEAST))

    def slope(self, raw, target):
        """Return `-1 / p_y` in the column of y, of shape (n, K)."""
        chosen = _of(raw, target)
        size = np.where(chosen > LEAST, 1.0 / np.maximum(chosen, LEAST), 0.0)
        if raw.shape[1] == 1:
            return np.where(target == 1, -size, size)[:, None]
        return np.where(target[:, None] == np.arange(raw.shape[1]), -size[:, None], 0.0)

    def bend(self, raw, target):
        """Return `1 / p_y^2` in the column of y, as a `Bend`."""
        return Bend(self.slope(raw, target) ** 2)

    def probability(self, raw, class_index):
        """Return the probability of one class, of shape (n,)."""
        if raw.shape[1] == 1:
            return 0.5 + (raw[:, 0] if class_index == 1 else -raw[:, 0])
        return raw[:, class_index]

    def probability_slope(self, raw, class_index):
        """Return the derivative of `probability`, of shape (n, K): 1 and -1, or 1 and 0."""
        slope = np.zeros_like(raw)
        if raw.shape[1] == 1:
            slope[:] = 1.0 if class_index == 1 else -1.0
        else:
            slope[:, class_index] = 1.0
        return slope

    def predict(self, raw):
        """Return the index of the predicted class, of shape (n,)."""
        return (raw[:, 0] > 0).astype(int) if raw.shape[1] == 1 else raw.argmax(axis=1)


def _of(raw, target):
    """Return the probability of every row's class, of shape (n,)."""
    if raw.shape[1] == 1:
        return 0.5 + np.where(target == 1, raw[:, 0], -raw[:, 0])
    return np.take_along_axis(raw, target[:, None], axis=1)[:, 0]
