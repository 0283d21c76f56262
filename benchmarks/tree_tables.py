"""What the records of the benchmark of trees (`trees.py`) come to: comparisons, tables of the docs."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from tree_models import LEARNERS, SETS
from tree_rivals import BESIDE, CONSTRAINTS, RIVALS

DOCS = Path(__file__).resolve().parents[1] / "docs"
OURS = ("weights", "least loss")


def mean_and_error(table, columns):
    """Return mean and standard error over splits of every way to close a gap."""
    keys = ["data", "learner", "metric", "kind", "delta"]
    grouped = table.groupby(keys, sort=False, dropna=False)[columns]
    return grouped.mean(), grouped.sem()


def compare(table):
    """Return how the weights fare beside every rival, at the gap that the rival reached.

    Accuracy less the rival's and log loss as a share of the rival's, linear in the gap between the
    deltas asked for; time as a share of the rival's, mean of the deltas; whether the rival's gap was
    within reach (elsewhere the figures are those of our smallest gap).
    """
    records = []
    for keys, rows in table.groupby(["metric", "learner", "data", "seed"], sort=False):
        for ours, (_, rival) in (
            (ours, rival)
            for ours in OURS
            for rival in rows[rows["kind"].isin(RIVALS)].iterrows()
            if (rows["kind"] == ours).any()
        ):
            front = rows[rows["kind"].isin(["before", ours])].sort_values("gap")
            at = {
                column: np.interp(rival["gap"], front["gap"], front[column])
                for column in ("accuracy", "log_loss")
            }
            records.append(
                {
                    "rival": rival["kind"],
                    "ours": ours,
                    **dict(zip(["metric", "learner", "data"], keys, strict=False)),
                    "accuracy": at["accuracy"] - rival["accuracy"],
                    "log loss": at["log_loss"] / rival["log_loss"],
                    "time": front["fits"].mean() / rival["fits"],
                    "reached": rival["gap"] >= front["gap"].min(),
                }
            )
    keys = ["rival", "ours", "metric", "learner", "data"]
    grouped = pd.DataFrame(records, columns=[*keys, "accuracy", "log loss", "time", "reached"])
    grouped = grouped.groupby(keys, sort=False)
    found = grouped.mean()
    found.insert(1, "error", grouped["accuracy"].sem())
    return found.assign(splits=grouped.size())


def digits(value, error):
    """Return a number of four digits with its error in units of the last, "0.8454(21)"."""
    return f"{value:.4f}" + (f"({error * 1e4:.0f})" if np.isfinite(error) else "")


def span(values, form):
    """Return the least and the largest of some values as text."""
    values = values.dropna()
    texts = [form.format(each) for each in (values.min(), values.max())] if len(values) else [""]
    return " to ".join(dict.fromkeys(texts))


def reached_table(table, metric):
    """Return accuracy and gap of LightGBM by method and data set, log loss and time."""
    rows = table[(table["metric"] == metric) & (table["learner"] == "lightgbm")]
    mean, error = mean_and_error(rows, ["accuracy", "gap", "log_loss", "fits"])
    records = {}
    for ((data, _, _, kind, delta), found), (_, errors) in zip(
        mean.iterrows(), error.iterrows(), strict=True
    ):
        name = kind if np.isnan(delta) else f"{kind}, delta {delta:g}"
        cells = records.setdefault(name, {"log loss": [], "fits": []})
        cells[data] = " @ ".join(digits(found[k], errors[k]) for k in ("accuracy", "gap"))
        cells["log loss"].append(found["log_loss"])
        cells["fits"].append(found["fits"])
    shown = pd.DataFrame(records).T
    for column, form in (("log loss", "{:.2f}"), ("fits", "{:.2g}")):
        shown[column] = [span(pd.Series(each), form) for each in shown[column]]
    return shown[[*(name for name in SETS if name in shown), "log loss", "fits"]].fillna("")


def beside_table(table):
    """Return the comparison by rival, learner and data set, accuracy in thousandths."""
    found = compare(table)
    first = found.index.get_level_values("rival") == "ExponentiatedGradient"
    usual = found.index.get_level_values("ours") == "weights"
    records = {}
    for (rival, ours, metric, learner, data), row in found[first | usual].iterrows():
        if rival != "ExponentiatedGradient" and learner != BESIDE.get(rival, "lightgbm"):
            continue
        cells = records.setdefault((rival, learner, metric, ours), {"splits": []})
        error = f"({row['error'] * 1e3:.1f})" if np.isfinite(row["error"]) else ""
        cells[data] = f"{row['accuracy'] * 1e3:+.1f}{error}"
        cells["splits"].append(row["splits"])
        for column in ("log loss", "time"):
            cells.setdefault(column, []).append(row[column])
    order = [key for key in product(RIVALS, LEARNERS, CONSTRAINTS, OURS) if key in records]
    shown = pd.DataFrame({key: records[key] for key in order}).T
    shown.index.names = ["beside", "learner", "metric", "ours"]
    for column, form in (("log loss", "{:.2f}"), ("time", "{:.2g}"), ("splits", "{:.0f}")):
        shown[column] = [span(pd.Series(each), form) for each in shown[column]]
    sets = [name for name in SETS if name in shown]
    return shown[[*sets, "log loss", "time", "splits"]].fillna("")


def rank_table(ranks):
    """Return rank correlations and sizes by learner and data set, held and grown anew."""
    ranks = ranks[ranks["objective"].isin(CONSTRAINTS)]
    shown = {}
    for (learner, objective), rows in ranks.groupby(["learner", "objective"], sort=False):
        rows = rows.set_index("data")
        shown[learner, objective] = {
            name: f"{row['Spearman, held']:.3f} / {row['Spearman, grown anew']:.3f} "
            f"({row['size, grown anew']:.1f})"
            for name, row in rows.iterrows()
        }
    table = pd.DataFrame(shown).T
    table.index.names = ["learner", "metric"]
    return table[[name for name in SETS if name in table]].fillna("")


def write_tables(table, ranks):
    for metric in CONSTRAINTS:
        reached = reached_table(table, metric)
        reached.to_csv(DOCS / f"trees_{metric}.csv", index_label="method")
    beside_table(table).to_csv(DOCS / "trees_beside.csv")
    rank_table(ranks).to_csv(DOCS / "trees_ranks.csv")
