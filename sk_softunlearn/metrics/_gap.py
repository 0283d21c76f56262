"""Gaps between groups, counted on hard predictions."""

import numpy as np
from fairlearn.metrics import (
    demographic_parity_difference,
    equal_opportunity_difference,
    equalized_odds_difference,
)
from sklearn.utils import column_or_1d

from sk_softunlearn._rows import check_same_order, cross_groups, read_weights

__all__ = ["check_metric", "favourable_class", "gap_between_groups"]

# The difference, and the true classes (1: favourable) each group must have for it.
_METRICS = {
    "demographic_parity": (demographic_parity_difference, ()),
    "equal_opportunity": (equal_opportunity_difference, (1,)),
    "equalized_odds": (equalized_odds_difference, (0, 1)),
}


def check_metric(metric):
    """Refuse a name that is not one of the gaps."""
    if metric not in _METRICS:
        raise ValueError(f"'metric' must be one of {list(_METRICS)}; got {metric!r}.")


def favourable_class(classes, pos_label):
    """Return the favourable one of a list of classes."""
    if pos_label is None:
        if len(classes) != 2:
            raise ValueError(
                "'pos_label' must be given unless there are two classes; got None with "
                f"{len(classes)} classes. Pass the favourable one of {classes}."
            )
        return classes[1]
    if pos_label not in classes:
        raise ValueError(
            f"'pos_label' must be one of the classes {classes}; got {pos_label!r}. "
            "Pass the favourable one."
        )
    return pos_label


def gap_between_groups(metric, favourable, y_true, y_pred, sensitive_features, sample_weight=None):
    """Measure the largest gap between two groups, as fairlearn does.

    Parameters
    ----------
    metric : str
        Its name.
    favourable : label
        The favourable class.
    y_true, y_pred : array-like of shape (n,)
        Labels, true and predicted.
    sensitive_features : Series, DataFrame, dict, list or ndarray
        One or more sensitive columns of n values.
    sample_weight : array-like of shape (n,), default=None
        Weights of the rows.

    Returns
    -------
    gap : float
        In [0, 1].

    Raises
    ------
    ValueError
        If a weight is below 0, or a group has no rows, or no weight, that the gap is counted on.

    Examples
    --------
    >>> from sk_softunlearn.metrics._gap import gap_between_groups
    >>> rows = {"y_true": [0, 1, 1, 1], "y_pred": [0, 1, 1, 1]}
    >>> gap_between_groups("demographic_parity", 1, **rows, sensitive_features=list("aabb"))
    0.5
    """
    difference, conditioned_on = _METRICS[metric]
    check_same_order(
        {
            "y": y_true,
            "sensitive_features": sensitive_features,
            "sample_weight": sample_weight,
        }
    )
    y_true = (column_or_1d(y_true) == favourable).astype(int)
    y_pred = (column_or_1d(y_pred) == favourable).astype(int)
    groups, labels = cross_groups(sensitive_features, n_rows=len(y_true))
    weight = read_weights(sample_weight, y_true)
    _check_measurable(y_true, groups, labels, weight, conditioned_on)
    # fairlearn 0.12 measures 0 where a weighted group has one row, so no weights are made up.
    weight = None if sample_weight is None else weight
    return float(difference(y_true, y_pred, sensitive_features=groups, sample_weight=weight))


def _check_measurable(y_true, groups, labels, weight, conditioned_on):
    """Refuse what fairlearn would count as a rate of 0 or a gap of 0."""
    if len(labels) < 2:
        raise ValueError(
            "'sensitive_features' must hold at least two groups among the scored rows; got "
            f"{labels}. Split with GroupStratifiedKFold, so that every fold has every group."
        )
    _check_weighted(weight, groups, labels, "")
    for outcome in conditioned_on:
        among, kind = y_true == outcome, "favourable" if outcome else "unfavourable"
        counts = np.bincount(groups[among], minlength=len(labels))
        if not counts.all():
            raise ValueError(
                f"'y' must hold {kind} rows of every group among the scored rows; group "
                f"{labels[int(np.argmin(counts))]!r} has none. Split with "
                "GroupStratifiedKFold, with fewer splits, or merge groups."
            )
        _check_weighted(weight[among], groups[among], labels, f" {kind}")


def _check_weighted(weight, groups, labels, kind):
    totals = np.bincount(groups, weight, minlength=len(labels))
    if not totals.all():
        raise ValueError(
            f"'sample_weight' must be above 0 for some{kind} rows of every group among the scored "
            f"rows; group {labels[int(np.argmin(totals))]!r} has no weight there. Leave its rows "
            "out, or merge groups."
        )
