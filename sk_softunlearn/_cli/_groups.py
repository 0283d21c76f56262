"""The groups that the sensitive columns of a table make."""

import pandas as pd

from sk_softunlearn._cli._errors import BadInputError
from sk_softunlearn._cli._roles import MOST_LEVELS, column

__all__ = ["read_groups"]


def read_groups(frame, cuts, target):
    """Return the sensitive columns, cut where the options say so.

    Parameters
    ----------
    frame : DataFrame of n rows
        The table.
    cuts : list of Cut
        The columns.
    target : set of str
        The target, and the column that it is made of.

    Returns
    -------
    groups : DataFrame of n rows
        Texts.
    counted : ndarray of shape (n,), dtype bool
        False for rows whose groups are not among those that are named.
    """
    columns, counted = {}, True
    for cut in cuts:
        columns[cut.name], inside = _group(frame, cut, target)
        counted = counted & inside
    groups = pd.DataFrame(columns)
    if len(groups[counted].drop_duplicates()) < 2:
        raise BadInputError(
            f"--sensitive {','.join(columns)} has one group only: a gap needs at least two."
        )
    return groups, counted


def _group(frame, cut, target):
    if cut.source in target:
        raise BadInputError(f"--sensitive {cut.name} is the target: choose another column.")
    values = column(frame, cut.source, "--sensitive")
    # Where two values or more are named, a missing one is none of them.
    if values.isna().any() and len(cut.values) < 2:
        raise BadInputError(
            f"--sensitive {cut.source}: {int(values.isna().sum())} values are missing, the first "
            f"in row {int(values.isna().argmax())}: drop or fill those rows."
        )
    groups, inside = cut.apply(values, "--sensitive")
    count = len(groups.categories)
    if count > MOST_LEVELS:
        advice = "merge its levels"
        if pd.api.types.is_numeric_dtype(values):
            advice = f"cut it, as in --sensitive '{cut.name}>{values.median():g}', or {advice}"
        raise BadInputError(
            f"--sensitive {cut.name} has {count} values, too many for groups: {advice}."
        )
    return groups, inside
