"""Calibration by group as the page draws it: a small figure each."""

from sk_softunlearn._steps._verdicts import SMALL_GROUP
from sk_softunlearn.audit._words import name_rows

__all__ = ["calibration_panels"]

# Groups that have a figure: the largest.
MOST_PANELS = 12


def calibration_panels(report):
    """Return what the figures of calibration show.

    Parameters
    ----------
    report : AuditReport
        The report.

    Returns
    -------
    panels : list of dict
        The largest groups in their order, then all rows; none without labels or a favourable class.
        Each with its "name", its number of "rows", and "before" and "after" the points: "bin",
        "rows", "mean" probability, "share" of favourable labels, and whether that is of "few".
    """
    rows = report.rows
    if rows.positive is None or rows.target is None:
        return []
    table = report.calibration()
    frame = report.frame(n_boot=0)
    counts = frame["count", "rows"][: len(rows.group_names)]
    kept = counts.rank(method="first", ascending=False) <= MOST_PANELS
    names = dict(zip(frame.index, name_rows(report, frame).index, strict=True))
    shown = [name for name in counts.index if kept[name]] if len(counts) > 1 else []
    return [
        {
            "name": "all rows" if name == "overall" else names[name],
            "rows": int(frame.loc[name, ("count", "rows")]),
        }
        | {when: _points(table.loc[name].xs(when, axis=1, level=1)) for when in ("before", "after")}
        for name in [*shown, "overall"]
    ]


def _points(curve):
    return [
        {
            "bin": number,
            "rows": int(row["rows"]),
            "mean": row["mean_probability"],
            "share": row["base_rate"],
            "few": row["rows"] < SMALL_GROUP,
        }
        for number, row in curve[curve["rows"] > 0].iterrows()
    ]
