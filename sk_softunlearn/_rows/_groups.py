"""Groups: the cells of all sensitive columns together, in one place."""

from numbers import Real

import narwhals as nw
import numpy as np

__all__ = ["cross_groups"]


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
        The cells that occur, in the sorted order of the levels of the first
        column, then of the second, ...; the levels of one cell are joined by
        a comma.

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
    codes = np.zeros(n_rows, dtype=np.intp)
    cells = [()]
    for name, values in _columns(sensitive_features):
        level_of_row, levels = _encode(name, values, n_rows)
        codes, cells = _cross(codes, cells, level_of_row, levels)
    labels = [", ".join(cell) for cell in cells]
    if len(set(labels)) < len(labels):
        # Levels that contain a comma themselves: keep the cells apart.
        labels = [", ".join(map(repr, cell)) for cell in cells]
    return codes, labels


def _cross(codes, cells, level_of_row, levels):
    occurring, codes = np.unique(codes * len(levels) + level_of_row, return_inverse=True)
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
    return columns


def _unnamed_columns(sensitive_features):
    table = _from_native(sensitive_features)
    if isinstance(table, nw.DataFrame):
        return [(series.name, series.to_numpy()) for series in table.iter_columns()]
    if isinstance(table, nw.Series):
        return [(0 if table.name in (None, "") else table.name, table.to_numpy())]
    values = _as_array(table)
    if values.ndim == 1:
        return [(0, values)]
    if values.ndim == 2:
        return list(enumerate(values.T))
    raise ValueError(
        "'sensitive_features' must be of shape (n,) or (n, k), one row per row of X; "
        f"got shape {values.shape} from {type(sensitive_features).__name__}."
    )


def _values(column, name):
    """One column of a dict as a 1-D array."""
    series = _from_native(column)
    values = series.to_numpy() if isinstance(series, nw.Series) else _as_array(series)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        raise ValueError(
            f"'sensitive_features': column {name!r} must have one value per row of X; "
            f"got shape {values.shape}."
        )
    return values


def _from_native(values):
    return nw.from_native(values, eager_only=True, allow_series=True, pass_through=True)


def _as_array(values):
    # As an array of strings, [nan, "a"] would become ["nan", "a"].
    return values if isinstance(values, np.ndarray) else np.asarray(values, dtype=object)


def _encode(name, values, n_rows):
    """Sorted levels of one column as strings, and the level of each row."""
    import pandas as pd

    if len(values) != n_rows:
        raise ValueError(
            f"'sensitive_features' must have one row per row of X; column {name!r} has "
            f"{len(values)} rows where X has {n_rows}. Pass the sensitive features of "
            "these rows."
        )
    codes, levels = pd.factorize(values, use_na_sentinel=True)
    missing = np.flatnonzero(codes < 0)
    if missing.size:
        raise ValueError(
            f"'sensitive_features' must have no missing values; column {name!r} has "
            f"{missing.size}, the first in row {missing[0]}. Drop these rows, or fill them "
            "with a level of their own such as 'unknown'."
        )
    if all(isinstance(level, Real | np.bool_) for level in levels):
        rank = np.argsort(np.argsort(levels))
        return rank[codes], [str(level) for level in np.sort(levels)]
    names, rank = np.unique([str(level) for level in levels], return_inverse=True)
    return rank[codes], names.tolist()
