"""The modified Huber loss."""

import numpy as np

from sk_softunlearn.losses._margin import MarginLoss

__all__ = ["ModifiedHuberLoss"]


class ModifiedHuberLoss(MarginLoss):
    r"""Squared hinge, a line for rows far on the wrong side; y is -1 or +1 (Zhang 2004).

    .. math::

        \ell = \begin{cases} \max(0, 1 - y z)^2 & y z \ge -1 \\ -4 y z & y z < -1 \end{cases}

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
