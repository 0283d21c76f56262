"""A gap between groups, of labels and of probabilities."""

from sklearn.base import clone

from sk_softunlearn.objectives._gap_objective import GapObjective

__all__ = ["in_both_units"]

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
