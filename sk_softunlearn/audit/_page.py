"""The report as one page of HTML."""

import io
import re
from importlib.metadata import version
from importlib.resources import files
from importlib.util import find_spec
from platform import python_version

import numpy as np
import pandas as pd

from sk_softunlearn._steps._findings import another_class
from sk_softunlearn._steps._verdicts import (
    SHORT,
    WIDER,
    WORSE,
    exceeds,
    falls_short,
    goes_too_far,
    small_groups,
)
from sk_softunlearn.audit._group_rates import group_rates, shown_rates
from sk_softunlearn.audit._influence import InfluenceDisplay
from sk_softunlearn.audit._style import BLUE, GREY, ORANGE, readable
from sk_softunlearn.audit._text import about_trees
from sk_softunlearn.audit._weights import WeightsDisplay

__all__ = ["render_page"]

# Rows that moved most.
MOST_ROWS = 20
# Decimals beyond which a sum is 0.
DECIMALS = 12
WHEN = ("before", "after")
VERSIONS = ("sk-softunlearn", "scikit-learn", "numpy", "fairlearn")


def render_page(report, deltas, n_boot, title, about, rows=0, columns=None):
    """Return a report as a page of HTML.

    Parameters
    ----------
    report : AuditReport
        With its background; what needs that is left out without it, and the page says so.
    deltas : int or array-like of shape (k,)
        Requests along the trade-off.
    n_boot : int
        Bootstrap draws for the intervals; 0: none.
    title : str
        Heading.
    about : str or None
        What the model, the rows and the groups are.
    rows : int, default=0
        Training rows that are shown with their features.
    columns : list of str, default=None
        Which features.

    Returns
    -------
    page : str
        One file: styles, script and figures are inside. Everything that comes from data is escaped.
    """
    missing = [name for name in ("jinja2", "matplotlib") if find_spec(name) is None]
    if missing:
        raise ImportError(
            f"AuditReport.to_html needs {' and '.join(missing)}: pip install "
            "'sk-softunlearn[report]'."
        )
    from jinja2 import Environment

    template = files("sk_softunlearn.audit").joinpath("page.html.j2").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["number"] = _number
    environment.filters["words"] = readable
    return environment.from_string(template).render(
        title=title, about=about, **_content(report, deltas, n_boot, rows, columns)
    )


def _content(report, deltas, n_boot, most, columns):
    summary, background = report.summary(), report.background
    content = {
        "report": report,
        "summary": summary,
        "opening": _opening(report, summary),
        "trees": about_trees(report),
        "favourable": report.favourable(),
        "guards": _guards(report),
        "findings": _findings(report, summary),
        "rates": shown_rates(report.rows),
        "groups": _groups(report, n_boot),
        "n_boot": n_boot,
        "versions": {"Python": python_version()} | {name: version(name) for name in VERSIONS},
    }
    if background is None:
        return content
    if n_boot:
        content["intervals"] = report.intervals(n_boot)
        content["findings"] += _noise(report, content["intervals"])
    measurable = report.metric in report.measured[0]
    points = background.path(deltas) if measurable else []
    weights, rows = background.weights(), background.weights(MOST_ROWS)
    rows = rows[[name for name in ("weight", "epsilon", "label", "group") if name in rows]]
    if most:
        rows = background.rows(most, columns)
    groups = background.run.rows.group_names
    influence = ""
    if report.metric in background.run.influence:
        influence = _svg(InfluenceDisplay.from_rows(weights, metric=report.metric).figure_)
    return content | {
        "settings": background.settings(),
        "rows": background.counts(),
        "path": [_step(report, point) for point in points],
        "start": int(np.argmin([abs(p["delta"] - report.delta) for p in points])) if points else 0,
        "tradeoff": _tradeoff(report, points) if points else "",
        "personal": bool(most),
        "weights": _svg(WeightsDisplay.from_rows(weights, groups=groups).figure_),
        "influence": influence,
        "moved": {
            "columns": [name.replace("influence_", "influence on ") for name in rows.columns],
            "rows": list(rows.itertuples()),
        },
    }


def _opening(report, summary):
    """Return what came of the request, in a sentence or two."""
    name, count = readable(report.metric), len(report.rows.target)
    if pd.isna(summary["delta_rows"]):
        return f"The {name} could not be measured on the {count:,} rows of this report."
    before, after = (_number(values[report.metric]) for values in report.measured)
    accuracy = (_number(summary[f"accuracy_{when}"]) for when in WHEN)
    return (
        f"On the {count:,} rows of this report the {name} goes from {before} to {after}, the "
        "accuracy from {} to {}.".format(*accuracy)
    )


def _groups(report, n_boot):
    """Return, group by group, the number of rows and what each rate was and is."""
    frame, groups = report.frame(n_boot), []
    for name, row in frame.iterrows():
        rates = []
        for rate in shown_rates(report.rows):
            texts = [f"{row[rate, 'before']:.3f} → {row[rate, 'after']:.3f}"]
            if (rate, "before_low") in frame:
                ends = [f"{row[rate, f'{w}_{e}']:.3f}" for w in WHEN for e in ("low", "high")]
                texts += ["[{}, {}]".format(*ends[:2]), "→ [{}, {}]".format(*ends[2:])]
            rates.append(texts)
        count = "" if name in ("difference", "ratio") else int(row["count", "rows"])
        groups.append({"name": name, "rows": count, "rates": rates})
    return groups


def _guards(report):
    """Return what was guarded, what it was allowed, and what became of it."""
    guards = []
    for name, slack in report.guards.items():
        if name not in report.validation[0]:
            continue
        before, after = (values[name] for values in report.validation)
        predicted = report.solution.predicted.get(name)
        price = report.solution.costs.get(name)
        guards.append(
            {
                "name": name,
                "slack": slack,
                "predicted": None if predicted is None else round(predicted, DECIMALS),
                "worse": abs(after) - abs(before),
                "price": None if price is None else abs(price),
                "verdict": "exceeded" if exceeds(before, after, slack) else "held",
            }
        )
    return guards


def _step(report, point):
    """Return what the slider shows at one delta."""
    rows = report.rows
    names, rates = group_rates(rows, point["raw_prediction"], report.reference)
    chosen = [names.index(rate) for rate in shown_rates(rows)]
    return {
        "delta": point["delta"],
        "metric": point["measured"][report.metric],
        "log_loss": point["measured"]["log_loss"],
        "accuracy": rates[len(rows.group_names), names.index("accuracy")],
        "cells": [[f"{value:.3f}" for value in row[chosen]] for row in rates],
    }


def _tradeoff(report, points):
    """Draw log loss against the metric, each delta's mark with an id of its own."""
    import matplotlib.pyplot as plt

    before, after = ((values[report.metric], values["log_loss"]) for values in report.measured)
    line = [before] + [(p["measured"][report.metric], p["measured"]["log_loss"]) for p in points]
    figure, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
    ax.plot(*zip(*line, strict=True), color=BLUE, marker=".", zorder=1)
    ax.plot(*before, "s", color=GREY, label="before")
    ax.plot(*after, "D", color="black", label="after")
    for k, place in enumerate(line[1:]):
        ax.plot(*place, "o", color=ORANGE, markersize=13, fillstyle="none", gid=f"mark-{k}")
    ax.axvline(0, color=GREY, linewidth=0.6)
    ax.set(xlabel=f"{readable(report.metric)} on these rows", ylabel="log loss")
    ax.legend()
    return _svg(figure)


def _svg(figure):
    """Return a figure as an svg element, and close it."""
    import matplotlib.pyplot as plt

    file = io.StringIO()
    # The same figure is the same text: ids are drawn from a seed.
    with plt.rc_context({"svg.fonttype": "path", "svg.hashsalt": "sk_softunlearn"}):
        figure.savefig(file, format="svg", dpi=110, metadata={"Date": None, "Creator": None})
    plt.close(figure)
    text = file.getvalue()
    return re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)


def _findings(report, summary):
    """Return what a reader must not miss, in sentences."""
    found = []
    asked, reached = summary["delta_requested"], summary["delta_validation"]
    if falls_short(reached, asked):
        found.append(
            f"Less than asked was reached: {reached:.0%} of the gap on the validation rows."
        )
    if goes_too_far(summary["delta_rows"]):
        found.append("On these rows the gap has turned round: it now favours the other side.")
    elif summary["delta_rows"] < SHORT * asked:
        found.append(
            f"On these rows {summary['delta_rows']:.0%} of the {readable(report.metric)} has gone, "
            f"of the {asked:.0%} that was asked."
        )
    least = report.rows.min_group_rows
    small = small_groups(report.rows.group_names, report.rows.groups, least)
    if small:
        found.append(
            f"Groups with fewer than {least} rows, which do not count in the gap and whose rates "
            f"are mostly noise: {', '.join(small)}."
        )
    other = another_class(report.rows, report.class_gaps)
    if other is not None:
        before, after = report.class_gaps[other]
        found.append(
            f"The {readable(report.metric)} of the class {other} is the largest of all classes "
            f"now: {before:.3f} to {after:.3f}."
        )
    for name, before in report.measured[0].items():
        after = report.measured[1][name]
        if name != report.metric and abs(after) > abs(before) * WORSE:
            found.append(
                f"The {readable(name)} got worse on these rows: {before:.4g} to {after:.4g}."
            )
    frame = report.frame(0)
    for rate in shown_rates(report.rows) if "difference" in frame.index else []:
        before, after = frame.loc["difference", rate][["before", "after"]]
        if after - before > WIDER:
            found.append(
                f"The difference between groups in the {readable(rate)} grew on these rows: "
                f"{before:.3f} to {after:.3f}."
            )
    return found


def _noise(report, intervals):
    """Say so where what has gone cannot be told from the noise of the rows."""
    if report.metric not in report.measured[0]:
        return []
    gone = intervals.loc[("rows", report.metric), "gone"]
    if not gone["low"] <= 0:
        return []
    return [
        f"What has gone of the {readable(report.metric)} on these rows cannot be told from their "
        f"noise: the 95 % interval reaches from {gone['low']:.0%} to {gone['high']:.0%}."
    ]


def _number(value):
    """Return a value as a reader wants it."""
    if isinstance(value, float | np.floating):
        return "-" if pd.isna(value) else f"{value:#.4g}".rstrip(".")
    return str(value)
