"""Rules of every row alone, applied to rows that stay in cache."""

from functools import wraps

import numpy as np

__all__ = ["by_block", "in_blocks", "slices"]

# Entries of a block.
BLOCK = 2**15


def slices(n_rows, width=1):
    """Return slices of rows, one after the other, whose blocks of some columns stay in cache."""
    step = max(BLOCK // max(width, 1), 1)
    return [slice(start, min(start + step, n_rows)) for start in range(0, n_rows, step)]


def in_blocks(rule, *columns):
    """Return what a rule says of every row; what it takes on the way is of one block.

    Parameters
    ----------
    rule : callable
        `rule(*columns)` returns an ndarray with one entry, or row of entries, per row.
    *columns : ndarray of length n
        Of the first one the blocks are.

    Returns
    -------
    found : ndarray of length n
        The same as `rule(*columns)`.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.losses._by_block import in_blocks
    >>> in_blocks(lambda z: 1.0 / (1.0 + np.exp(-z)), np.zeros(2))
    array([0.5, 0.5])
    """
    n_rows = len(columns[0])
    blocks = slices(n_rows, np.prod(columns[0].shape[1:], dtype=int))
    if len(blocks) <= 1:
        return rule(*columns)
    whole = None
    for rows in blocks:
        part = rule(*(column[rows] for column in columns))
        if whole is None:
            whole = np.empty((n_rows, *part.shape[1:]), part.dtype)
        whole[rows] = part
    return whole


def by_block(method):
    """Return a method of raw predictions that works block by block, as `in_blocks` does.

    What it takes beside raw predictions, of shape (n, K), is one entry per row or one number.
    """

    @wraps(method)
    def of_all(self, raw, beside=None):
        if beside is None:
            return in_blocks(lambda part: method(self, part), raw)
        if np.ndim(beside):
            return in_blocks(lambda *parts: method(self, *parts), raw, beside)
        return in_blocks(lambda part: method(self, part, beside), raw)

    return of_all
