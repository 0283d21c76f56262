"""A gap between groups, of labels and of probabilities."""

from dataclasses import replace

from sklearn.base import clone

from sk_softunlearn.objectives._gap_objective import GapObjective

__all__ = ["gaps_by_class", "in_both_units", "pairs_of"]

UNITS = ("label", "probability")


def in_both_units(objective, rows, raws):
    """Measure a gap of labels and the same gap of probabilities.

    Parameters
    ----------
    objective : Objective
        Any; of one that is no gap between groups there is nothing to measure.
    rows : EvaluationRows
        The rows.
    raws : sequence of ndarray of shape (n, K)
        Raw predictions; the sign of a gap is held from the first on.

    Returns
    -------
    gaps : dict of str to tuple of float
        By "label" and "probability": the gap at each of the raw predictions.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.losses import LogisticLoss
    >>> from sk_softunlearn.objectives import DemographicParity, EvaluationRows
    >>> from sk_softunlearn.objectives._units import in_both_units
    >>> groups, names = np.array([0, 0, 1, 1]), ("a", "b")
    >>> y, weight = np.array([0, 1, 0, 1]), np.ones(4)
    >>> rows = EvaluationRows(LogisticLoss(), y, weight, np.arange(2), 1, groups, names)
    >>> raw = np.log([[1 / 3], [1 / 3], [1 / 3], [3.0]])
    >>> in_both_units(DemographicParity(), rows, [raw])
    {'label': (0.5,), 'probability': (0.25,)}
    """
    if not isinstance(objective, GapObjective) or rows.groups is None:
        return {}
    gaps = {}
    for unit in UNITS:
        bound = clone(objective).set_params(surrogate=unit).bind(raws[0], rows)
        gaps[unit] = tuple(bound.measure(raw) for raw in raws)
    return gaps


def pairs_of(objective, rows, raws):
    """Name the two groups that a gap is between.

    Parameters
    ----------
    objective : Objective
        Any; one that is no gap between groups has none.
    rows : EvaluationRows
        The rows.
    raws : sequence of ndarray of shape (n, K)
        Raw predictions.

    Returns
    -------
    pairs : tuple of tuple of two str or None
        At each of the raw predictions the group with the largest mean and that with the smallest;
        None if there are no two groups that count. None in place of all for another objective.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.losses import LogisticLoss
    >>> from sk_softunlearn.objectives import DemographicParity, EvaluationRows
    >>> from sk_softunlearn.objectives._units import pairs_of
    >>> groups, names = np.array([0, 0, 1, 1]), ("a", "b")
    >>> y, weight = np.array([0, 1, 0, 1]), np.ones(4)
    >>> rows = EvaluationRows(LogisticLoss(), y, weight, np.arange(2), 1, groups, names)
    >>> raw = np.log([[1 / 3], [1 / 3], [1 / 3], [3.0]])
    >>> pairs_of(DemographicParity(), rows, [raw, -raw])
    (('b', 'a'), ('a', 'b'))
    """
    if not isinstance(objective, GapObjective) or rows.groups is None:
        return None
    bound = [objective.bind(raw, rows) for raw in raws]
    return tuple(
        None if gap.high is None else (rows.group_names[gap.high], rows.group_names[gap.low])
        for gap in bound
    )


def gaps_by_class(objective, rows, raws):
    """Measure a gap with every class favourable in turn.

    Parameters
    ----------
    objective : Objective
        Any; of one that is no gap of a favourable class there is nothing to measure.
    rows : EvaluationRows
        The rows.
    raws : sequence of ndarray of shape (n, K)
        Raw predictions.

    Returns
    -------
    gaps : dict of label to tuple of float
        Size of the gap at each of the raw predictions, by class; empty with two classes, whose
        gaps are the same.
    """
    several = len(rows.classes) > 2 and rows.positive is not None and rows.groups is not None
    if not several or not isinstance(objective, GapObjective):
        return {}
    gaps = {}
    for index, label in enumerate(rows.classes.tolist()):
        bound = clone(objective).bind(raws[0], replace(rows, positive=index))
        gaps[label] = tuple(abs(bound.measure(raw)) for raw in raws)
    return gaps
