"""The report as one page of HTML."""

import hashlib
from importlib.metadata import version
from importlib.resources import files
from importlib.util import find_spec
from platform import python_version

import numpy as np
import pandas as pd

from sk_softunlearn._callbacks import tell_callbacks
from sk_softunlearn._steps._verdicts import SMALL_GROUP
from sk_softunlearn.audit._group_rates import group_rates, shown_rates
from sk_softunlearn.audit._influence import InfluenceDisplay
from sk_softunlearn.audit._page_calibration import calibration_panels
from sk_softunlearn.audit._page_figures import as_svg, draw_tradeoff
from sk_softunlearn.audit._page_findings import about_noise, is_exceeded, list_findings
from sk_softunlearn.audit._page_tables import auditor_tables, by_group, rate_text
from sk_softunlearn.audit._style import readable
from sk_softunlearn.audit._text import about_trees
from sk_softunlearn.audit._weights import WeightsDisplay
from sk_softunlearn.audit._words import (
    about_decisions,
    about_features,
    about_small_groups,
    about_weights,
    full_name,
    pair_in_words,
    share_gone,
    shown_reference,
)

__all__ = ["render_page"]

# Rows that moved most.
MOST_ROWS = 20
# Decimals beyond which a sum is 0.
DECIMALS = 12
WHEN = ("before", "after")
VERSIONS = ("sk-softunlearn", "scikit-learn", "numpy", "fairlearn")


def render_page(
    report,
    deltas,
    n_boot,
    title,
    about,
    rows=0,
    columns=None,
    *,
    checks=None,
    origin=None,
    labels=None,
):
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
    checks : DataFrame, default=None
        What `AuditReport.check` returns.
    origin : dict of str to str, default=None
        What the reader needs to make it again, by what it is.
    labels : dict of label to str, default=None
        What the classes are called.

    Returns
    -------
    page : str
        One file: styles, script and figures are inside. Everything that comes from data is escaped.
    """
    missing = [name for name in ("jinja2", "matplotlib") if find_spec(name) is None]
    if missing:
        raise ImportError(
            f"AuditReport.to_html needs {' and '.join(missing)}. Run pip install "
            f"{' '.join(missing)}."
        )
    from jinja2 import Environment

    template = files("sk_softunlearn.audit").joinpath("page.html.j2").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["number"] = _number
    environment.filters["words"] = readable
    return environment.from_string(template).render(
        title=title,
        about=about,
        checks=checks,
        origin=_origin(report, origin),
        **_content(report, deltas, n_boot, rows, columns, labels or {}),
    )


def _content(report, deltas, n_boot, most, columns, labels):
    summary, background = report.summary(), report.background
    content = {
        "report": report,
        "summary": summary,
        "opening": _opening(report, summary),
        "trees": about_trees(report),
        "favourable": labels.get(report.favourable(), report.favourable()),
        "reference": shown_reference(report),
        "guards": _guards(report),
        "findings": [*list_findings(report), *filter(None, [about_small_groups(report)])],
        "name": full_name(report),
        "decided": about_decisions(report),
        "features": about_features(report),
        "case": about_weights(summary["case"]),
        "gone": share_gone,
        "rates": shown_rates(report.rows),
        "groups": by_group(report, shown_rates(report.rows), n_boot),
        "tables": auditor_tables(report),
        "panels": calibration_panels(report),
        "few": SMALL_GROUP,
        "n_boot": n_boot,
        "versions": {"Python": python_version()} | {name: version(name) for name in VERSIONS},
    }
    if background is None:
        return content
    if n_boot:
        content["intervals"] = report.intervals(n_boot)
        content["findings"] += about_noise(report, content["intervals"])
    measurable = report.metric in report.measured[0] and report.rows.target is not None
    points = _path(report, deltas) if measurable else []
    weights, rows = background.weights(), background.weights(MOST_ROWS)
    rows = rows[[name for name in ("weight", "epsilon", "label", "group") if name in rows]]
    if most:
        rows = background.rows(most, columns)
    weights, rows = (
        table.assign(label=[labels.get(label, label) for label in table["label"]])
        for table in (weights, rows)
    )
    groups = background.run.rows.group_titles
    influence = ""
    if report.metric in background.run.influence:
        influence = as_svg(
            InfluenceDisplay.from_rows(weights, metric=report.metric).figure_,
            "Every training row: its influence on the metric and on the loss, coloured by weight",
        )
    return content | {
        "settings": background.settings(),
        "rows": background.counts(),
        "path": [_step(report, point) for point in points],
        "start": int(np.argmin([abs(p["delta"] - report.delta) for p in points])) if points else 0,
        "tradeoff": draw_tradeoff(report, points) if points else "",
        "personal": bool(most),
        "weights": as_svg(
            WeightsDisplay.from_rows(weights, groups=groups).figure_,
            "Change of the weights of the training rows, by group and label",
        ),
        "influence": influence,
        "moved": {
            "columns": [_heading(name) for name in rows.columns],
            "rows": list(rows.itertuples()),
        },
    }


def _path(report, deltas):
    """Return what other requests would bring, and tell callbacks of every one."""
    deltas = report.background.spread(deltas)
    count = len(deltas)
    return tell_callbacks(
        report,
        "path",
        count,
        lambda tasks: report.background.path(
            deltas, lambda found: tasks.over(found, count, "delta")
        ),
    )


def _opening(report, summary):
    """Return what came of the request, in a sentence or two."""
    name, count = readable(report.metric), len(report.rows.groups)
    said = full_name(report)
    if said != name:
        name = f"{said} between groups ({name})"
    if pd.isna(summary["delta_rows"]):
        return f"The {name} could not be measured on the {count:,} rows of this report."
    before, after = (_number(values[report.metric]) for values in report.measured)
    told = f"On the {count:,} rows of this report the {name} goes from {before} to {after}"
    if report.rows.target is not None:
        accuracy = (_number(summary[f"accuracy_{when}"]) for when in WHEN)
        told += ", the accuracy from {} to {}".format(*accuracy)
    pair = pair_in_words(report)
    return f"{told}." + (f" {pair}." if pair else "")


def _origin(report, origin):
    """Return what is known of how the report came about, by what it is."""
    known = {"date of the audit": report.date} | (origin or {})
    if report.background is not None:
        for when, theta in zip(WHEN, report.background.thetas(), strict=True):
            digest = hashlib.sha256(np.ascontiguousarray(theta).tobytes()).hexdigest()
            known[f"sha256 of the model's parameters {when}"] = digest
    return {name: value for name, value in known.items() if value}


def _guards(report):
    """Return what was guarded, what it was allowed, and what became of it."""
    guards = []
    for name, slack in report.guards.items():
        if name not in report.validation[0]:
            continue
        before, after = (values[name] for values in report.validation)
        held = "exceeded" if is_exceeded(report, name) else "held"
        predicted = report.solution.predicted.get(name)
        price = report.solution.costs.get(name)
        guards.append(
            {
                "name": name,
                "slack": slack,
                "predicted": None if predicted is None else round(predicted, DECIMALS),
                "worse": abs(after) - abs(before),
                "price": None if price is None else abs(price),
                "verdict": held,
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
        "cells": [[rate_text(value) for value in row[chosen]] for row in rates],
    }


def _heading(name):
    """Return the name of a column as a reader wants it."""
    return {"epsilon": "epsilon, the change of weight"}.get(
        name, name.replace("influence_", "influence on ")
    )


def _number(value):
    """Return a value as a reader wants it."""
    if isinstance(value, float | np.floating):
        return "-" if pd.isna(value) else f"{value:#.4g}".rstrip(".")
    return str(value)
