"""The squared loss of a classifier."""

import numpy as np

from sk_softunlearn.losses._margin import MarginLoss

__all__ = ["SquaredLoss"]


class SquaredLoss(MarginLoss):
    r"""Half the squared difference of z and y, with y of -1 or +1.

    .. math:: \ell = \tfrac12 (z - y)^2, \qquad \ell' = z - y, \qquad \ell'' = 1.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.losses import SquaredLoss
    >>> SquaredLoss().slope(np.zeros((2, 1)), np.array([0, 1])).ravel()
    array([ 1., -1.])
    """

    def derivatives(self, z, sign):
        residual = z - sign
        return 0.5 * residual**2, residual, np.ones_like(z)
