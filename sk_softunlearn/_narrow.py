"""Columns of one entry per row that take few bytes per row, or none."""

import numpy as np

__all__ = ["frozen", "narrow", "ones", "over", "reweighted", "zeros"]


def ones(n_rows):
    """Return n ones, stored as one number: a read-only ndarray of shape (n,).

    Examples
    --------
    >>> from sk_softunlearn._narrow import ones
    >>> ones(3), ones(3).strides
    (array([1., 1., 1.]), (0,))
    """
    return np.broadcast_to(1.0, n_rows)


def zeros(n_rows):
    """Return n zeros, stored as one number: a read-only ndarray of shape (n,)."""
    return np.broadcast_to(0.0, n_rows)


def over(column, number):
    """Return a column of shape (n,) divided by a number.

    If the column is stored as one number, so is the result.

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
    """Return codes below `count` in a small signed type that can hold `count * code + code`.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn._narrow import narrow
    >>> narrow(np.array([0, 1]), 2).dtype, narrow(np.array([0, 1]), 30).dtype
    (dtype('int8'), dtype('int16'))
    """
    return codes.astype(np.min_scalar_type(-(count**2)), copy=False)


def frozen(column):
    """Make an array read-only, and return it."""
    column.flags.writeable = False
    return column


def reweighted(weight, epsilon):
    """Return `weight * (1 + epsilon)` of shape (n,), and make no other array for it."""
    total = 1.0 + epsilon
    total *= weight
    return total
