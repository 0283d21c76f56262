"""Which columns of a table are what, and the groups that they make."""

import csv
import re
from difflib import get_close_matches

import numpy as np
import pandas as pd

from sk_softunlearn._cli._errors import BadInputError, shortened

__all__ = ["column", "column_names", "factorized", "read_groups", "sensitive_column"]

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


def read_groups(frame, names, target):
    """Return the sensitive columns, cut where their names say so.

    Parameters
    ----------
    frame : DataFrame of n rows
        The table.
    names : list of str
        Of the columns; "age>25" is the column age, cut there.
    target : str
        Name of the target.

    Returns
    -------
    groups : DataFrame of n rows
        Texts.
    """
    groups = pd.DataFrame({name: _group(frame, name, target) for name in names})
    if len(groups.drop_duplicates()) < 2:
        raise BadInputError(
            f"--sensitive {','.join(names)} has one group only: a gap needs at least two."
        )
    return groups


def sensitive_column(name, frame):
    """Return the name of the column behind a sensitive one, and where it is cut."""
    cut = re.fullmatch(r"(.+?)\s*(>=|>)\s*(-?[\d.]+)", name)
    return (name, None) if cut is None or name in frame.columns else (cut[1], cut)


def _group(frame, name, target):
    source, cut = sensitive_column(name, frame)
    if source == target:
        raise BadInputError(f"--sensitive {name} is the target: choose another column.")
    values = column(frame, source, "--sensitive")
    if values.isna().any():
        raise BadInputError(
            f"--sensitive {source}: {int(values.isna().sum())} values are missing, the first in "
            f"row {int(values.isna().argmax())}: drop or fill those rows."
        )
    if cut is not None:
        if not pd.api.types.is_numeric_dtype(values):
            raise BadInputError(f"--sensitive {name}: {source} is not a column of numbers.")
        above = values >= float(cut[3]) if cut[2] == ">=" else values > float(cut[3])
        return pd.Categorical.from_codes(above.astype(int), [f"not {name}", name])
    codes, levels = factorized(values, f"--sensitive {name}")
    if len(levels) > MOST_LEVELS:
        advice = "merge its levels"
        if pd.api.types.is_numeric_dtype(values):
            advice = f"cut it, as in --sensitive '{name}>{values.median():g}', or {advice}"
        raise BadInputError(
            f"--sensitive {name} has {len(levels)} values, too many for groups: {advice}."
        )
    return pd.Categorical.from_codes(codes, [str(level) for level in levels])
