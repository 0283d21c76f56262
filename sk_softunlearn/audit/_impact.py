"""Impact ratios in the form that audits of hiring tools must publish."""

import numpy as np
import pandas as pd

from sk_softunlearn._rows import cross_levels

__all__ = ["UNKNOWN", "tabulate_impact"]

# Categories that stand for none.
UNKNOWN = ("unknown", "not known", "missing", "n/a", "na", "")
# Share of the rows below which Local Law 144 (6 RCNY 5-301) allows to leave a category out.
SMALL = 0.02
NOT_KNOWN = "(not known)"


def tabulate_impact(rows, raw_predictions, columns, unknown=UNKNOWN):
    """Tabulate impact ratios, as `AuditReport.impact_ratios` returns them.

    Parameters
    ----------
    rows : EvaluationRows
        With a favourable class.
    raw_predictions : tuple of two ndarray of shape (n, K)
        Raw predictions before and after.
    columns : dict of str to tuple of ndarray of shape (n,) and list of str
        By sensitive column: the level of every row, and the levels.
    unknown : tuple of str
        Categories that stand for none, in small or capital letters.

    Returns
    -------
    ratios : DataFrame
        By column and category; of those that are not known only the number of rows.
    """
    chosen = [rows.loss.predict(raw) == rows.positive for raw in raw_predictions]
    named = {_called(name): [each] for name, each in columns.items()}
    if len(columns) > 1:
        named[", ".join(named)] = list(columns.values())
    tables = {name: _of_columns(each, chosen, unknown) for name, each in named.items()}
    return pd.concat(tables, names=["by", "category"])


def _called(name):
    return "group" if name == "0" else name


def _of_columns(columns, chosen, unknown):
    """Tabulate the categories of one column, or of several that are crossed."""
    known = np.ones(len(chosen[0]), dtype=bool)
    for codes, levels in columns:
        known &= ~np.isin(codes, [k for k, level in enumerate(levels) if _is_none(level, unknown)])
    count = int(known.sum())
    codes, labels = cross_levels([(codes[known], levels) for codes, levels in columns], count)
    sizes = np.bincount(codes, minlength=len(labels))
    share = sizes / max(count, 1)
    table = {("rows", ""): sizes, ("share", ""): share, ("under_2_percent", ""): share < SMALL}
    last = {("rows", ""): len(known) - count, ("share", ""): np.nan, ("under_2_percent", ""): False}
    for name in ("selected", "selection_rate", "impact_ratio"):
        for when, each in zip(("before", "after"), chosen, strict=True):
            selected = np.bincount(codes[each[known]], minlength=len(labels))
            rate = selected / sizes
            most = rate[share >= SMALL].max(initial=0.0) or np.nan
            values = {"selected": selected, "selection_rate": rate, "impact_ratio": rate / most}
            table[name, when] = values[name]
            last[name, when] = int(each[~known].sum()) if name == "selected" else np.nan
    frame = pd.DataFrame(table, index=labels)
    if count == len(known):
        return frame
    return pd.concat([frame, pd.DataFrame([last], index=[NOT_KNOWN])])


def _is_none(level, unknown):
    return level.strip().lower() in {text.lower() for text in unknown}
