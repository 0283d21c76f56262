"""Whether two sets of rows went through the same preprocessing."""

import narwhals as nw
import numpy as np
import pandas as pd
from scipy import sparse

__all__ = ["look_untransformed"]

# Standard deviations by which a column's mean may be off, and factor by which its spread may.
FAR, WIDE = 10.0, 20.0
# Rows that are needed to tell.
FEWEST = 10
# In place of the number of numbers in a column of something else.
TEXTS = -1


def look_untransformed(X, other):
    """Say whether other rows have other columns, or quite another place or spread in most.

    Parameters
    ----------
    X, other : array-like, DataFrame or sparse of shape (n, p)
        Columns of two DataFrames are compared by their names, all others by their positions.

    Returns
    -------
    untransformed : bool
        True if they have, as rows beside the output of a scaler that they did not go through, and
        as texts beside that of an encoder. False if there is nothing to compare.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn._rows._scales import look_untransformed
    >>> X = np.random.default_rng(0).normal(size=(50, 2))
    >>> look_untransformed(X, X[:20] + 1), look_untransformed(X, 100 * X[:20] + 50)
    (False, True)
    """
    one, two = _moments(X), _moments(other)
    if one is None or two is None:
        return False
    shared = one.index.intersection(two.index)
    if len(shared):
        one, two = one.loc[shared], two.loc[shared]
    if len(one) != len(two):
        return True
    (count, mean, spread), (rows, place, wide) = one.to_numpy().T, two.to_numpy().T
    # Columns that are constant in X have no spread to compare with.
    known = (spread > 0) & (count >= FEWEST) & ((rows >= FEWEST) | (rows == TEXTS))
    apart = (np.abs(place - mean) > FAR * spread) | (wide > WIDE * spread) | (rows == TEXTS)
    return bool(known.any() and np.mean(apart[known]) > 0.5)


def _moments(X):
    """Return number, mean and standard deviation of the finite numbers in every column.

    Returns
    -------
    moments : DataFrame of p rows
        Indexed by name, or by position where there are no names; None of what is no table.
    """
    if sparse.issparse(X):
        return pd.DataFrame(_of_sparse(sparse.csc_array(X))) if X.ndim == 2 else None
    table = nw.from_native(X, eager_only=True, pass_through=True)
    if isinstance(table, nw.DataFrame):
        columns = {series.name: _numbers(series) for series in table.iter_columns()}
    elif isinstance(table, np.ndarray) and table.ndim == 2 and table.dtype.kind in "fiu":
        columns = dict(enumerate(table.T))
    else:
        return None
    return pd.DataFrame([_of_column(values) for values in columns.values()], index=list(columns))


def _numbers(series):
    """Return the values of a column of numbers, None of another."""
    return series.to_numpy().astype(float) if series.dtype.is_numeric() else None


def _of_column(values):
    if values is None:
        return TEXTS, 0.0, 0.0
    finite = values[np.isfinite(values)]
    return (len(finite), finite.mean(), finite.std()) if len(finite) else (0, 0.0, 0.0)


def _of_sparse(X):
    """Return the moments of sparse columns, of shape (p, 3), without making them dense."""
    X = X.astype(float)
    X.data[~np.isfinite(X.data)] = 0.0
    count = np.full(X.shape[1], X.shape[0])
    mean = X.mean(axis=0)
    spread = np.sqrt(np.maximum(X.multiply(X).mean(axis=0) - mean**2, 0.0))
    return np.column_stack([count, mean, spread])
