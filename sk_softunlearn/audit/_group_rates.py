"""Rates by group, with bootstrap intervals."""

import numpy as np

from sk_softunlearn.audit._between import difference, ratio

__all__ = [
    "RATES",
    "bootstrap_rates",
    "group_rates",
    "large_differences",
    "row_names",
    "shown_rates",
    "totals",
]

# Of all rates, those that need a favourable class are not of every report.
RATES = (
    "base_rate",
    "selection_rate",
    "mean_probability",
    "accuracy",
    "precision",
    "true_positive_rate",
    "false_positive_rate",
    "false_negative_rate",
    "log_loss",
)
# What is shown of the rates where there is no room for all.
SHOWN = ("selection_rate", "true_positive_rate", "false_positive_rate", "accuracy")


def _indicators(rows, raw):
    """Return what each rate averages, and among which rows, by name."""
    predicted = rows.loss.predict(raw)
    everyone = np.ones(len(predicted), dtype=bool)
    if rows.target is None:
        return {
            "selection_rate": (predicted == rows.positive, everyone),
            "mean_probability": (rows.loss.probability(raw, rows.positive), everyone),
        }
    right = {"accuracy": (predicted == rows.target, everyone)}
    loss = {"log_loss": (rows.loss.value(raw, rows.target), everyone)}
    if rows.positive is None:
        return right | loss
    truth, chosen = rows.target == rows.positive, predicted == rows.positive
    return {
        "base_rate": (truth, everyone),
        "selection_rate": (chosen, everyone),
        "mean_probability": (rows.loss.probability(raw, rows.positive), everyone),
        **right,
        "precision": (truth, chosen),
        "true_positive_rate": (chosen, truth),
        "false_positive_rate": (chosen, ~truth),
        "false_negative_rate": (~chosen, truth),
        **loss,
    }


def shown_rates(rows):
    """Return the names of the rates to show where there is no room for all, a list of str.

    Parameters
    ----------
    rows : EvaluationRows
        Without a favourable class nothing is selected, and no rate is a true positive one; without
        labels nothing is right.
    """
    if rows.target is None:
        return ["selection_rate", "mean_probability"]
    return ["accuracy", "log_loss"] if rows.positive is None else list(SHOWN)


def totals(rows):
    """Return what stands below the groups: "overall" and, of several, "difference" and "ratio"."""
    return ["overall", "difference", "ratio"][: 3 if len(rows.group_names) > 1 else 1]


def row_names(rows):
    """Return the names of the groups, one that is a total's quoted: every row has its own name."""
    return [repr(name) if name in totals(rows) else name for name in rows.group_names]


def _tabulate(rows, indicators, weight, reference):
    """Return the rates by group, then their totals: shape (n_groups + n_totals, n_rates)."""
    n_groups = len(rows.group_names)
    other = None if reference is None else rows.group_names.index(reference)
    table = np.full((n_groups + len(totals(rows)), len(indicators)), np.nan)
    for column, (value, among) in zip(table.T, indicators.values(), strict=True):
        share = np.where(among, weight, 0.0)
        total = np.bincount(rows.groups, share, minlength=n_groups)
        hits = np.bincount(rows.groups, share * value, minlength=n_groups)
        np.divide(hits, total, out=column[:n_groups], where=total > 0)
        if total.any():
            column[n_groups] = hits.sum() / total.sum()
        if n_groups > 1:
            column[-2] = difference(column[:n_groups], other)
            column[-1] = ratio(column[:n_groups], other)
    return table


def group_rates(rows, raw, reference=None):
    """Compute rates by group.

    Parameters
    ----------
    rows : EvaluationRows
        With groups.
    raw : ndarray of shape (n, K)
        Raw predictions.
    reference : str, default=None
        The group that the others are compared with; None: any two groups.

    Returns
    -------
    names : list of str
        Names of the m rates.
    table : ndarray of shape (n_groups + n_totals, m)
        By group, then what `totals` names; nan where no row counts.
    """
    indicators = _indicators(rows, raw)
    return list(indicators), _tabulate(rows, indicators, rows.sample_weight, reference)


def large_differences(rows, raw, reference=None):
    """Return the differences of rates between groups whose rates are more than noise.

    Parameters
    ----------
    rows : EvaluationRows
        With groups.
    raw : ndarray of shape (n, K)
        Raw predictions.
    reference : str, default=None
        The group that the others are compared with; None: any two groups.

    Returns
    -------
    differences : dict of str to float
        By rate, of the groups with as many rows as a group needs among those that the rate is taken
        of; nan if fewer than two have.
    """
    indicators, n_groups = _indicators(rows, raw), len(rows.group_names)
    names, table = group_rates(rows, raw)
    other = None if reference is None else rows.group_names.index(reference)
    found = {}
    for name, rates in zip(names, table[:n_groups].T, strict=True):
        sizes = np.bincount(rows.groups[indicators[name][1]], minlength=n_groups)
        found[name] = difference(np.where(sizes < rows.min_group_rows, np.nan, rates), other)
    return found


def bootstrap_rates(rows, raw, n_boot, random_state, reference=None):
    """Compute 95 % intervals of the rates by drawing rows with replacement.

    Parameters
    ----------
    rows : EvaluationRows
        With groups.
    raw : ndarray of shape (n, K)
        Raw predictions.
    n_boot : int
        Number of draws.
    random_state : int
        Seed, so that a report says the same twice.
    reference : str, default=None
        The group that the others are compared with; None: any two groups.

    Returns
    -------
    low, high : ndarray of shape (n_groups + n_totals, m)
        The 2.5th and 97.5th percentile, of the table that `group_rates` returns.
    """
    rng = np.random.default_rng(random_state)
    indicators = _indicators(rows, raw)
    n_rows = len(rows.groups)
    draws = []
    for _ in range(n_boot):
        times = np.bincount(rng.integers(n_rows, size=n_rows), minlength=n_rows)
        draws.append(_tabulate(rows, indicators, times * rows.sample_weight, reference))
    draws = np.array(draws)
    known = ~np.isnan(draws).any(axis=0)
    low, high = np.full((2, *draws.shape[1:]), np.nan)
    low[known], high[known] = np.percentile(draws[:, known], [2.5, 97.5], axis=0)
    return low, high
