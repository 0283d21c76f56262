"""The tables of the page."""

import pandas as pd

from sk_softunlearn._rows import title_columns
from sk_softunlearn.audit._group_rates import RATES, shown_rates
from sk_softunlearn.audit._impact import UNKNOWN, tabulate_impact
from sk_softunlearn.audit._style import readable
from sk_softunlearn.audit._words import name_rows

__all__ = ["auditor_tables", "by_group", "rate_text"]

WHEN = ("before", "after")


def by_group(report, rates, n_boot=0):
    """Return, group by group, the number of rows and what each rate was and is.

    Parameters
    ----------
    report : AuditReport
        The report.
    rates : list of str
        The rates to show.
    n_boot : int, default=0
        Bootstrap draws for the intervals; 0: none.

    Returns
    -------
    groups : list of dict
        With "name", "rows" and "rates", a list of texts for each.
    """
    frame, groups = name_rows(report, report.frame(n_boot)), []
    for name, row in frame.iterrows():
        cells = []
        for rate in rates:
            texts = [f"{rate_text(row[rate, 'before'])} → {rate_text(row[rate, 'after'])}"]
            if (rate, "before_low") in frame:
                ends = [rate_text(row[rate, f"{w}_{e}"]) for w in WHEN for e in ("low", "high")]
                texts += ["[{}, {}]".format(*ends[:2]), "→ [{}, {}]".format(*ends[2:])]
                texts = [texts[0], "not known"] if set(ends) == {"-"} else texts
            cells.append(texts)
        count = "" if name in ("difference", "ratio") else int(row["count", "rows"])
        groups.append({"name": name, "rows": count, "rates": cells})
    return groups


def rate_text(value):
    """Return a rate as the page shows it."""
    return "-" if pd.isna(value) else f"{value:.3f}"


def auditor_tables(report):
    """Return the tables that an auditor looks for.

    Parameters
    ----------
    report : AuditReport
        The report.

    Returns
    -------
    tables : list of dict
        With "id", "title", "head", "rows" and "note"; none without a favourable class.
    """
    if report.rows.positive is None:
        return []
    if report.rows.target is None:
        return [_decisions(report), _impact(report)]
    return [_decisions(report), _more_rates(report), _confusion(report), _impact(report)]


def _decisions(report):
    decisions = name_rows(report, report.decisions())
    return {
        "id": "decisions",
        "title": "Decisions that changed",
        "head": [
            *("group", "rows", "changed", "to the favourable answer", "away from it"),
            *("favourable before", "favourable now"),
        ],
        "rows": [
            [
                *(name, *(f"{int(row[column]):,}" for column in decisions.columns[:4])),
                *(f"{row[f'favourable_{when}']:.1%}" for when in WHEN),
            ]
            for name, row in decisions.iterrows()
        ],
        "note": "Every row counts once, whatever its weight.",
    }


def _more_rates(report):
    more = [name for name in RATES if name not in shown_rates(report.rows)]
    groups = by_group(report, more)
    return {
        "id": "rates",
        "title": "More rates by group",
        "head": ["group", *map(readable, more)],
        "rows": [[each["name"], *(texts[0] for texts in each["rates"])] for each in groups],
        "note": "Before → after. The base rate is the share of favourable labels. If the mean "
        "probability of a group differs from it, its probabilities are not calibrated. Precision: "
        "the share of favourable labels among rows with the favourable answer. Log loss: how far "
        "the probabilities are from the labels; less is better.",
    }


def _confusion(report):
    confusion = name_rows(report, report.confusion())
    kinds = list(dict.fromkeys(kind for kind, _ in confusion.columns))
    return {
        "id": "confusion",
        "title": "Right and wrong decisions",
        "head": ["group", *map(readable, kinds)],
        "rows": [
            [name, *(f"{row[kind, 'before']:,} → {row[kind, 'after']:,}" for kind in kinds)]
            for name, row in confusion.iterrows()
        ],
        "note": "Numbers of rows, before → after. Positive means the favourable answer; true means "
        "that the label agrees.",
    }


def _impact(report):
    found = []
    columns = title_columns(report.columns)
    ratios = tabulate_impact(report.rows, report.raw_predictions, columns, UNKNOWN)
    for (by, category), row in ratios.iterrows():
        mark = " *" if row["under_2_percent", ""] else ""
        pairs = [
            " → ".join(rate_text(row[name, when]) for when in WHEN)
            for name in ("selection_rate", "impact_ratio")
        ]
        if pd.isna(row["share", ""]):
            pairs = ["", ""]
        found.append([by, f"{category}{mark}", f"{int(row['rows', '']):,}", *pairs])
    return {
        "id": "impact",
        "title": "Impact ratios",
        "head": ["by", "category", "rows", "selection rate", "impact ratio"],
        "words": [1],
        "rows": found,
        "note": "Before → after. The impact ratio is the selection rate of a category divided by "
        "that of the category with the largest, as in New York City's Local Law 144. *: a category "
        "with less than 2 % of the rows. The law allows to leave it out, so no rate is divided by "
        "its rate.",
    }
