"""The cross-check: the same problem by a general solver."""

import numpy as np

from sk_softunlearn.exceptions import InfeasibleWeightsError, SoftUnlearnError

__all__ = ["ROUNDING", "solve_cvxpy"]

# An interior point stays off the ends that it tends to, and leaves every price a little of 0.
# Distances from a bound, and prices as shares of what pulls at epsilon, that are less than this
# are none.
ROUNDING = 1e-6


def solve_cvxpy(problem):
    """Solve a weight problem with cvxpy and Clarabel.

    Rows and epsilon are scaled first: with influences of size 1/n general solvers call feasible
    problems infeasible.

    Parameters
    ----------
    problem : WeightProblem
        Any.

    Returns
    -------
    epsilon : ndarray of shape (n,)
        The weights.
    multipliers : ndarray of shape (m,)
        The prices.

    Raises
    ------
    ImportError
        If cvxpy is not installed.
    InfeasibleWeightsError
        If cvxpy finds no epsilon that satisfies all constraints.
    SoftUnlearnError
        If it stops without an answer.
    """
    try:
        import cvxpy as cp
    except ImportError as error:
        raise ImportError(
            "'solver'='cvxpy' and 'verify'=True need cvxpy, which is not installed. Run "
            "pip install cvxpy clarabel."
        ) from error
    rows = problem.rows / problem.scale[:, None]
    low, high = problem.lower / problem.scale, problem.upper / problem.scale
    epsilon = cp.Variable(len(problem.linear))
    objective = _objective(cp, problem, epsilon)
    below, above = np.isfinite(low), np.isfinite(high)
    ends = []
    if below.any():
        ends.append(rows[below] @ epsilon >= low[below])
    if above.any():
        ends.append(rows[above] @ epsilon <= high[above])
    box = []
    if np.isfinite(problem.bounds[0]).any():
        box.append(epsilon >= problem.bounds[0])
    if np.isfinite(problem.bounds[1]).any():
        box.append(epsilon <= problem.bounds[1])
    program = cp.Problem(cp.Minimize(objective), ends + box)
    program.solve(solver=cp.CLARABEL)
    if program.status in ("infeasible", "infeasible_inaccurate"):
        raise InfeasibleWeightsError(
            "cvxpy finds no epsilon that satisfies all rows and 'bounds'. Loosen one of them."
        )
    if epsilon.value is None:
        raise SoftUnlearnError(
            f"cvxpy stopped without an answer: {program.status}. Use solver='auto'."
        )
    prices = np.zeros(len(rows))
    duals = iter(ends)
    if below.any():
        prices[below] += next(duals).dual_value
    if above.any():
        prices[above] -= next(duals).dual_value
    pull = max(np.abs(prices).max(initial=0.0), np.linalg.norm(epsilon.value))
    prices[np.abs(prices) < ROUNDING * pull] = 0.0
    return epsilon.value, prices * problem.price / problem.scale


def _objective(cp, problem, epsilon):
    """Return the problem's objective in units of the price of ``|e|^2``."""
    objective = cp.sum_squares(epsilon)
    if problem.reward is not None:
        objective -= (problem.reward / problem.price) @ epsilon
    if problem.quadratic is not None:
        low_rank = problem.quadratic.rmatmat(np.eye(problem.quadratic.shape[0])).T
        objective += 0.5 / problem.price * cp.sum_squares(low_rank @ epsilon)
    return objective
