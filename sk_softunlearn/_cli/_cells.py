"""Cells of a csv: blanks around them, what is missing, and their types."""

import io

import numpy as np
import pandas as pd
from pandas.api.extensions import take
from pandas.api.types import infer_dtype, is_float_dtype, is_numeric_dtype

from sk_softunlearn._cli._numbers import may_be_thousands

__all__ = ["is_text", "levels_of", "replaced", "type_cells", "type_levels"]


def type_cells(frame, bare, as_text, na_values, keep_default_na):
    """Read the cells of a csv without the blanks around them.

    A column that pandas takes for text only because blanks follow its cells gets the type that it
    has without them. Numbers such as 1.234 stay text where the cells come as text, for they may
    stand for 1234.

    Parameters
    ----------
    frame : DataFrame of n rows
        As pandas reads it, or all text.
    bare : bool
        Whether texts are to be without the blanks around them too.
    as_text : bool
        Whether all cells are texts, numbers too.
    na_values : sequence of str
        Cells that stand for a missing value.
    keep_default_na : bool
        Whether those that pandas knows do so too.

    Returns
    -------
    frame : DataFrame of n rows
        The same cells; a column that nothing is to be done for is the same.
    """
    typed = {
        name: _typed(frame[name], bare, na_values, keep_default_na)
        for name in frame.columns
        if is_text(frame[name]) and (as_text or _is_padded(frame[name]))
    }
    return frame.assign(**typed)


def _typed(values, bare, missing, known):
    codes, levels = levels_of(values)
    found = type_levels(levels, missing, known)
    if is_float_dtype(found) and may_be_thousands(levels):
        return replaced(values, codes, pd.Series(levels))
    padded = bare and _is_padded(values)
    return replaced(values, codes, found) if padded or is_numeric_dtype(found) else values


def _is_padded(values):
    levels = pd.Series(values.dropna().unique())
    return bool((levels.str.strip() != levels).any())


def is_text(values):
    """Whether all cells of a column are texts, but those that are missing."""
    return not is_numeric_dtype(values) and infer_dtype(values, skipna=True) == "string"


def levels_of(values):
    """Return the code of every row, -1 where it is missing, and its texts without blanks.

    Parameters
    ----------
    values : Series of n rows
        Texts.

    Returns
    -------
    codes : ndarray of shape (n,)
        Places in levels.
    levels : list of str
        All different.
    """
    codes, levels = pd.factorize(values)
    bare = np.array([level.strip() for level in levels.tolist()], dtype=object)
    merged, places = pd.factorize(bare)
    return np.append(merged, -1)[codes], list(places)


def type_levels(levels, missing, known):
    """Return texts as pandas reads them from a file.

    Parameters
    ----------
    levels : list of str
        The cells.
    missing : sequence of str
        Cells that stand for a missing value.
    known : bool
        Whether those that pandas knows do so too.

    Returns
    -------
    values : Series
        One for each.
    """
    lines = ['"' + level.replace('"', '""') + '"' for level in levels]
    return pd.read_csv(
        io.StringIO("\n".join(["cell", *lines])),
        na_values=list(missing),
        keep_default_na=known,
        skip_blank_lines=False,
        low_memory=False,
    )["cell"]


def replaced(values, codes, levels):
    """Return a column with other cells.

    Parameters
    ----------
    values : Series of n rows
        The column.
    codes : ndarray of shape (n,)
        Place of each cell in levels; -1: missing.
    levels : Series
        What stands there instead.

    Returns
    -------
    values : Series of n rows
        With the same name and index.
    """
    cells = levels.to_numpy() if isinstance(levels.dtype, np.dtype) else levels.array
    taken = take(cells, codes, allow_fill=True)
    return pd.Series(taken, index=values.index, name=values.name)
