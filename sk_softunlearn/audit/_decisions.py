"""Decisions by group: how many are right, and how many have changed."""

import numpy as np
import pandas as pd

from sk_softunlearn.audit._group_rates import row_names

__all__ = ["count_confusion", "count_decisions"]


def count_decisions(rows, raw_predictions):
    """Count the decisions that changed, as `AuditReport.decisions` returns them.

    Parameters
    ----------
    rows : EvaluationRows
        With groups.
    raw_predictions : tuple of two ndarray of shape (n, K)
        Raw predictions before and after.

    Returns
    -------
    decisions : DataFrame of n_groups + 1 rows
        By group, then overall.
    """
    before, after = (rows.loss.predict(raw) for raw in raw_predictions)
    counted = {"rows": np.ones(len(before), dtype=bool), "changed": before != after}
    if rows.positive is not None:
        was, now = before == rows.positive, after == rows.positive
        counted |= {"to_favourable": now & ~was, "from_favourable": was & ~now}
    decisions = _by_group(rows, counted)
    if rows.positive is not None:
        chosen = _by_group(rows, {"favourable_before": was, "favourable_after": now})
        decisions = decisions.join(chosen.div(decisions["rows"], axis=0))
    return decisions


def count_confusion(rows, raw_predictions):
    """Count right and wrong decisions, as `AuditReport.confusion` returns them.

    Parameters
    ----------
    rows : EvaluationRows
        With groups and a favourable class.
    raw_predictions : tuple of two ndarray of shape (n, K)
        Raw predictions before and after.

    Returns
    -------
    confusion : DataFrame of n_groups + 1 rows
        By group, then overall.
    """
    truth, counted = rows.target == rows.positive, {}
    for when, raw in zip(("before", "after"), raw_predictions, strict=True):
        chosen = rows.loss.predict(raw) == rows.positive
        counted |= {
            ("true_positives", when): truth & chosen,
            ("false_positives", when): ~truth & chosen,
            ("false_negatives", when): truth & ~chosen,
            ("true_negatives", when): ~truth & ~chosen,
        }
    confusion = _by_group(rows, counted)
    return confusion[list(dict.fromkeys(name for name, _ in counted))]


def _by_group(rows, counted):
    """Count rows by group and overall, a DataFrame of a column per name."""
    names = row_names(rows)
    by_group = {
        name: np.bincount(rows.groups[which], minlength=len(names))
        for name, which in counted.items()
    }
    table = pd.DataFrame(by_group, index=pd.Index(names, name="group"))
    table.loc["overall"] = table.sum()
    return table
