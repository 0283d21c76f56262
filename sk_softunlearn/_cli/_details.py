"""What --json holds beside the summary."""

import numpy as np

from sk_softunlearn._cli._output import all_findings

__all__ = ["details"]


def details(report, intervals, task, options):
    """Return groups, intervals and what the rows are, for JSON.

    Parameters
    ----------
    report : AuditReport
        Of the rows that are reported on.
    intervals : DataFrame
        What its `intervals` returns.
    task : Task
        With the rows and the notes on them.
    options : Namespace
        What the command line was given.

    Returns
    -------
    found : dict
        "target", "favourable", "unfavourable", "sensitive", "sensitive_features"; "rows", how many
        there are in TABLE and in each part; "groups", the rates of each and of all; "intervals",
        of every objective; "findings", what to know first; "notes".
    """
    pieces = ("training", "validation", "test")
    sizes = {name: getattr(task, name) for name in pieces}
    return {
        "target": options.target,
        "favourable": task.favourable,
        "unfavourable": list(task.unfavourable),
        "sensitive": list(task.rows.groups),
        "sensitive_features": list(task.uses),
        "rows": {
            "table": len(task.rows.target),
            **{name: piece and len(piece.target) for name, piece in sizes.items()},
        },
        "groups": _groups(report.frame()),
        "intervals": _intervals(intervals),
        "findings": all_findings(report, intervals),
        "notes": list(task.notes),
    }


def _groups(frame):
    """Return by group its size and its rates, each before and after, with intervals."""
    found = {}
    for group, values in frame.iterrows():
        found[group] = {"count": int(values["count", "rows"])}
        for rate in frame.columns.levels[0].drop("count"):
            found[group][rate] = values[rate].to_dict()
    return found


def _intervals(table):
    """Return by where it was measured and by objective: before, after and the share gone."""
    found = {}
    for (where, name), values in table.iterrows():
        parts = {column: values[column].to_dict() for column in ("before", "after", "gone")}
        if np.isfinite(values.to_numpy(dtype=float)).any():
            found.setdefault(where, {})[name] = parts
    return found
