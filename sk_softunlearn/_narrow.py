"""Columns of one entry per row that take few bytes of each, or none."""

import numpy as np

__all__ = ["frozen", "narrow", "ones", "over", "reweighted", "zeros"]


def ones(n_rows):
    """Return n ones that are one number in memory, an ndarray of shape (n,) to read only.

    Examples
    --------
    >>> from sk_softunlearn._narrow import ones
    >>> ones(3), ones(3).strides
    (array([1., 1., 1.]), (0,))
    """
    return np.broadcast_to(1.0, n_rows)


def zeros(n_rows):
    """Return n zeros that are one number in memory, an ndarray of shape (n,) to read only."""
    return np.broadcast_to(0.0, n_rows)


def over(column, number):
    """Return a column of shape (n,) divided by a number; one number in memory if it is that.

    Examples
    --------
    >>> from sk_softunlearn._narrow import ones, over
    >>> over(ones(4), 4.0), over(ones(4), 4.0).strides
    (array([0.25, 0.25, 0.25, 0.25]), (0,))
    """
    if column.strides == (0,):
        return np.broadcast_to(column[:1] / number, len(column))
    return column / number


def narrow(codes, count):
    """Return codes below `count` in few bytes, with room for `count * code + code`.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn._narrow import narrow
    >>> narrow(np.array([0, 1]), 2).dtype, narrow(np.array([0, 1]), 30).dtype
    (dtype('int8'), dtype('int16'))
    """
    return codes.astype(np.min_scalar_type(-(count**2)), copy=False)


def frozen(column):
    """Return the same array, which can no longer be written to."""
    column.flags.writeable = False
    return column


def reweighted(weight, epsilon):
    """Return `weight * (1 + epsilon)`, a new array of shape (n,), and no other on the way."""
    total = 1.0 + epsilon
    total *= weight
    return total
