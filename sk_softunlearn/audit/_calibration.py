"""How far the probabilities are those that the labels bear out, by group."""

from itertools import product
from numbers import Integral

import numpy as np
import pandas as pd

from sk_softunlearn.audit._group_rates import row_names

__all__ = ["tabulate_calibration"]

STRATEGIES = ("uniform", "quantile")
WHEN = ("before", "after")
COLUMNS = ("rows", "mean_probability", "base_rate")


def tabulate_calibration(rows, raw_predictions, n_bins, strategy):
    """Tabulate calibration by group, as `AuditReport.calibration` returns it.

    Parameters
    ----------
    rows : EvaluationRows
        With groups, labels and a favourable class.
    raw_predictions : tuple of two ndarray of shape (n, K)
        Raw predictions before and after.
    n_bins : int
        Number of bins of the probability.
    strategy : "uniform" or "quantile"
        Bins of the same width, or of as many rows each in every group.

    Returns
    -------
    calibration : DataFrame
        By group and bin, of the bins that are not empty before or after.
    """
    if not isinstance(n_bins, Integral) or n_bins < 1:
        raise ValueError(f"'n_bins' must be a whole number of at least 1, got {n_bins!r}.")
    if strategy not in STRATEGIES:
        raise ValueError(f"'strategy' must be one of {STRATEGIES}, got {strategy!r}.")
    truth = rows.target == rows.positive
    before, after = (rows.loss.probability(raw, rows.positive) for raw in raw_predictions)
    parts = {name: rows.groups == k for k, name in enumerate(row_names(rows))}
    parts["overall"] = np.ones(len(truth), dtype=bool)
    found = {}
    for name, own in parts.items():
        curves = {
            when: _curve(probability[own], truth[own], n_bins, strategy)
            for when, probability in (("before", before), ("after", after))
        }
        found[name] = pd.concat(curves, axis=1).swaplevel(axis=1).sort_index()
    table = pd.concat(found, names=["group", "bin"])[list(product(COLUMNS, WHEN))]
    for when in WHEN:
        table["rows", when] = table["rows", when].fillna(0).astype(int)
    return table


def _curve(probability, truth, n_bins, strategy):
    """Return rows, mean probability and share of favourable labels by bin, a DataFrame."""
    edges = np.linspace(0.0, 1.0, n_bins + 1)
    if strategy == "quantile":
        edges = np.quantile(probability, edges)
    bins = np.searchsorted(edges[1:-1], probability)
    table = pd.DataFrame({"rows": 1, "mean_probability": probability, "base_rate": truth})
    grouped = table.groupby(bins)
    return grouped.mean().assign(rows=grouped.size())
