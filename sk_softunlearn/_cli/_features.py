"""Columns of a table as features: numbers, categories, and what is neither."""

import warnings

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype, is_extension_array_dtype, is_numeric_dtype

from sk_softunlearn._cli._dates import are_dates
from sk_softunlearn._cli._errors import BadInputError, InputWarning

__all__ = ["read_features", "read_kinds"]

NUMBER, CATEGORY, TEXT = "number", "category", "text"
NUMBERS = {"number", "boolean", "decimal", "floating", "integer", "mixed-integer-float"}
# More categories than this, or fewer rows than this in each, are said: they are learnt by heart.
MANY, FEW_ROWS, ALWAYS_FINE = 1000, 5, 20


def read_kinds(frame, names, chosen=False):
    """Say of what kind columns are.

    Columns without any value are left out; so are dates, what is no single value, and texts that
    are different in most rows, with a warning. Another warning names the columns with very many
    categories.

    Parameters
    ----------
    frame : DataFrame
        The table.
    names : list of str
        Its columns that may be features.
    chosen : bool, default=False
        Whether the user has named them: then texts that are different in most rows are features.

    Returns
    -------
    kinds : dict of str to str
        "number", "category" (numbers that are meant as names) or "text".
    """
    found = {name: _kind(frame[name]) for name in names if frame[name].notna().any()}
    _warn_if(
        [name for name, (kind, _) in found.items() if kind is None],
        "Neither numbers nor categories, and left out: {}. Turn dates into numbers to use them.",
    )
    naming = [name for name, (_, count) in found.items() if _names_rows(count, frame[name])]
    if not chosen:
        _warn_if(
            naming,
            "Texts that are different in most rows, and left out: {}. They name the rows; "
            "--features takes them in.",
        )
        found = {name: kind for name, kind in found.items() if name not in naming}
    _warn_if(
        [f"{name} ({count})" for name, (_, count) in found.items() if _many(count, len(frame))],
        "Columns with very many categories: {}. The model learns them by heart; leave them out "
        "with --exclude.",
    )
    kinds = {name: kind for name, (kind, _) in found.items() if kind is not None}
    if not kinds:
        raise BadInputError("No column is left to learn from: exclude fewer columns.")
    return kinds


def _warn_if(names, text):
    if names:
        warnings.warn(text.format(", ".join(names)), InputWarning, stacklevel=3)


def _many(count, n_rows):
    return count > MANY or (count > ALWAYS_FINE and n_rows < FEW_ROWS * count)


def _names_rows(count, values):
    return count > ALWAYS_FINE and 2 * count > values.notna().sum()


def _kind(values):
    """Return the kind of a column, None where there is none, and its number of categories."""
    inferred = "number" if is_numeric_dtype(values) else infer_dtype(values, skipna=True)
    if inferred in NUMBERS:
        return NUMBER, 0
    if inferred == "categorical" and is_numeric_dtype(values.cat.categories):
        return CATEGORY, values.nunique()
    if inferred not in ("string", "categorical", "mixed-integer", "mixed"):
        return None, 0
    try:
        levels = values.dropna().unique()
    except TypeError:
        # Lists and the like have no hash.
        return None, 0
    return (None, 0) if are_dates(levels) else (TEXT, len(levels))


def read_features(frame, kinds):
    """Return columns as the models of the command line take them.

    Parameters
    ----------
    frame : DataFrame of n rows
        The table.
    kinds : dict of str to str
        As `read_kinds` gave them for the training rows.

    Returns
    -------
    features : DataFrame of n rows
        Numbers, and categoricals.
    """
    columns = {}
    for name, kind in kinds.items():
        if name not in frame.columns:
            raise BadInputError(f"there is no column {name}, which the model needs.")
        columns[name] = (_number if kind == NUMBER else _category)(frame[name], kind)
    return pd.DataFrame(columns, index=frame.index)


def _number(values, kind):
    if values.notna().any() and _kind(values)[0] != kind:
        raise BadInputError(f"column {values.name} must hold numbers, as in the training table.")
    if is_extension_array_dtype(values) or values.dtype.kind not in "fiu":
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        values = pd.Series(numbers, values.index, name=values.name)
    if np.isinf(values.to_numpy()).any():
        raise BadInputError(f"column {values.name} holds infinite numbers: replace them.")
    return values


def _category(values, kind):
    codes, levels = pd.factorize(values)
    if kind == CATEGORY:
        return pd.Categorical.from_codes(codes, np.asarray(levels))
    texts, rank = np.unique(np.array([_text(v) for v in levels], object), return_inverse=True)
    # One object per category, not one per row.
    return pd.Categorical.from_codes(
        np.where(codes < 0, -1, np.append(rank, -1)[codes]), pd.Index(texts, dtype=object)
    )


def _text(level):
    whole = isinstance(level, float) and level.is_integer()
    return str(int(level)) if whole else str(level).strip()
