"""Columns that a model should not learn from: identifiers, and what gives the target away."""

import warnings

import numpy as np
import pandas as pd

from sk_softunlearn._cli._errors import InputWarning

__all__ = ["warn_of_a_telltale", "warn_of_strange_columns"]

# What a model reaches with a column alone if the column holds the outcome.
TELLTALE = 0.98
# Fewer rows say nothing, and categories need as many rows each.
FEW, FEW_EACH = 100, 5


def warn_of_strange_columns(table):
    """Warn of columns that look like identifiers, and of those that give the target away.

    Parameters
    ----------
    table : Table
        All rows, with features and target.
    """
    features, target = table.features, table.target.astype(bool)
    if len(target) < FEW:
        return
    identifiers = [name for name in features if _is_identifier(features[name])]
    if identifiers:
        warnings.warn(
            "Columns of whole numbers that are different in every row look like identifiers: "
            f"{', '.join(identifiers)}. Leave them out with --exclude.",
            InputWarning,
            stacklevel=3,
        )
    least = _least(target)
    shares = {name: _accuracy_alone(features[name], target) for name in features}
    telling = [f"{name} ({share:.3f})" for name, share in shares.items() if share >= least]
    if telling:
        warnings.warn(
            f"Columns that alone give the target away, with their accuracy: {', '.join(telling)}. "
            "They may hold the outcome or what came after it: leave such out with --exclude.",
            InputWarning,
            stacklevel=3,
        )


def warn_of_a_telltale(accuracy, target):
    """Warn of a model that is right too often to be true.

    Parameters
    ----------
    accuracy : float
        Of the model before the correction.
    target : ndarray of shape (n,), dtype bool
        Of the rows that it was measured on.
    """
    if len(target) >= FEW and accuracy >= _least(target):
        warnings.warn(
            f"The model is right on {accuracy:.1%} of the rows of the report: some of the columns "
            "may hold the outcome or what came after it. Leave such out with --exclude.",
            InputWarning,
            stacklevel=3,
        )


def _least(target):
    """Return the accuracy that gives the outcome away; a rare class alone does not reach it."""
    return max(TELLTALE, 1.0 - min(target.mean(), 1.0 - target.mean()) / 2)


def _is_identifier(values):
    if isinstance(values.dtype, pd.CategoricalDtype):
        return False
    numbers = values.to_numpy()
    if not np.isfinite(numbers).all() or (numbers != np.floor(numbers)).any():
        return False
    return len(np.unique(numbers)) == len(numbers)


def _accuracy_alone(values, target):
    """Return the share of rows that a column alone gets right: by threshold, or by category."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes = values.cat.codes.to_numpy() + 1
        if len(values.cat.categories) * FEW_EACH > len(values):
            return 0.0
        return _larger(codes, target) / len(target)
    numbers = values.to_numpy(dtype=float)
    known = ~np.isnan(numbers)
    order = np.argsort(numbers[known])
    ordered, y = numbers[known][order], target[known][order]
    # Between two rows of one value there is no threshold.
    ends = np.append(np.flatnonzero(np.diff(ordered)) + 1, len(y))
    below = np.append(0, np.cumsum(y))[ends]
    right = below + (len(y) - ends) - (y.sum() - below)
    best = max(right.max(), (len(y) - right).max()) if len(y) else 0
    return (best + _larger(np.zeros(np.sum(~known), int), target[~known])) / len(target)


def _larger(codes, target):
    """Return how many rows are of the larger class of their code."""
    count = np.bincount(codes)
    positive = np.bincount(codes, weights=target)
    return np.maximum(positive, count - positive).sum()
