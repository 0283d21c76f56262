"""The target of a table: its values, and which of them is favourable."""

import numpy as np
from pandas.api.types import is_numeric_dtype

from sk_softunlearn._cli._errors import BadInputError, quoted
from sk_softunlearn._cli._numbers import readings
from sk_softunlearn._cli._roles import factorized

__all__ = ["MOST_LEVELS", "choose_favourable", "level_keys", "other_values", "read_labels"]

MOST_LEVELS = 20
# Two values, as `_key` has them, the second of which is favourable without a word of the user.
OBVIOUS = [
    ("0.0", "1.0"),
    ("-1.0", "1.0"),
    ("no", "yes"),
    ("n", "y"),
    ("false", "true"),
]
# What a user may call the two halves of a column that is cut at a number.
INSIDE, OUTSIDE = ("1", "yes", "true"), ("0", "no", "false")


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
        return text.strip()


def _levels(outcome, target):
    """Return the code of every row and the different values of the target, sorted."""
    if outcome.isna().any():
        raise BadInputError(
            f"--target {target}: {int(outcome.isna().sum())} values are missing, the first in row "
            f"{int(outcome.isna().argmax())}: drop or fill those rows."
        )
    codes, levels = factorized(outcome, f"--target {target}")
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
        What the user says; None: the one of two values that obviously is, as yes of no and yes, or
        x>0 of a column x that is cut there.

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
        raise BadInputError(
            f"--target {target} has one value only, {quoted(levels)}: nothing to learn."
        )
    listed = quoted(levels[:MOST_LEVELS]) + ", ..." * (len(levels) > MOST_LEVELS)
    texts, keys = [str(level) for level in levels], level_keys(levels)
    is_cut = {target, f"not {target}"} == set(texts)
    if positive is None:
        found = texts.index(target) if is_cut else _obvious(keys)
        if found is None:
            others = "; the others together are the other class" if len(levels) > 2 else ""
            if len(levels) > MOST_LEVELS and is_numeric_dtype(outcome):
                cut = f"{target}>{outcome.median():g}"
                raise BadInputError(
                    f"--target {target} has {len(levels)} values ({listed}): cut it, as in "
                    f"--target '{cut}', or say with --positive which one is favourable."
                )
            raise BadInputError(
                f"--target {target} has {len(levels)} values ({listed}): say with --positive which "
                f"one is favourable{others}."
            )
        return texts[found], keys, keys[found]
    if is_cut:
        meant = dict.fromkeys(INSIDE, target) | dict.fromkeys(OUTSIDE, f"not {target}")
        positive = meant.get(positive.lower(), positive)
    # As the table writes it: 1,5 where that has become 1.5.
    written = {_key(text) for marked in readings([positive.strip()]).values() for text in marked}
    if positive.strip() in texts:
        found = texts.index(positive.strip())
    else:
        matching = [k for k, key in enumerate(keys) if key in {_key(positive), *written}]
        if len(matching) != 1:
            raise BadInputError(
                f"--positive {positive.strip()} is not a value of {target}: it has {listed}."
            )
        (found,) = matching
    return texts[found], keys, keys[found]


def other_values(outcome, target, favourable):
    """Return the values of the target but the favourable one, as they are written, sorted."""
    _, levels = _levels(outcome, target)
    return [level for level in levels if str(level) != favourable]


def _obvious(keys):
    """Return the place of the favourable one of two values, None where it must be asked for."""
    called = [key.lower() for key in keys]
    return next((called.index(pair[1]) for pair in OBVIOUS if sorted(called) == sorted(pair)), None)


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
    strange = [level for level, key in zip(levels, keys, strict=True) if key not in labels]
    if strange:
        raise BadInputError(
            f"--target {target} has values that the model does not know: "
            f"{quoted(strange[:MOST_LEVELS])}; it knows {', '.join(list(labels)[:MOST_LEVELS])}."
        )
    return np.array([labels[key] for key in keys])[codes]
