"""What is measured, between whom, and what came of it, in words."""

import numpy as np
import pandas as pd

from sk_softunlearn._rows import title_groups
from sk_softunlearn._steps._findings import listed
from sk_softunlearn._steps._verdicts import small_groups
from sk_softunlearn.audit._style import readable

__all__ = [
    "about_decisions",
    "about_features",
    "about_small_groups",
    "about_weights",
    "full_name",
    "name_rows",
    "pair_in_words",
    "share_gone",
    "shown_names",
    "shown_reference",
]

FULL_NAMES = {
    ("demographic_parity", "label"): "difference of selection rates",
    ("demographic_parity", "probability"): "difference of mean probabilities",
    ("equal_opportunity", "label"): "difference of true positive rates",
    ("equal_opportunity", "probability"): "difference of mean probabilities, among rows whose "
    "label is favourable",
    ("equalized_odds", "label"): "larger difference of true or false positive rates",
    ("equalized_odds", "probability"): "larger difference of mean probabilities, among rows of one "
    "label",
    ("worst_group_loss", None): "mean loss of the group that has the largest",
}
# Groups that a sentence names.
MOST_NAMED = 3
CASES = {
    "unconstrained": "nothing had to be held",
    "metric": "the metric alone had to be brought down",
    "utility": "the guard on the log loss had to be held",
    "bounded": "the weights of some rows are at a bound",
    "hard": "rows were removed",
    "chosen": "the weights were chosen, not solved for",
}


def full_name(report):
    """Return what the metric is, in words."""
    known = FULL_NAMES.get((report.metric, report.surrogate))
    return known or readable(report.metric)


def share_gone(gone):
    """Return the share of a value that has gone, in words: a value that grew has not gone."""
    if np.isnan(gone):
        return "not known"
    # Without the sign of a rounded 0.
    return f"{abs(gone):.0%} gone" if round(gone, 2) >= 0 else f"grown by {-gone:.0%}"


def shown_names(report):
    """Return the names of the groups with that of their column where they say nothing alone."""
    if len(report.rows.group_names) < 2:
        return list(report.rows.group_names)
    return title_groups(report.columns, len(report.rows.groups))


def about_small_groups(report):
    """Return which groups have few rows, and whether they count, a str; empty if there are none."""
    rows, names = report.rows, shown_names(report)
    sizes = np.bincount(rows.groups, minlength=len(names))
    among = f"fewer than {rows.min_group_rows} rows"
    if report.counted is not None and (report.counted < sizes).any():
        sizes, among = report.counted, f"{among} of those that the metric is taken of"
    small = small_groups(names, sizes, rows.min_group_rows) if len(names) > 1 else []
    if not small:
        return ""
    if report.pairs is None or len(names) - len(small) < 2:
        return (
            f"All groups count, also those with {among}, whose rates are mostly noise: "
            f"{listed(small)}."
        )
    return (
        f"Groups with {among}, which do not count in the gap, but in differences and ratios of "
        f"rates: {listed(small)}."
    )


def shown_reference(report):
    """Return the group that the others are compared with as it is shown, None where none is."""
    if report.reference is None:
        return None
    return shown_names(report)[report.rows.group_names.index(report.reference)]


def name_rows(report, table):
    """Return a table by group with the groups as they are shown."""
    names = shown_names(report)
    if names == list(report.rows.group_names):
        return table
    return table.set_axis(pd.Index([*names, *table.index[len(names) :]], name="group"))


def pair_in_words(report):
    """Return between which groups the metric is largest, a str; empty if it is no gap."""
    if report.pairs is None or None in report.pairs:
        return ""
    names = dict(zip(report.rows.group_names, shown_names(report), strict=True))
    before, after = ([names[name] for name in pair] for pair in report.pairs)
    if before == after:
        return f"{after[0]} is above {after[1]}, as before"
    return f"{after[0]} is above {after[1]}; before, {before[0]} was above {before[1]}"


def about_decisions(report):
    """Return how many decisions changed, in which direction and for whom, a str."""
    table = name_rows(report, report.decisions())
    overall = table.loc["overall"]
    changed, rows = int(overall["changed"]), int(overall["rows"])
    if report.rows.positive is None:
        return f"{changed:,} of {rows:,} decisions changed."
    start = (
        f"{overall['favourable_after']:.1%} get the favourable answer now, "
        f"{overall['favourable_before']:.1%} before. {changed:,} of {rows:,} decisions changed"
    )
    if not changed:
        return f"{start}."
    moves, several = [], len(table) > 2
    for column, way in (("to_favourable", "to it"), ("from_favourable", "away from it")):
        if overall[column]:
            whom = f" ({_for_whom(table[column])})" if several else ""
            moves.append(f"{int(overall[column]):,} {way}{whom}")
    return f"{start}: {', '.join(moves)}."


def _for_whom(counts):
    """Return the groups with the largest counts."""
    counts = counts.iloc[:-1].sort_values(ascending=False, kind="stable")
    counts = counts[counts > 0]
    named = [f"{name}: {int(count):,}" for name, count in counts.iloc[:MOST_NAMED].items()]
    rest = int(counts.iloc[MOST_NAMED:].sum())
    return "; ".join([*named, *([f"others: {rest:,}"] if rest else [])])


def about_features(report):
    """Return whether sensitive columns are among the features, a str; empty if nobody knows."""
    if report.features_seen is None:
        return ""
    if report.features_seen:
        return f"These features make the groups: {', '.join(report.features_seen)}."
    return "No feature has the name of a column that makes the groups."


def about_weights(case):
    """Return which constraints hold the weights, in words."""
    parts = case.split("+")
    known = [CASES.get(part, f"the guard on the {readable(part)} had to be held") for part in parts]
    return ", and ".join(known)
