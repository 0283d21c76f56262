"""Rows as a user hands them over: checked, grouped, and split for validation."""

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.utils import indexable

from sk_softunlearn._narrow import narrow, ones
from sk_softunlearn._rows._groups import cross_levels, read_sensitive
from sk_softunlearn._rows._labels import read_labels
from sk_softunlearn._rows._order import check_same_order
from sk_softunlearn._rows._titles import title_groups
from sk_softunlearn._rows._weights import read_weights
from sk_softunlearn._sklearn import num_samples, safe_indexing
from sk_softunlearn._sweeps import fetched, is_elsewhere, rows_of

__all__ = ["Rows", "hold_out", "read_rows"]


@dataclass(frozen=True)
class Rows:
    """Rows with their labels, weights and groups.

    Parameters
    ----------
    X : array-like, DataFrame, sparse or RowBlocks of shape (n, p)
        As the estimator takes it.
    y : ndarray of shape (n,)
        Labels.
    sample_weight : ndarray of shape (n,), default=None
        None where none were given.
    groups : ndarray of shape (n,), default=None
        Index of every row's group; None without sensitive features.
    group_names : tuple of str, default=()
        Names of the groups.
    group_titles : tuple of str, default=()
        The same as a reader is shown them: "race = 1" of a group "1".
    """

    X: Any
    y: np.ndarray
    sample_weight: np.ndarray | None = None
    groups: np.ndarray | None = None
    group_names: tuple = ()
    group_titles: tuple = ()

    def weights(self):
        """Return the weights of the rows, 1 where none were given, of shape (n,)."""
        return ones(len(self.y)) if self.sample_weight is None else self.sample_weight

    def named_groups(self):
        """Return the name of every row's group, of shape (n,); None without groups."""
        return None if self.groups is None else np.array(self.group_names)[self.groups]

    def index(self, positions):
        """Return the labels of rows in X, or their positions where X has no labels."""
        return self.X.index[positions] if hasattr(self.X, "iloc") else pd.Index(positions)

    def in_kind(self, table):
        """Return a pandas table as X is: a DataFrame of another library where X is one.

        It has no index: that becomes the first column, `row` where it has no name. What is missing
        is null.
        """
        X = nw.from_native(self.X, eager_only=True, pass_through=True)
        if not isinstance(X, nw.DataFrame) or X.implementation.is_pandas_like():
            return table
        columns = table.reset_index(names=table.index.name or "row")
        values = {name: _plain(column) for name, column in columns.items()}
        return nw.from_dict(values, backend=X.implementation).to_native()

    def take(self, index):
        """Return the rows at integer positions `index`."""
        return Rows(
            self.X.take(index) if is_elsewhere(self.X) else safe_indexing(self.X, index),
            self.y[index],
            None if self.sample_weight is None else self.sample_weight[index],
            None if self.groups is None else self.groups[index],
            self.group_names,
            self.group_titles,
        )


def _plain(column):
    """Return the values of a Series as any library reads them."""
    if column.isna().any():
        return column.astype(object).where(column.notna(), None).tolist()
    return column.to_numpy() if pd.api.types.is_numeric_dtype(column) else column.tolist()


def read_rows(X, y, sample_weight=None, sensitive_features=None, suffix=""):
    """Check rows and cross their sensitive columns.

    Parameters
    ----------
    X : array-like, DataFrame, sparse, RowBlocks or Dask table of shape (n, p)
        Left as it is, unless rows cannot be taken from it.
    y : array-like of shape (n,)
        Labels.
    sample_weight : array-like of shape (n,), default=None
        Weights.
    sensitive_features : Series, DataFrame, dict, list or ndarray, default=None
        One or more columns; their cells are the groups.
    suffix : str, default=""
        End of the parameters' names, for the sentences: "_val" for validation rows.

    Returns
    -------
    rows : Rows
        Of the same X.

    Raises
    ------
    ValueError
        If the lengths differ, pandas objects have their rows in different orders, a row has
        several labels, or a sensitive value is missing.
    """
    X, y = rows_of(X, suffix), fetched(y, f"y{suffix}")
    sample_weight = fetched(sample_weight, f"sample_weight{suffix}")
    sensitive_features = fetched(sensitive_features, f"sensitive_features{suffix}")
    given = {
        "X": X,
        "y": y,
        "sample_weight": sample_weight,
        "sensitive_features": sensitive_features,
    }
    check_same_order({f"{name}{suffix}": rows for name, rows in given.items()})
    if not is_elsewhere(X):
        (X,) = indexable(X)
    y = read_labels(y, suffix)
    n_rows = num_samples(X)
    if len(y) != n_rows:
        raise ValueError(
            f"'y{suffix}' must have one label per row of 'X{suffix}', got {len(y)} labels for "
            f"{n_rows} rows. Pass the labels of these rows."
        )
    if sample_weight is not None:
        sample_weight = read_weights(sample_weight, X, suffix)
    if sensitive_features is None:
        return Rows(X, y, sample_weight)
    columns = read_sensitive(sensitive_features, n_rows)
    groups, names = cross_levels(list(columns.values()), n_rows)
    titles = title_groups(columns, n_rows)
    groups = narrow(groups, len(names))
    return Rows(X, y, sample_weight, groups, tuple(names), tuple(titles))


def hold_out(rows, fraction, random_state):
    """Choose validation rows, stratified by class x group.

    Cells with a single row are drawn with the largest cell.

    Parameters
    ----------
    rows : Rows
        All rows.
    fraction : float
        Share that is held out.
    random_state : int, RandomState or None
        Source of the draw.

    Returns
    -------
    training : ndarray of shape (n - q,)
        Positions of the rows to fit on, ascending.
    validation : ndarray of shape (q,)
        Positions of the rows held out, ascending.

    Raises
    ------
    ValueError
        If there are fewer rows to hold out, or to keep, than cells.
    """
    _, cell = np.unique(rows.y, return_inverse=True)
    if rows.groups is not None:
        _, cell = np.unique(cell * len(rows.group_names) + rows.groups, return_inverse=True)
    counts = np.bincount(cell)
    cell[counts[cell] < 2] = counts.argmax()
    n_cells = len(np.unique(cell))
    if min(fraction, 1 - fraction) * len(cell) < n_cells:
        raise ValueError(
            f"'X' must have enough rows to hold out a share of {fraction:g} of each of the "
            f"{n_cells} cells of class and group, got {len(cell)} rows. Give more rows, or X_val."
        )
    training, validation = train_test_split(
        np.arange(len(cell)), test_size=fraction, stratify=cell, random_state=random_state
    )
    return np.sort(training), np.sort(validation)
