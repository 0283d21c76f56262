"""The levels of one sensitive column, in order and told apart."""

from collections import Counter
from decimal import Decimal
from numbers import Real

import narwhals as nw
import numpy as np
import pandas as pd

__all__ = ["find_levels"]


def find_levels(column):
    """Find the levels of one column, and the level of every row.

    Parameters
    ----------
    column : narwhals Series or ndarray of shape (n,)
        Strings, numbers, booleans, intervals or categories.

    Returns
    -------
    codes : ndarray of shape (n,)
        Position of each row's level in `names`; -1 where the value is missing.
    names : list of str
        The levels that occur. Ordered categories keep their order, numbers and intervals are
        sorted as such, everything else by its name. A string that reads like another level, as
        "1" beside 1, is quoted.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn._rows._levels import find_levels
    >>> codes, names = find_levels(np.array(["1", 10, 1, 10], dtype=object))
    >>> names
    ['1', "'1'", '10']
    >>> codes.tolist()
    [1, 2, 0, 2]
    """
    ordered = _as_ordered(column) if isinstance(column, nw.Series) else None
    if ordered is not None:
        codes, levels = ordered.codes, ordered.categories
        order = np.unique(codes[codes >= 0])
    else:
        values = column.to_numpy() if isinstance(column, nw.Series) else column
        codes, levels = pd.factorize(values, use_na_sentinel=True)
        order = _sorted(levels)
    # One more than there are levels: a code of -1 takes the last, -1.
    rank = np.full(len(levels) + 1, -1)
    rank[order] = np.arange(len(order))
    return rank[codes], _names([levels[i] for i in order])


def _as_ordered(series):
    """Return a series of ordered categories as pandas has them, any other as None."""
    native = series.to_native()
    if series.implementation.is_pyarrow():
        native = native.to_pandas()
    dtype = getattr(native, "dtype", None)
    if isinstance(dtype, pd.CategoricalDtype):
        return pd.Categorical(native) if dtype.ordered else None
    if series.dtype == nw.Enum:
        return pd.Categorical(series.to_list(), categories=series.dtype.categories, ordered=True)
    return None


def _sorted(levels):
    """Return the positions of levels in their order."""
    if all(isinstance(level, Real | Decimal | np.bool_) for level in levels):
        return np.argsort(levels)
    if all(isinstance(level, pd.Interval) for level in levels):
        return sorted(range(len(levels)), key=lambda i: (levels[i].left, levels[i].right))
    return sorted(range(len(levels)), key=lambda i: (str(levels[i]), isinstance(levels[i], str)))


def _names(levels):
    """Return one name per level, no two of them alike."""
    plain = Counter(map(str, levels))
    for spell in (
        str,
        lambda level: _quoted(level) if plain[str(level)] > 1 else str(level),
        _quoted,
        repr,
    ):
        names = [spell(level) for level in levels]
        if len(set(names)) == len(names):
            break
    return names


def _quoted(level):
    return repr(str(level)) if isinstance(level, str) else str(level)
