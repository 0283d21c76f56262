"""What users hand over that is not in memory."""

import numpy as np

from sk_softunlearn._sweeps._arrays import in_numpy
from sk_softunlearn._sweeps._base import RowBlocks
from sk_softunlearn._sweeps._dask import DaskRows, is_dask
from sk_softunlearn._sweeps._in_memory import is_long

__all__ = ["by_chunk", "fetched", "is_elsewhere", "rows_of", "takes_long"]


def rows_of(X, suffix=""):
    """Return a Dask table as `RowBlocks`, an array in numpy, and everything else as it is.

    `suffix` is the end of the parameter's name: "_val" for validation rows.
    """
    return DaskRows(X) if is_dask(X) else in_numpy(X, f"X{suffix}")


def is_elsewhere(X):
    """Say whether rows are read block by block from somewhere else."""
    return isinstance(X, RowBlocks)


def takes_long(X):
    """Say whether sweeps over rows are worth telling of."""
    return is_elsewhere(X) or is_long(X)


def fetched(values, name):
    """Return values of all rows, as labels or groups, from wherever they are.

    `name` is that of the parameter.
    """
    if isinstance(values, dict):
        return {key: fetched(column, name) for key, column in values.items()}
    return values.compute() if is_dask(values) else in_numpy(values, name)


def by_chunk(predict, X):
    """Return what a function says of every row, chunk by chunk where rows are elsewhere.

    Parameters
    ----------
    predict : callable
        `predict(X)` returns one entry per row.
    X : array-like, DataFrame, sparse, Chunks or Dask table of shape (n, p)
        Rows.

    Returns
    -------
    found : ndarray of length n
        In the order of the rows.
    """
    X = rows_of(X)
    return np.concatenate([*map(predict, X.chunks())]) if is_elsewhere(X) else predict(X)
