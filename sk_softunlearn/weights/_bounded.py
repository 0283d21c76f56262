"""The native solver for bounded weights: a projected semismooth Newton method on the dual."""

import numpy as np
from scipy.optimize import nnls

from sk_softunlearn.exceptions import InfeasibleWeightsError
from sk_softunlearn.weights._reach import largest_value, smallest_excess

__all__ = ["solve_bounded"]

MAX_STEPS = 100
MAX_SEARCH = 80
# Relative residual of the dual's gradient at which it stops.
TOLERANCE = 1e-14
# Least curvature of a step, as a share of the rows' curvature without bounds.
DAMPING = 1e-12


class _Dual:
    """The concave, piecewise quadratic dual in one price per finite end of a row.

    Price k belongs to row `row[k]`; `sign[k]` is 1 for a lower end and -1 for an upper one. An
    equality has one price of either sign. Rows are at unit norm.
    """

    def __init__(self, problem):
        self.problem = problem
        self.lower, self.upper = problem.lower / problem.scale, problem.upper / problem.scale
        equal = self.lower == self.upper
        low = np.flatnonzero(np.isfinite(self.lower))
        high = np.flatnonzero(np.isfinite(self.upper) & ~equal)
        self.row = np.concatenate([low, high])
        self.sign = np.concatenate([np.ones(len(low)), -np.ones(len(high))])
        self.end = self.sign * np.concatenate([self.lower[low], self.upper[high]])
        self.free = np.concatenate([equal[low], np.zeros(len(high), dtype=bool)])

    def multipliers(self, prices):
        signed = np.bincount(self.row, self.sign * prices, minlength=len(self.problem.rows))
        return signed / self.problem.scale

    def epsilon(self, prices):
        problem = self.problem
        ideal = problem.reward + self.multipliers(prices) @ problem.rows
        ideal /= 2 * problem.price
        return np.clip(ideal, *problem.bounds)

    def state(self, prices):
        """Return epsilon and the dual's gradient, of shape (k,)."""
        epsilon = self.epsilon(prices)
        values = (self.problem.rows @ epsilon) / self.problem.scale
        return epsilon, self.end - self.sign * values[self.row]

    def curvature(self, epsilon):
        """Return minus the Hessian: the Gram matrix of the rows over the weights off the bounds."""
        problem = self.problem
        inside = (epsilon > problem.bounds[0]) & (epsilon < problem.bounds[1])
        kept = problem.rows * inside
        gram = (kept @ problem.rows.T) / np.outer(problem.scale, problem.scale)
        gram = gram[np.ix_(self.row, self.row)] * np.outer(self.sign, self.sign)
        return gram / (2 * problem.price)

    def error(self, prices, gradient):
        """Return by how much the conditions of the prices fail, in units of row values."""
        return np.max(np.abs(np.where(self.free | (prices > 0), gradient, np.maximum(gradient, 0))))


def solve_bounded(problem):
    """Solve a weight problem with bounds on epsilon.

    Given the prices y of the rows, `epsilon = clip((linear + rows^T y) / (2 lambda), bounds)`; the
    prices maximise a concave, piecewise quadratic dual. Each step maximises its quadratic model
    under the signs of the prices (a non-negative least-squares problem with one unknown per end),
    then searches the segment to that point for the zero of the slope. A step costs O(n m^2).

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
    InfeasibleWeightsError
        If no epsilon satisfies all constraints.
    """
    check_feasible(problem, thorough=False)
    dual = _Dual(problem)
    prices = np.zeros(len(dual.row))
    epsilon, gradient = dual.state(prices)
    if not len(prices):
        return epsilon, np.zeros(len(problem.rows))
    size = np.max(np.abs(dual.end))
    for _ in range(MAX_STEPS):
        if dual.error(prices, gradient) <= TOLERANCE * max(size, np.linalg.norm(epsilon)):
            break
        step = _newton_step(dual, prices, epsilon, gradient)
        if not gradient @ step > 0:
            break
        prices, epsilon, gradient = _search(dual, prices, step, gradient @ step)
    if dual.error(prices, gradient) > 1e-6 * max(size, np.linalg.norm(epsilon)):
        check_feasible(problem, thorough=True)
    multipliers = dual.multipliers(prices)
    candidates = (epsilon, _polish(dual, prices, epsilon, gradient))
    return min(candidates, key=lambda e: problem.residual(e, multipliers)), multipliers


def _polish(dual, prices, epsilon, gradient):
    """Move the weights off the bounds so that rows with a price meet their ends to rounding.

    The prices alone place the weights only to the rounding of `linear / (2 lambda)`.
    """
    held = dual.free | (prices > 0)
    curvature = dual.curvature(epsilon)[np.ix_(held, held)]
    low, high = dual.problem.bounds
    inside = (epsilon > low) & (epsilon < high)
    moved = np.zeros_like(prices)
    moved[held] = np.linalg.lstsq(curvature, gradient[held], rcond=1e-12)[0]
    step = (dual.multipliers(moved) @ dual.problem.rows) / (2 * dual.problem.price)
    return np.clip(epsilon + np.where(inside, step, 0.0), low, high)


def _newton_step(dual, prices, epsilon, gradient):
    """Return the step to the maximum of the quadratic model under the signs of the prices."""
    curvature = dual.curvature(epsilon)
    curvature[np.diag_indices(len(curvature))] += DAMPING / (2 * dual.problem.price)
    spread, basis = np.linalg.eigh(curvature)
    root = np.sqrt(np.maximum(spread, DAMPING / (2 * dual.problem.price)))
    matrix = root[:, None] * basis.T
    target = matrix @ prices + (basis.T @ gradient) / root
    # A price of either sign is the difference of two that are not negative.
    free = np.flatnonzero(dual.free)
    scale = np.linalg.norm(target) or 1.0
    solution = nnls(np.hstack([matrix, -matrix[:, free]]), target / scale, maxiter=1000)[0] * scale
    # The set of positive prices is what is wanted of it: its own rounding is that of the prices,
    # not that of the step.
    kept = dual.free | (solution[: len(prices)] > 0)
    step = np.where(kept, 0.0, -prices)
    wanted = gradient[kept] - curvature[np.ix_(kept, ~kept)] @ step[~kept]
    step[kept] = np.linalg.lstsq(curvature[np.ix_(kept, kept)], wanted, rcond=1e-15)[0]
    return np.where(dual.free, step, np.maximum(step, -prices))


def _search(dual, prices, step, start):
    """Return prices, epsilon and gradient where the slope along the step has fallen to near 0.

    The slope never rises along it. While it has hardly fallen at the full step, longer ones are
    tried, as far as the signs of the prices allow: with all weights on their bounds the dual is
    linear, and the model does not see the end of that.
    """
    shrinking = ~dual.free & (step < 0)
    longest = np.min(prices[shrinking] / -step[shrinking], initial=np.inf)
    low, high, length = 0.0, np.inf, 1.0
    for attempt in range(MAX_SEARCH):
        trial = prices + length * step
        epsilon, gradient = dual.state(trial)
        slope = gradient @ step
        fallen = slope < 0.9 * start or length >= longest
        if abs(slope) <= 0.1 * start or (slope > 0 and fallen and length >= 1.0):
            break
        low, high = (length, high) if slope > 0 else (low, length)
        if high == np.inf:
            length = min(10 * length, max(longest, 1.0))
            continue
        # Every other halving is of the exponent: from a flat stretch a step can be far too long.
        length = np.sqrt(max(low, 1e-16) * high) if attempt % 2 else (low + high) / 2
    return np.where(dual.free, trial, np.maximum(trial, 0.0)), epsilon, gradient


def check_feasible(problem, thorough):
    """Raise where the rows and bounds contradict each other.

    Parameters
    ----------
    problem : WeightProblem
        Any.
    thorough : bool
        Solve a linear program for all rows together; otherwise look at each row alone.

    Raises
    ------
    InfeasibleWeightsError
        Naming the first row that cannot be satisfied.
    """
    low, high = problem.bounds
    for index, row in enumerate(problem.rows):
        with np.errstate(invalid="ignore"):
            ends = (
                np.where(row > 0, row * high, row * low),
                np.where(row > 0, row * low, row * high),
            )
        most, least = (np.where(row == 0, 0.0, end).sum() for end in ends)
        if most < problem.lower[index] or least > problem.upper[index]:
            raise InfeasibleWeightsError(
                f"Row {index} must lie in [{problem.lower[index]:g}, {problem.upper[index]:g}], "
                f"and within 'bounds' it can only lie in [{least:g}, {most:g}]. Loosen 'bounds' "
                "or the row's interval."
            )
    if thorough and smallest_excess(problem) > 1e-9:
        raise InfeasibleWeightsError(
            "The rows contradict each other within 'bounds': no epsilon satisfies all of their "
            f"intervals. With the other rows kept, row 0 can be at most "
            f"{largest_value(problem):g}. Loosen an interval or 'bounds'."
        )
