"""Which columns of a table are what, and what their cells mean."""

import csv
import re
from difflib import get_close_matches

import numpy as np
import pandas as pd

from sk_softunlearn._cli._errors import BadInputError

__all__ = [
    "choose_favourable",
    "column",
    "column_names",
    "level_keys",
    "read_groups",
    "read_labels",
]

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
    if text in frame.columns:
        return [text]
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
        listed = ", ".join(frame.columns[:MOST_LEVELS]) + (", ..." * (frame.shape[1] > MOST_LEVELS))
        hint = f"did you mean {near[0]}?" if near else f"it has {listed}"
        if sum(text[:1].isdigit() for text in frame.columns) > 1:
            hint = "its first line looks like values: give the columns names in a first line."
        raise BadInputError(f"{option} {name}: the table has no such column; {hint}")
    return frame[name]


def level_keys(levels):
    """Return texts that are equal where levels are the same, written as 1, 1.0 or "1".

    Parameters
    ----------
    levels : sequence
        Different values.

    Returns
    -------
    keys : list of str
        All different.
    """
    keys = [_key(str(level)) for level in levels]
    return keys if len(set(keys)) == len(keys) else [str(level) for level in levels]


def _key(text):
    try:
        return repr(float(text))
    except ValueError:
        return text


def _levels(outcome, target):
    """Return the code of every row and the different values of the target, sorted."""
    if outcome.isna().any():
        raise BadInputError(
            f"--target {target}: {int(outcome.isna().sum())} values are missing, the first in row "
            f"{int(outcome.isna().argmax())}: drop or fill those rows."
        )
    codes, levels = pd.factorize(outcome)
    order = sorted(range(len(levels)), key=lambda k: (str(type(levels[k])), levels[k]))
    rank = np.empty(len(order), dtype=int)
    rank[order] = np.arange(len(order))
    return rank[codes], [levels[k] for k in order]


def choose_favourable(outcome, target, positive=None):
    """Choose the favourable value of the target.

    Parameters
    ----------
    outcome : Series
        The column.
    target : str
        Its name.
    positive : str, default=None
        What the user says; None: the last of two values, in sorted order.

    Returns
    -------
    favourable : str
        As it is written in the table.
    keys : list of str
        Of all values, as `level_keys` has them.
    chosen : str
        The key of the favourable one.
    """
    _, levels = _levels(outcome, target)
    if len(levels) < 2:
        raise BadInputError(f"--target {target} has one value only, {levels[0]}: nothing to learn.")
    listed = ", ".join(map(str, levels[:MOST_LEVELS])) + (", ..." if levels[MOST_LEVELS:] else "")
    if positive is None:
        if len(levels) > 2:
            raise BadInputError(
                f"--target {target} has {len(levels)} values ({listed}): say with --positive which "
                "one is favourable; the others together are the other class."
            )
        positive = str(levels[1])
    texts, keys = [str(level) for level in levels], level_keys(levels)
    if positive in texts:
        found = texts.index(positive)
    elif _key(positive) in keys:
        found = keys.index(_key(positive))
    else:
        raise BadInputError(f"--positive {positive} is not a value of {target}: it has {listed}.")
    return texts[found], keys, keys[found]


def read_labels(outcome, target, labels):
    """Turn the target into what a classifier calls it.

    Parameters
    ----------
    outcome : Series of n rows
        The column.
    target : str
        Its name.
    labels : dict
        From the key of a value to the label.

    Returns
    -------
    y : ndarray of shape (n,)
        Labels.
    """
    codes, levels = _levels(outcome, target)
    keys = level_keys(levels)
    strange = [str(level) for level, key in zip(levels, keys, strict=True) if key not in labels]
    if strange:
        raise BadInputError(
            f"--target {target} has values that the model does not know: "
            f"{', '.join(strange[:MOST_LEVELS])}."
        )
    return np.array([labels[key] for key in keys])[codes]


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
    codes, levels = pd.factorize(values)
    if len(levels) > MOST_LEVELS:
        advice = "merge its levels"
        if pd.api.types.is_numeric_dtype(values):
            advice = f"cut it, as in --sensitive '{name}>{values.median():g}', or {advice}"
        raise BadInputError(
            f"--sensitive {name} has {len(levels)} values, too many for groups: {advice}."
        )
    return pd.Categorical.from_codes(codes, [str(level) for level in levels])
