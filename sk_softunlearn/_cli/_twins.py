"""Columns of one name."""

import warnings
from collections import Counter

from sk_softunlearn._cli._errors import BadInputError, InputWarning, shortened

__all__ = ["number_twins", "settle_twins"]


def number_twins(frame, names):
    """Name the columns of a table, with a number after a name that another column has.

    Parameters
    ----------
    frame : DataFrame
        Changed: its `attrs` hold "twins", from each name with a number to the first of that name.
    names : list of str
        Of the columns, in order.
    """
    called, twins, counts = [], {}, Counter(names)
    for name in names:
        unique, number = name, 0
        while unique in called or (number and unique in counts):
            number += 1
            unique = f"{name}.{number}"
        if number:
            twins[unique] = name
        called.append(unique)
    frame.columns = called
    frame.attrs["twins"] = twins


def settle_twins(frame, path, excluded, used, features=None):
    """Return a table that has every column of one name once, unless they differ.

    Parameters
    ----------
    frame : DataFrame
        With `attrs["twins"]`.
    path : str
        Of the table, for the sentence.
    excluded : list of str
        What --exclude names; a name stands for all of its columns, and a name with a number for
        one.
    used : set of str
        The target, the sensitive columns and the weights: what these are must not be open.
    features : set of str, default=None
        The columns that may be features; None: all.

    Returns
    -------
    frame : DataFrame
        Without columns whose cells are those of the first of that name. A warning names the
        others, which have a number after the name.
    """
    same, other = {}, {}
    gone = [twin for twin, first in frame.attrs["twins"].items() if first in excluded]
    for twin, first in frame.attrs["twins"].items():
        if twin in gone or twin in excluded:
            continue
        if frame[twin].equals(frame[first]):
            same[twin] = first
        elif first in used:
            raise BadInputError(
                f"{path} has more than one column {shortened(first)}, with different cells: keep "
                f"the first, with --exclude {twin}, or rename them."
            )
        elif features is None or first in features:
            other[twin] = first
    if same:
        _warn(path, same.values(), "with the same cells: the first is read.")
    if other:
        listed = ", ".join(other)
        _warn(path, other.values(), f"with different cells: the later ones are read as {listed}.")
    return frame.drop(columns=[*gone, *same])


def _warn(path, names, told):
    listed = ", ".join(map(shortened, dict.fromkeys(names)))
    warnings.warn(f"{path} has more than one column {listed}, {told}", InputWarning, stacklevel=3)
