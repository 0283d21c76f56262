"""Missing texts, which pandas holds as None, nan or NA, as one of them.

To an encoder these are different categories: it takes one that it was not fitted on for unknown.
"""

import numpy as np
import pandas as pd
from pandas.api.types import is_string_dtype

from sk_softunlearn.views import find_head

__all__ = ["missing_text_of", "replace_missing_texts"]


def replace_missing_texts(frame, cell):
    """Return a table in which every missing text is the same.

    Parameters
    ----------
    frame : DataFrame
        Left as it is. Columns of numbers, dates and categoricals have one missing cell anyway.
    cell : None or nan
        What a missing text is to be.

    Returns
    -------
    frame : DataFrame
        The same rows and columns.
    """
    changed = {}
    for name, values in frame.items():
        missing = values.isna().to_numpy()
        if missing.any() and _may_hold_another(values.dtype, cell):
            cells = values.to_numpy(dtype=object, copy=True)
            cells[missing] = cell
            changed[name] = pd.Series(cells, values.index, dtype=object)
    return frame.assign(**changed) if changed else frame


def _may_hold_another(dtype, cell):
    # A column of objects holds any of them, a column of strings the one that its dtype names.
    return is_string_dtype(dtype) and getattr(dtype, "na_value", "any") is not cell


def missing_text_of(model):
    """Return what stood for a missing text in the rows that a model was fitted on.

    Parameters
    ----------
    model : estimator
        A fitted classifier or Pipeline.

    Returns
    -------
    cell : None or nan
        None where an encoder or an imputer knows it.
    """
    knows_none = any(_knows_none(step) for step in _steps(find_head(model).transformers))
    return None if knows_none else np.nan


def _knows_none(step):
    if getattr(step, "missing_values", np.nan) is None:
        return True
    levels = [each for each in getattr(step, "categories_", []) if isinstance(each, np.ndarray)]
    return any(level is None for each in levels for level in each)


def _steps(transformers):
    """Yield fitted transformers and those inside of them."""
    for step in transformers:
        yield step
        for name in ("steps", "transformers_", "transformer_list"):
            yield from _steps(part[1] for part in getattr(step, name, []))
