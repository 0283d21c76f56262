"""Objectives before and after, with bootstrap intervals."""

from numbers import Integral

import numpy as np
import pandas as pd

__all__ = ["check_draws", "tabulate_intervals"]


def check_draws(n_boot, at_least=0):
    """Raise a ValueError if a number of bootstrap draws is none."""
    if not isinstance(n_boot, Integral) or n_boot < at_least:
        raise ValueError(
            f"'n_boot' must be a whole number of draws, at least {at_least}, got {n_boot!r}. 200 "
            "are enough for 95 % intervals."
        )


def tabulate_intervals(values, draws):
    """Tabulate values with the 95 % intervals of their draws.

    Parameters
    ----------
    values : dict of str to tuple of two dict of str to float
        By where it was measured: the objectives before and after.
    draws : dict of str to dict of str to ndarray of shape (n_boot, 2)
        By where and by objective: the same on rows drawn with replacement.

    Returns
    -------
    intervals : DataFrame
        As `AuditReport.intervals` returns it.
    """
    records = {}
    for where, objectives in draws.items():
        for name, drawn in objectives.items():
            found = np.array([[measured[name] for measured in values[where]], *drawn])
            with np.errstate(divide="ignore", invalid="ignore"):
                gone = 1.0 - found[:, 1] / found[:, 0]
            columns = {"before": found[:, 0], "after": found[:, 1], "gone": gone}
            records[where, name] = {
                (column, part): value
                for column, each in columns.items()
                for part, value in zip(
                    ("value", "low", "high"),
                    (each[0], *np.percentile(each[1:], [2.5, 97.5])),
                    strict=True,
                )
            }
    intervals = pd.DataFrame.from_dict(records, orient="index")
    intervals.index.names = ["where", "objective"]
    return intervals
