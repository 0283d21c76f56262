"""Pandas objects whose rows are in different orders."""

import numpy as np
import pandas as pd

__all__ = ["check_same_order"]


def check_same_order(named):
    """Refuse pandas objects that have the same index labels in different orders.

    Objects without an index are taken by position, and so are objects whose labels are not the
    same: a RangeIndex beside the labels of a subset says nothing about the order.

    Parameters
    ----------
    named : dict of str to object
        Rows by the name of their parameter; a dict of columns counts as each of its columns.

    Raises
    ------
    ValueError
        If two of them disagree about the order.

    Examples
    --------
    >>> import pandas as pd
    >>> from sk_softunlearn._rows import check_same_order
    >>> X = pd.DataFrame({"income": [1.0, 2.0]})
    >>> check_same_order({"X": X, "y": ["no", "yes"]})
    >>> check_same_order({"X": X, "y": pd.Series(["yes", "no"], index=[1, 0])})
    Traceback (most recent call last):
    ...
    ValueError: 'y' must have its rows in the order of 'X': their index labels are the same, in \
another order, the first difference in row 0 (1 where 'X' has 0). Bring them into one order \
(reindex), or drop both indices if the rows belong together by position \
(reset_index(drop=True)).
    """
    indexed = list(_indexed(named))
    for position, (name, index) in enumerate(indexed):
        for other, reference in indexed[:position]:
            row = _first_out_of_order(reference, index)
            if row is not None:
                label, expected = (each[[row]].tolist()[0] for each in (index, reference))
                raise ValueError(
                    f"'{name}' must have its rows in the order of '{other}': their index labels "
                    f"are the same, in another order, the first difference in row {row} "
                    f"({label!r} where '{other}' has {expected!r}). Bring them into one order "
                    "(reindex), or drop both indices if the rows belong together by position "
                    "(reset_index(drop=True))."
                )


def _indexed(named):
    """Yield the name and the index of everything that has one."""
    for name, rows in named.items():
        for part in rows.values() if isinstance(rows, dict) else [rows]:
            index = getattr(part, "index", None)
            if isinstance(index, pd.Index):
                yield name, index


def _first_out_of_order(reference, index):
    """Return the first row where two indices with the same labels differ, None if none does."""
    if len(reference) != len(index) or reference.equals(index):
        return None
    codes, labels = reference.append(index).factorize(use_na_sentinel=False)
    expected, found = np.split(codes, 2)
    counts, others = (np.bincount(each, minlength=len(labels)) for each in (expected, found))
    different = np.flatnonzero(expected != found)
    return int(different[0]) if different.size and (counts == others).all() else None
