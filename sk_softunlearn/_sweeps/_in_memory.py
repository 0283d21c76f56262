"""Rows in memory, or in a file that is mapped into it."""

from contextlib import nullcontext

import numpy as np
from scipy import sparse

from sk_softunlearn._sweeps._base import RowBlocks
from sk_softunlearn._sweeps._progress import told

__all__ = ["InMemory", "blocks_of", "is_long"]

# One block of rows in double precision takes 1 MiB: it stays in the cache of a core, and is enough
# for BLAS.
BLOCK_ENTRIES = 2**17
# Entries of sparse rows that are converted at a time.
SPARSE_ENTRIES = 2**20
# Bytes of features from which on a sweep takes a while.
LONG = 2**30


class InMemory(RowBlocks):
    """The rows of an array, a memory map or a CSR matrix; none of them is copied.

    Parameters
    ----------
    features : ndarray or CSR matrix or array of shape (n, p)
        What is not in double precision is converted block by block.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn._sweeps import InMemory
    >>> def norms(totals, block):
    ...     squares = (block**2).sum(axis=1)
    ...     return (np.sqrt(squares),), (squares.sum() + (totals[0] if totals else 0.0),)
    >>> parts, totals = InMemory(np.array([[3.0, 4.0], [0.0, 2.0]])).sweep(norms)
    >>> parts[0], float(totals[0])
    (array([5., 2.]), 29.0)
    """

    def __init__(self, features):
        self.features = features
        self.shape = features.shape

    def sweep(self, kernel, columns=(), shared=(), beside=0):
        n_rows, parts, totals = len(self), None, None
        with told(kernel, n_rows) if is_long(self.features) else nullcontext(_untold) as advance:
            for rows, block in self.blocks(beside):
                here = [None if column is None else _entries(column[rows]) for column in columns]
                found, totals = kernel(totals, block, *here, *shared)
                parts = self.into(parts, found, rows, n_rows)
                advance(rows.stop - rows.start)
        return parts, totals

    def blocks(self, beside=0):
        """Yield blocks of rows, not copied where they are in double precision already.

        With nothing beside, a sparse matrix in double precision is one block.
        """
        n_rows, n_columns = self.shape
        # Not so few rows that adding up the squares costs as much as taking them.
        step = max(BLOCK_ENTRIES // max(n_columns, beside), n_columns // 4, 1)
        if sparse.issparse(self.features) and not beside:
            # What is sliced or converted is copied.
            if self.features.dtype == np.float64:
                yield slice(0, n_rows), self.features
                return
            step = max(SPARSE_ENTRIES * n_rows // max(self.features.nnz, 1), 1)
        buffer = None
        for start in range(0, n_rows, step):
            rows = slice(start, min(start + step, n_rows))
            block = self.features[rows]
            if sparse.issparse(block):
                block = block.astype(np.float64, copy=False)
            elif block.dtype != np.float64:
                buffer = np.empty(block.shape) if buffer is None else buffer
                np.copyto(buffer[: len(block)], block)
                block = buffer[: len(block)]
            yield rows, block


def is_long(features):
    """Say whether a sweep over rows in memory, or mapped into it, takes a while."""
    values = getattr(features, "data", None) if sparse.issparse(features) else features
    return getattr(values, "nbytes", 0) >= LONG


def _untold(count):
    """Tell nobody of a short sweep."""


def _entries(column):
    """Return a column with all its entries side by side; `_narrow.ones` are one number in memory.

    BLAS does not read that, and numpy alone sums it up less exactly.
    """
    return np.ascontiguousarray(column) if isinstance(column, np.ndarray) else column


def blocks_of(features) -> RowBlocks:
    """Return rows as blocks: what is given, or `InMemory` of it."""
    return features if isinstance(features, RowBlocks) else InMemory(features)
