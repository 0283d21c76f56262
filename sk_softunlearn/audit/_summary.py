"""A report in one row of numbers."""

import numpy as np
import pandas as pd

from sk_softunlearn.audit._requirements import PARITIES

__all__ = ["summarise"]


def summarise(report):
    """Return asked, predicted and measured, as `AuditReport.summary` describes it, a Series."""
    frame = report.frame(n_boot=0)
    solution = report.solution
    start = report.validation[0].get(report.metric, np.nan)
    entries = {
        "metric": report.metric,
        "surrogate": report.surrogate,
        "delta_requested": report.delta,
        "delta_predicted": _gone(start, start + solution.predicted.get(report.metric, np.nan)),
        "delta_validation": _gone(*(each.get(report.metric, np.nan) for each in report.validation)),
        "delta_rows": _gone(*(each.get(report.metric, np.nan) for each in report.measured)),
    }
    for name in report.measured[0]:
        entries[f"{name}_before"] = report.measured[0][name]
        entries[f"{name}_after"] = report.measured[1][name]
    for unit, gap in report.gaps.items():
        entries |= {f"{unit}_gap_before": gap[0], f"{unit}_gap_after": gap[1]}
    for name in _ratios(report):
        ratio = report.check(f"{name}>=0").iloc[0]
        entries |= {f"{name}_before": ratio["before"], f"{name}_after": ratio["after"]}
    if report.rows.target is not None:
        for when in ("before", "after"):
            entries[f"accuracy_{when}"] = frame.loc["overall", ("accuracy", when)]
    entries |= {
        "case": solution.case,
        "solver": solution.solver,
        "residual": solution.residual,
        "rows_changed": int(np.count_nonzero(solution.epsilon)),
    }
    if report.structure is not None:
        entries |= {"structure": report.structure, "fidelity": report.fidelity}
    return pd.Series(entries, name="value")


def _ratios(report):
    """Return the ratios to show: that of selection rates, and that of the metric."""
    if report.rows.positive is None or len(report.rows.group_names) < 2:
        return []
    # Rates of right decisions need labels.
    labelled = report.rows.target is not None
    named = [report.metric] if report.metric in PARITIES and labelled else []
    return [f"{name}_ratio" for name in dict.fromkeys(["demographic_parity", *named])]


def _gone(before, after):
    """Return the share of a value that has gone, nan where there was none."""
    return 1.0 - after / before if before > 0 else np.nan
