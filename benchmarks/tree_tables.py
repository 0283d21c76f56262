"""What the records of the benchmark of trees (`trees.py`) come to, and the tables of the docs."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from tree_models import LEARNERS, SETS
from tree_rivals import BESIDE, CONSTRAINTS, RIVALS

DOCS = Path(__file__).resolve().parents[1] / "docs"
OURS = ("weights", "least loss")
KINDS = ("before", *OURS, "grown anew", *RIVALS)
REACHED = ("accuracy", "gap", "log_loss", "fits")
TITLES = {
    "adult": "Adult",
    "acs": "ACS income",
    "credit": "Credit default",
    "bank": "Bank",
    "lightgbm": "LightGBM",
    "hist_gradient_boosting": "HistGradientBoosting",
    "xgboost": "XGBoost",
    "catboost": "CatBoost",
    "gradient_boosting": "GradientBoosting",
    "random_forest": "random forest",
    "demographic_parity": "DP",
    "equal_opportunity": "EOP",
    "log_loss": "log loss",
}


def mean_and_error(table, columns):
    """Return mean and standard error over splits of every way to close a gap."""
    keys = ["data", "learner", "metric", "kind", "delta"]
    grouped = table.groupby(keys, sort=False, dropna=False)[columns]
    return grouped.mean(), grouped.sem()


def beside(rows, ours, rival):
    """Return the weights beside a rival at the gap that it reached, a dict; means over splits.

    Accuracy less the rival's, log loss and time as shares of the rival's. Accuracy and log loss are
    linear in the gap between the deltas asked for. Below the smallest gap that was reached they are
    those of that, and `reached` is false.
    """
    mean = rows.groupby(["kind", "delta"], dropna=False)[list(REACHED)].mean().reset_index()
    front = mean[mean["kind"].isin(["before", ours])].sort_values("gap")
    other = mean[mean["kind"] == rival].iloc[0]
    accuracy, loss = (
        np.interp(other["gap"], front["gap"], front[column]) for column in ("accuracy", "log_loss")
    )
    return {
        "accuracy": accuracy - other["accuracy"],
        "log loss": loss / other["log_loss"],
        "time": front["fits"].mean() / other["fits"],
        "reached": other["gap"] >= front["gap"].min(),
    }


def compare(table):
    """Return how the weights fare beside every rival, at the gap that the rival reached.

    The error of the accuracy is that of the jackknife over splits (Efron and Stein 1981).
    """
    records = []
    groups = table.groupby(["metric", "learner", "data"], sort=False)
    for (keys, rows), ours, rival in product(groups, OURS, RIVALS):
        seeds = [set(rows.loc[rows["kind"] == kind, "seed"]) for kind in (ours, rival)]
        seeds = sorted(set.intersection(*seeds))
        deltas = rows.loc[rows["kind"] == rival, "delta"]
        for delta in deltas.unique() if seeds else ():
            same = (rows["delta"] == delta) | (rows["kind"] != rival) | np.isnan(delta)
            kept = rows[rows["seed"].isin(seeds) & same]
            found = beside(kept, ours, rival)
            n, error = len(seeds), np.nan
            if n > 1:
                less = [beside(kept[kept["seed"] != s], ours, rival)["accuracy"] for s in seeds]
                error = np.sqrt(n - 1) * np.std(less)
            named = rival if np.isnan(delta) else f"{rival}, theta {delta:g}"
            key = dict(zip(("metric", "learner", "data"), keys, strict=True))
            key = {"rival": rival, "named": named, "ours": ours, **key}
            records.append({**key, **found, "error": error, "splits": n})
    return pd.DataFrame(records)


def digits(value, error):
    """Return a number of four digits with its error in units of the last, "0.8454(21)"."""
    return f"{value:.4f}" + (f"({error * 1e4:.0f})" if np.isfinite(error) else "")


def span(values, form):
    """Return the least and the largest of some values as text."""
    values = values.dropna()
    texts = [form.format(each) for each in (values.min(), values.max())] if len(values) else [""]
    return " to ".join(dict.fromkeys(texts))


def reached_table(table, metric):
    """Return accuracy and gap of LightGBM by method and data set, log loss, time and splits."""
    rows = table[(table["metric"] == metric) & (table["learner"] == "lightgbm")]
    records = {}
    for kind in KINDS:
        for (delta, data), found in rows[rows["kind"] == kind].groupby(
            ["delta", "data"], dropna=False
        ):
            name = kind if np.isnan(delta) else f"{kind}, delta {delta:g}"
            cells = records.setdefault(name, {"log loss": [], "fits": [], "splits": []})
            mean, error = (getattr(found[list(REACHED)], each)() for each in ("mean", "sem"))
            cells[data] = " @ ".join(digits(mean[k], error[k]) for k in ("accuracy", "gap"))
            cells["log loss"].append(mean["log_loss"])
            cells["fits"].append(mean["fits"])
            cells["splits"].append(len(found))
    shown = pd.DataFrame(records).T
    for column, form in (("log loss", "{:.2f}"), ("fits", "{:.2g}"), ("splits", "{:.0f}")):
        shown[column] = [span(pd.Series(each), form) for each in shown[column]]
    sets = [name for name in SETS if name in shown]
    return shown[[*sets, "log loss", "fits", "splits"]].fillna("")


def beside_table(table):
    """Return the comparison by rival, learner and data set, accuracy in thousandths."""
    found = compare(table)
    first = found["rival"] == "ExponentiatedGradient"
    fair = found["learner"] == found["rival"].map(BESIDE).fillna("lightgbm")
    found = found[first | fair & (found["ours"] == "weights")]
    places = {name: place for place, name in enumerate([*RIVALS, *LEARNERS, *CONSTRAINTS, *OURS])}
    keys = ["rival", "learner", "metric", "ours"]
    found = found.sort_values(keys, key=lambda column: column.map(places), kind="stable")
    records = {}
    for key, rows in found.groupby(["named", *keys[1:]], sort=False):
        cells = records[key] = {
            "log loss": span(rows["log loss"], "{:.2f}"),
            "time": span(rows["time"], "{:.2g}"),
            "splits": span(rows["splits"], "{:.0f}"),
        }
        for _, row in rows.iterrows():
            error = f"({row['error'] * 1e3:.1f})" if np.isfinite(row["error"]) else ""
            far = "" if row["reached"] else "*"
            cells[row["data"]] = f"{row['accuracy'] * 1e3:+.1f}{error}{far}"
    shown = pd.DataFrame(records).T
    shown.index.names = ["beside", "learner", "metric", "ours"]
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
    """Write the tables of docs/comparison.rst."""
    shown = {metric: reached_table(table, metric) for metric in CONSTRAINTS}
    shown |= {"beside": beside_table(table), "ranks": rank_table(ranks)}
    for name, each in shown.items():
        each = each.rename_axis(index={None: "method"}).rename(index=TITLES, columns=TITLES)
        each.to_csv(DOCS / f"trees_{name}.csv")
