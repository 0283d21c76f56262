"""Rates by group, with bootstrap intervals."""

import numpy as np

__all__ = ["bootstrap_rates", "group_rates", "shown_rates"]

# What is shown of the rates where there is no room for all.
SHOWN = ("selection_rate", "true_positive_rate", "false_positive_rate", "accuracy")


def _indicators(rows, raw):
    """Return what each rate averages, and among which rows, by name."""
    predicted = rows.loss.predict(raw)
    everyone = np.ones(len(predicted), dtype=bool)
    right = {"accuracy": (predicted == rows.target, everyone)}
    loss = {"log_loss": (rows.loss.value(raw, rows.target), everyone)}
    if rows.positive is None:
        return right | loss
    truth, chosen = rows.target == rows.positive, predicted == rows.positive
    return {
        "base_rate": (truth, everyone),
        "selection_rate": (chosen, everyone),
        **right,
        "true_positive_rate": (chosen, truth),
        "false_positive_rate": (chosen, ~truth),
        **loss,
    }


def shown_rates(rows):
    """Return the names of the rates to show where there is no room for all, a list of str.

    Parameters
    ----------
    rows : EvaluationRows
        Without a favourable class nothing is selected, and no rate is a true positive one.
    """
    return ["accuracy", "log_loss"] if rows.positive is None else list(SHOWN)


def _tabulate(rows, indicators, weight):
    """Return the rates by group, then overall, then the gap: shape (n_groups + 2, n_rates)."""
    table = np.full((len(rows.group_names) + 2, len(indicators)), np.nan)
    for column, (value, among) in zip(table.T, indicators.values(), strict=True):
        share = np.where(among, weight, 0.0)
        total = np.bincount(rows.groups, share, minlength=len(rows.group_names))
        hits = np.bincount(rows.groups, share * value, minlength=len(rows.group_names))
        np.divide(hits, total, out=column[:-2], where=total > 0)
        known = column[:-2][total > 0]
        if len(known):
            column[-2] = hits.sum() / total.sum()
            column[-1] = known.max() - known.min()
    return table


def group_rates(rows, raw):
    """Compute rates by group.

    Parameters
    ----------
    rows : EvaluationRows
        With groups.
    raw : ndarray of shape (n, K)
        Raw predictions.

    Returns
    -------
    names : list of str
        Names of the m rates.
    table : ndarray of shape (n_groups + 2, m)
        By group, then overall, then the largest difference between groups; nan where no row
        counts.
    """
    indicators = _indicators(rows, raw)
    return list(indicators), _tabulate(rows, indicators, rows.sample_weight)


def bootstrap_rates(rows, raw, n_boot, random_state):
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

    Returns
    -------
    low, high : ndarray of shape (n_groups + 2, m)
        The 2.5th and 97.5th percentile, of the table that `group_rates` returns.
    """
    rng = np.random.default_rng(random_state)
    indicators = _indicators(rows, raw)
    n_rows = len(rows.target)
    draws = []
    for _ in range(n_boot):
        times = np.bincount(rng.integers(n_rows, size=n_rows), minlength=n_rows)
        draws.append(_tabulate(rows, indicators, times * rows.sample_weight))
    draws = np.array(draws)
    known = ~np.isnan(draws).any(axis=0)
    low, high = np.full((2, *draws.shape[1:]), np.nan)
    low[known], high[known] = np.percentile(draws[:, known], [2.5, 97.5], axis=0)
    return low, high
