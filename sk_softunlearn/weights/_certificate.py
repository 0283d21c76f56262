"""The violation of the KKT conditions of a weight problem by a candidate."""

import numpy as np

__all__ = ["certificate"]


def certificate(problem, epsilon, multipliers, gap) -> float:
    """Return the largest relative violation of the KKT conditions.

    Each condition is divided by the size of its own terms. So the unit of the influences makes no
    difference.

    Parameters
    ----------
    problem : WeightProblem
        Any problem.
    epsilon : ndarray of shape (n,)
        Candidate weights, within the bounds.
    multipliers : ndarray of shape (m,)
        Candidate prices of the rows.
    gap : float
        Norm of the difference between epsilon and the weights that the prices ask for.
    """
    values = problem.stack.values(epsilon) / problem.scale
    lower, upper = problem.lower / problem.scale, problem.upper / problem.scale
    prices = multipliers * problem.scale
    size = max(np.sqrt(epsilon @ epsilon), np.finfo(float).tiny)
    reward = 0.0 if problem.reward is None else np.linalg.norm(problem.reward)
    pull = np.sqrt(max(multipliers @ problem.gram @ multipliers, 0.0))
    if problem.quadratic is not None:
        pull = max(pull, np.linalg.norm(problem.bent(epsilon)[1]))
    stationarity = gap / max(size, max(reward, pull) / (2 * problem.price))
    ends = np.where(np.isfinite(lower), np.abs(lower), 0.0)
    ends = np.maximum(ends, np.where(np.isfinite(upper), np.abs(upper), 0.0))
    reach = np.maximum(np.maximum(ends, np.abs(values)), np.finfo(float).tiny)
    below, above = lower - values, values - upper
    primal = np.max(np.maximum(below, above) / np.maximum(reach, size), initial=0.0)
    most = max(np.max(np.abs(prices), initial=0.0), reward, np.finfo(float).tiny)
    slack = np.where(prices > 0, np.abs(below), np.abs(above))
    slackness = np.max(
        np.minimum(np.abs(prices) / most, slack / np.maximum(reach, size)), initial=0.0
    )
    return float(max(stationarity, primal, slackness))
