"""Columns of a table as options name them."""

import csv
from difflib import get_close_matches

import numpy as np
import pandas as pd

from sk_softunlearn._cli._errors import BadInputError, shortened

__all__ = ["MOST_LEVELS", "column", "column_names", "factorized"]

MOST_LEVELS = 20


def column_names(text, frame):
    """Split the names that an option lists.

    Parameters
    ----------
    text : str
        Names with commas between them; a name that holds a comma stands in double quotes, unless
        it is the only one.
    frame : DataFrame
        The table.

    Returns
    -------
    names : list of str
        In order, each once.
    """
    if text.strip() in frame.columns:
        return [text.strip()]
    names = next(csv.reader([text], skipinitialspace=True), [])
    return list(dict.fromkeys(name.strip() for name in names if name.strip()))


def column(frame, name, option):
    """Return a column, or say which one may have been meant.

    Parameters
    ----------
    frame : DataFrame
        The table.
    name : str
        Of the column.
    option : str
        Where the name comes from, for the sentence.

    Returns
    -------
    values : Series
        The column.
    """
    if name not in frame.columns:
        near = get_close_matches(name, frame.columns, n=1, cutoff=0.5)
        listed = ", ".join(map(shortened, frame.columns[:MOST_LEVELS]))
        listed += ", ..." * (frame.shape[1] > MOST_LEVELS)
        hint = f"did you mean {near[0]}?" if near else f"it has {listed}"
        if sum(text[:1].isdigit() for text in frame.columns) > 1:
            hint = "its first line looks like values: give the columns names in a first line."
        raise BadInputError(f"{option} {name}: the table has no such column; {hint}")
    return frame[name]


def factorized(values, option):
    """Return the code of every row and the different cells of a column, as they appear.

    Parameters
    ----------
    values : Series of n rows
        Without missing cells.
    option : str
        What the column is, for the sentence.

    Returns
    -------
    codes : ndarray of shape (n,)
        Places in levels.
    levels : list
        All different, texts without blanks around them.
    """
    try:
        codes, levels = pd.factorize(values)
    except TypeError:
        raise BadInputError(
            f"{option} holds lists or the like: give a column with one value in each cell."
        ) from None
    levels = [level.strip() if isinstance(level, str) else level for level in levels]
    places = {level: place for place, level in enumerate(dict.fromkeys(levels))}
    return np.array([places[level] for level in levels], dtype=int)[codes], list(places)
