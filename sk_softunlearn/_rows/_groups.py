"""Groups: the cells of all sensitive columns together, in one place."""

from numbers import Real

import narwhals as nw
import numpy as np
import pandas as pd

from sk_softunlearn._rows._levels import find_levels

# Different values from which on numbers are no groups: with fractions, and whole ones.
MOST_FRACTIONS, MOST_WHOLE = 20, 100

__all__ = ["cross_groups", "cross_levels", "read_sensitive"]


def cross_groups(sensitive_features, n_rows):
    """Cross the sensitive columns into groups, and number the rows by them.

    Parameters
    ----------
    sensitive_features : Series, DataFrame, dict, list or ndarray
        One sensitive column, or several: a pandas or polars object, a dict of
        name to column, a list or an array of shape (n,) or (n, k). Values are
        strings, numbers or booleans, and none is missing.
    n_rows : int
        Number of rows of the data it belongs to.

    Returns
    -------
    codes : ndarray of shape (n_rows,), dtype intp
        Position of each row's cell in `labels`.
    labels : list of str
        The cells that occur, in the order of the levels of the first column,
        then of the second, ...; the levels of one cell are joined by a comma.
        `find_levels` says how the levels of a column are ordered.

    Raises
    ------
    ValueError
        If the columns are not columns of `n_rows` values, two have the same
        name, a value is missing, or one holds numbers of too many values.

    Examples
    --------
    >>> from sk_softunlearn._rows._groups import cross_groups
    >>> columns = {"sex": ["M", "F", "F"], "race": ["White", "Black", "White"]}
    >>> codes, labels = cross_groups(columns, n_rows=3)
    >>> labels
    ['F, Black', 'F, White', 'M, White']
    >>> codes.tolist()
    [2, 0, 1]
    """
    return cross_levels(list(read_sensitive(sensitive_features, n_rows).values()), n_rows)


def read_sensitive(sensitive_features, n_rows):
    """Read the sensitive columns one by one.

    Parameters
    ----------
    sensitive_features : Series, DataFrame, dict, list or ndarray
        As `cross_groups` takes them.
    n_rows : int
        Number of rows of the data it belongs to.

    Returns
    -------
    columns : dict of str to tuple of ndarray of shape (n_rows,) and list of str
        By the name of the column: the level of every row, and the levels. A column without a name
        has its position, as "0".

    Raises
    ------
    ValueError
        As `cross_groups` raises it.

    Examples
    --------
    >>> from sk_softunlearn._rows._groups import read_sensitive
    >>> codes, levels = read_sensitive({"sex": ["M", "F", "F"]}, n_rows=3)["sex"]
    >>> codes.tolist(), levels
    ([1, 0, 0], ['F', 'M'])
    """
    columns = _columns(sensitive_features)
    return {str(name): _encode(name, values, n_rows) for name, values in columns}


def cross_levels(columns, n_rows):
    """Cross columns that are read already.

    Parameters
    ----------
    columns : list of tuple of ndarray of shape (n_rows,) and list of str
        The level of every row, and the levels.
    n_rows : int
        Number of rows.

    Returns
    -------
    codes : ndarray of shape (n_rows,), dtype intp
        Position of each row's cell in `labels`.
    labels : list of str
        The cells that occur.
    """
    codes = np.zeros(n_rows, dtype=np.intp)
    cells = [()]
    for level_of_row, levels in columns:
        codes, cells = _cross(codes, cells, level_of_row, levels)
    labels = [", ".join(cell) for cell in cells]
    if len(set(labels)) < len(labels):
        # Levels that contain a comma themselves: keep the cells apart.
        labels = [", ".join(map(repr, cell)) for cell in cells]
    return codes, labels


def _cross(codes, cells, level_of_row, levels):
    codes = codes * len(levels) + level_of_row
    if len(cells) * len(levels) <= len(codes) + MOST_WHOLE:
        # Counting them takes a pass, sorting them takes many.
        counts = np.bincount(codes, minlength=len(cells) * len(levels))
        occurring, place = np.flatnonzero(counts), np.cumsum(counts > 0) - 1
        codes = place[codes]
    else:
        occurring, codes = np.unique(codes, return_inverse=True)
    cells = [(*cells[i // len(levels)], levels[i % len(levels)]) for i in occurring]
    return codes.astype(np.intp, copy=False), cells


def _columns(sensitive_features):
    """List the (name, values) pairs, whatever the container."""
    if sensitive_features is None or isinstance(sensitive_features, str | bytes):
        raise ValueError(
            "'sensitive_features' must hold the values of one or more columns, one per row "
            f"of X; got {sensitive_features!r}. Pass the columns themselves, for example "
            "X[['sex', 'race']]."
        )
    if isinstance(sensitive_features, dict):
        columns = [(name, _values(column, name)) for name, column in sensitive_features.items()]
    else:
        columns = _unnamed_columns(sensitive_features)
    if not columns:
        raise ValueError("'sensitive_features' must hold at least one column; got none.")
    _refuse_twins(str(name) for name, _ in columns)
    return columns


def _unnamed_columns(sensitive_features):
    # Where a pyarrow Table has its names; a polars DataFrame has no twins.
    pandas = isinstance(sensitive_features, pd.DataFrame)
    _refuse_twins(
        sensitive_features.columns if pandas else getattr(sensitive_features, "column_names", [])
    )
    table = _from_native(sensitive_features)
    if isinstance(table, nw.DataFrame):
        return [(series.name, series) for series in table.iter_columns()]
    if isinstance(table, nw.Series):
        return [(0 if table.name in (None, "") else table.name, table)]
    values = _as_array(table)
    if values.ndim == 1:
        return [(0, values)]
    if values.ndim == 2:
        return list(enumerate(values.T))
    raise ValueError(
        "'sensitive_features' must be of shape (n,) or (n, k), one row per row of X; "
        f"got shape {values.shape} from {type(sensitive_features).__name__}."
    )


def _refuse_twins(names):
    """Refuse two columns of one name."""
    index = pd.Index(names)
    twins = index[index.duplicated()].unique().tolist()
    if twins:
        raise ValueError(
            f"'sensitive_features' must have one column per name; got several of {twins}. "
            "Rename or drop them."
        )


def _values(column, name):
    """One column of a dict, as a Series or a 1-D array."""
    values = _from_native(column)
    if isinstance(values, nw.Series):
        return values
    values = _as_array(values)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        raise ValueError(
            f"'sensitive_features': column {name!r} must have one value per row of X; "
            f"got shape {values.shape}."
        )
    return values


def _from_native(values):
    if isinstance(values, pd.api.extensions.ExtensionArray | pd.CategoricalIndex):
        # As pd.cut returns them for an array.
        values = pd.Series(values)
    return nw.from_native(values, eager_only=True, allow_series=True, pass_through=True)


def _as_array(values):
    # As an array of strings, [nan, "a"] would become ["nan", "a"].
    return values if isinstance(values, np.ndarray) else np.asarray(values, dtype=object)


def _encode(name, column, n_rows):
    """Levels of one column as strings, and the level of each row."""
    if len(column) != n_rows:
        raise ValueError(
            f"'sensitive_features' must have one row per row of X; column {name!r} has "
            f"{len(column)} rows where X has {n_rows}. Pass the sensitive features of "
            "these rows."
        )
    codes, levels = find_levels(column)
    if _is_continuous(column, levels):
        raise ValueError(
            f"'sensitive_features' must hold groups; column {name!r} holds numbers with "
            f"{len(levels):,} different values. Cut it into a few groups, as with pandas.cut."
        )
    missing = np.flatnonzero(codes < 0)
    if missing.size:
        raise ValueError(
            f"'sensitive_features' must have no missing values; column {name!r} has "
            f"{missing.size}, the first in row {missing[0]}. Drop these rows, or fill them "
            "with a level of their own such as 'unknown'."
        )
    return codes, levels


def _is_continuous(column, levels):
    """Say whether a column holds numbers that make no groups."""
    if len(levels) <= MOST_FRACTIONS:
        return False
    if isinstance(column, nw.Series):
        numeric = column.dtype.is_numeric()
    else:
        numeric = column.dtype.kind in "fiu" or all(isinstance(v, Real) for v in column[:1000])
    if not numeric:
        return False
    whole = all(float(level).is_integer() for level in levels)
    return len(levels) > (MOST_WHOLE if whole else MOST_FRACTIONS)
