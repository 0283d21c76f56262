"""How far the rows can go: small linear programs for the answer to an infeasible request."""

import numpy as np
from scipy.optimize import linprog

from sk_softunlearn.exceptions import SoftUnlearnError

__all__ = ["largest_value", "smallest_excess", "smallest_shortfall", "smallest_slack"]


def largest_value(problem):
    """Return the largest value of row 0 under the other rows and the bounds, inf if unlimited."""
    program = _Program(problem)
    lower, upper = program.lower.copy(), program.upper.copy()
    lower[0], upper[0] = -np.inf, np.inf
    value = program.minimise(-program.rows[0], lower, upper, 0.0)
    return -value * program.unit[0]


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
    program = _Program(problem)
    unit = program.unit[shared].max()
    excess = np.where(shared, unit / program.unit, 0.0)
    return unit * program.minimise(None, program.lower, program.upper, excess)


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
    program, guards = _Program(problem), slice(1, 1 + len(slacks))
    relaxed = np.ones(len(slacks), dtype=bool)
    while relaxed.any():
        lower, excess = program.lower.copy(), np.zeros(len(program.rows))
        lower[guards][relaxed] += (slacks / program.unit[guards])[relaxed]
        unit = program.unit[guards].max()
        excess[guards] = np.where(relaxed, unit / program.unit[guards], 0.0)
        slack = unit * program.minimise(None, lower, program.upper, excess)
        if not np.isfinite(slack):
            return np.inf
        dropped = relaxed & (slacks > slack)
        if not dropped.any():
            return slack
        relaxed &= ~dropped
    return 0.0


def smallest_excess(problem):
    """Return the smallest common violation of the rows' intervals, in units of their scale."""
    program = _Program(problem)
    return program.minimise(None, program.lower, program.upper, np.ones(len(program.rows)), True)


class _Program:
    """The constraints of a problem, each row in units of its largest entry.

    Without bounds the weights only matter through the span of the rows: m variables are enough.
    """

    def __init__(self, problem):
        largest = np.max(np.abs(problem.rows), axis=1, initial=0.0)
        self.unit = np.where(largest > 0, largest, 1.0)
        self.rows = problem.rows / self.unit[:, None]
        self.lower, self.upper = problem.lower / self.unit, problem.upper / self.unit
        low, high = (np.broadcast_to(bound, problem.linear.shape) for bound in problem.bounds)
        if np.isinf(low).all() and np.isinf(high).all():
            self.rows = self.rows @ np.linalg.qr(self.rows.T)[0]
            low = np.full(self.rows.shape[1], -np.inf)
            high = -low
        self.box = np.column_stack([low, high])

    def minimise(self, cost, lower, upper, excess, both=False):
        """Minimise `cost . e`, or the variable t by which `excess` lets the rows miss their ends.

        `lower - t excess <= rows e`, and with `both` also `rows e <= upper + t excess`.
        """
        with_t = np.any(excess)
        spread = np.broadcast_to(excess, len(self.rows))[:, None]
        low, high = np.isfinite(lower), np.isfinite(upper)
        matrix = np.vstack([-self.rows[low], self.rows[high]])
        box = self.box
        objective = cost
        if with_t:
            columns = np.vstack([-spread[low], -spread[high] if both else 0.0 * spread[high]])
            matrix = np.hstack([matrix, columns])
            objective = np.zeros(matrix.shape[1])
            objective[-1] = 1.0
            box = np.vstack([box, [0.0, np.inf]])
        ends = np.concatenate([-lower[low], upper[high]])
        answer = linprog(objective, A_ub=matrix, b_ub=ends, bounds=box, method="highs")
        if answer.status == 2:
            return np.inf
        if answer.status == 3:
            return -np.inf
        if answer.status:
            raise SoftUnlearnError(
                f"The linear program for the answer to an infeasible request failed: "
                f"{answer.message} Loosen 'bounds' or lower 'delta'."
            )
        return answer.fun
