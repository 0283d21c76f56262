"""Whether two sets of rows went through the same preprocessing."""

import narwhals as nw
import numpy as np

__all__ = ["look_untransformed"]

# Standard deviations by which a column's mean may be off, and factor by which its spread may.
FAR, WIDE = 10.0, 20.0
# Rows that are needed to tell.
FEWEST = 10


def look_untransformed(X, other):
    """Say whether most columns of other rows have quite another place or spread.

    Parameters
    ----------
    X, other : array-like, DataFrame or sparse of shape (n, p)
        Only dense numbers are looked at.

    Returns
    -------
    untransformed : bool
        True if they have, as rows beside the output of a scaler that they did not go through.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn._rows._scales import look_untransformed
    >>> X = np.random.default_rng(0).normal(size=(50, 2))
    >>> look_untransformed(X, X[:20] + 1), look_untransformed(X, 100 * X[:20] + 50)
    (False, True)
    """
    one, two = _numbers(X), _numbers(other)
    if (
        one is None
        or two is None
        or one.shape[1:] != two.shape[1:]
        or min(len(one), len(two)) < FEWEST
    ):
        return False
    spread, wide = one.std(axis=0), two.std(axis=0)
    # Columns that are constant in X have no spread to compare with.
    known = spread > 0
    if not known.any():
        return False
    spread, wide = spread[known], wide[known]
    moved = np.abs(two.mean(axis=0) - one.mean(axis=0))[known] > FAR * spread
    return bool(np.mean(moved | (wide > WIDE * spread)) > 0.5)


def _numbers(X):
    """Return the rows as an array of finite numbers, None of others."""
    table = nw.from_native(X, eager_only=True, pass_through=True)
    if isinstance(table, nw.DataFrame):
        if not all(dtype.is_numeric() for dtype in table.schema.dtypes()):
            return None
        table = table.to_numpy()
    if not isinstance(table, np.ndarray) or table.ndim != 2 or table.dtype.kind not in "fiu":
        return None
    return table if np.isfinite(table).all() else None
