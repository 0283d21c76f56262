"""How far the rows can go: the answer to an infeasible request."""

import numpy as np

from sk_softunlearn.weights._elastic import ElasticRows

__all__ = ["smallest_excess", "smallest_shortfall", "smallest_slack"]


def smallest_shortfall(problem, shared):
    """Return by how much some rows together must be let off for the problem to be feasible.

    Parameters
    ----------
    problem : WeightProblem
        Any.
    shared : ndarray of shape (m,)
        Boolean: the rows whose lower ends are let off, all by the same amount.

    Returns
    -------
    shortfall : float
        At least 0, in the unit of these rows; inf where nothing helps.
    """
    rows = ElasticRows(problem)
    unit = rows.unit[shared].max()
    loose = np.where(shared, unit / rows.unit, 0.0)
    return unit * rows.smallest(rows.lower, rows.upper, loose)


def smallest_slack(problem, slacks):
    """Return the smallest slack that, allowed to every guard, makes the problem feasible.

    Guards that have a larger slack keep it.

    Parameters
    ----------
    problem : WeightProblem
        Row 0 is the metric's, the next k are the guards'; the lower end of each of these lies its
        slack below the value that means no worse. Further rows keep their intervals.
    slacks : ndarray of shape (k,)
        Those slacks.

    Returns
    -------
    slack : float
        inf where the other rows alone are out of reach.
    """
    rows, guards = ElasticRows(problem), slice(1, 1 + len(slacks))
    unit, relaxed = rows.unit[guards], np.ones(len(slacks), dtype=bool)
    while relaxed.any():
        lower, loose = rows.lower.copy(), np.zeros(len(rows.unit))
        lower[guards][relaxed] += (slacks / unit)[relaxed]
        loose[guards] = np.where(relaxed, unit.max() / unit, 0.0)
        slack = unit.max() * rows.smallest(lower, rows.upper, loose)
        if not np.isfinite(slack):
            return np.inf
        dropped = relaxed & (slacks > slack)
        if not dropped.any():
            return slack
        relaxed &= ~dropped
    return 0.0


def smallest_excess(problem):
    """Return the smallest common violation of the rows' intervals, in units of their extent."""
    rows = ElasticRows(problem)
    every = np.ones(len(rows.unit))
    return rows.smallest(rows.lower, rows.upper, every, every)
