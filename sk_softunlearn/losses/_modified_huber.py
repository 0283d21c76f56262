"""The modified Huber loss."""

import numpy as np

from sk_softunlearn.losses._margin import MarginLoss

__all__ = ["ModifiedHuberLoss"]


class ModifiedHuberLoss(MarginLoss):
    """`max(0, 1 - y z)^2` with y of -1 or +1, and `-4 y z` where `y z < -1` (Zhang 2004).

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.losses import ModifiedHuberLoss
    >>> ModifiedHuberLoss().value(np.array([[0.0], [-2.0]]), np.array([1, 1]))
    array([1., 8.])
    """

    def derivatives(self, z, sign):
        margin = sign * z
        short = np.maximum(0.0, 1.0 - margin)
        far = margin < -1.0
        value = np.where(far, -4.0 * margin, short**2)
        slope = np.where(far, -4.0, -2.0 * short)
        return value, sign * slope, np.where((short > 0) & ~far, 2.0, 0.0)
