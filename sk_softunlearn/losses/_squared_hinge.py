"""The squared hinge loss."""

import numpy as np

from sk_softunlearn.losses._margin import MarginLoss

__all__ = ["SquaredHingeLoss"]


class SquaredHingeLoss(MarginLoss):
    r"""Squared shortfall from the margin, with y of -1 or +1.

    .. math::

        \ell = \max(0, 1 - y z)^2, \qquad
        \ell' = -2 y \max(0, 1 - y z), \qquad
        \ell'' = 2 \,[y z < 1].

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.losses import SquaredHingeLoss
    >>> SquaredHingeLoss().value(np.array([[0.0], [2.0]]), np.array([1, 1]))
    array([1., 0.])
    """

    def derivatives(self, z, sign):
        short = np.maximum(0.0, 1.0 - sign * z)
        return short**2, -2.0 * sign * short, np.where(short > 0, 2.0, 0.0)
