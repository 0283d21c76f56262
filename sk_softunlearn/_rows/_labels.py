"""Labels as a user hands them over."""

import numpy as np
import pandas as pd
from sklearn.utils import assert_all_finite
from sklearn.utils.validation import column_or_1d

__all__ = ["check_known_labels", "check_label_types", "read_labels"]


def read_labels(y, suffix=""):
    """Return labels as one array, checked.

    Parameters
    ----------
    y : array-like of shape (n,)
        Labels.
    suffix : str, default=""
        End of the parameters' names, for the sentences: "_val" for validation rows.

    Returns
    -------
    y : ndarray of shape (n,)
        The labels.

    Raises
    ------
    ValueError
        If a row has several labels or none, or strings stand beside labels of another type.

    Examples
    --------
    >>> from sk_softunlearn._rows import read_labels
    >>> read_labels(["no", "yes"]).tolist()
    ['no', 'yes']
    """
    if y is None:
        raise ValueError(f"'y{suffix}' must hold one label per row of 'X{suffix}', got None.")
    # Before numpy makes strings of all labels of a list.
    check_label_types(y, suffix)
    shape = y.shape if hasattr(y, "shape") else np.asarray(y).shape
    if len(shape) == 2 and shape[1] > 1:
        raise ValueError(
            f"'y{suffix}' must be 1d, one label per row of 'X{suffix}', got shape {shape}. "
            "Correct one classifier per label."
        )
    y = column_or_1d(y, warn=True)
    assert_all_finite(y, input_name=f"y{suffix}")
    return y


def check_label_types(y, suffix=""):
    """Refuse missing labels, and strings beside labels that they cannot be compared with.

    Parameters
    ----------
    y : array-like of shape (n,)
        Labels.
    suffix : str, default=""
        End of the parameter's name, for the sentence.

    Raises
    ------
    ValueError
        If one is missing, or strings stand beside labels of another type.
    """
    dtype = getattr(y, "dtype", None)
    if isinstance(dtype, np.dtype) and dtype.kind != "O":
        return
    labels = np.asarray(y, dtype=object).ravel()
    missing = np.flatnonzero(pd.isna(labels))
    if missing.size:
        raise ValueError(
            f"'y{suffix}' must have a label in every row, got {missing.size} without one, the "
            f"first in row {missing[0]}. Drop these rows."
        )
    of_type = {type(label): label for label in labels}
    strings = [label for kind, label in of_type.items() if issubclass(kind, str)]
    others = [label for kind, label in of_type.items() if not issubclass(kind, str)]
    if strings and others:
        raise ValueError(
            f"'y{suffix}' must hold labels of one type, got {strings[0]!r} beside {others[0]!r}. "
            "Make all of them strings, or all of them numbers."
        )


def check_known_labels(y, known, suffix=""):
    """Refuse labels that are not among those that are known.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Labels.
    known : ndarray of shape (k,)
        The labels that may occur, more than once each.
    suffix : str, default=""
        End of the parameter's name, for the sentence.

    Raises
    ------
    ValueError
        If another label occurs.
    """
    known = pd.unique(known).tolist()
    unknown = [label for label in pd.unique(y).tolist() if label not in known]
    if unknown:
        raise ValueError(
            f"'y{suffix}' must hold labels that the estimator knows, {_sorted(known)}, got "
            f"{_sorted(unknown)[:5]}. Drop or relabel those rows."
        )


def _sorted(labels):
    return sorted(labels, key=lambda label: (isinstance(label, str), label))
