"""The native solver for bounded weights: a projected semismooth Newton method on the dual."""

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import nnls

from sk_softunlearn.exceptions import InfeasibleWeightsError
from sk_softunlearn.weights._reach import smallest_excess

__all__ = ["solve_bounded"]

MAX_STEPS = 100
# Steps after which a problem that is still far from solved is checked for contradictions.
PATIENCE = 8
# Relative residual of the dual's gradient above which a problem is far from solved.
FAR = 1e-6
MAX_SEARCH = 80
# Relative residual of the dual's gradient at which it stops.
TOLERANCE = 1e-14
# The same, below which a step that does not halve it shows that only rounding is left.
STAGNANT = 1e-11
# Size of the unknowns, relative to those at the start, beyond which the dual has no maximum.
ENDLESS = 1e40
# Least curvature of a step, as a share of the rows' curvature without bounds.
DAMPING = 1e-12


class _Dual:
    """The concave, piecewise quadratic dual of a problem.

    Its unknowns are one price per finite end of a row, and, where the problem has a low-rank term
    R, the q entries of R e. Price k belongs to row `row[k]`; `sign[k]` is 1 for a lower end and -1
    for an upper one. An equality has one price of either sign. Rows are at unit norm.
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
        self.k = len(self.row)
        self.q = 0 if problem.quadratic is None else problem.quadratic.shape[0]
        self.linear = None if problem.reward is None else problem.reward / (2 * problem.price)
        # The last epsilon and the curvature there.
        self.last: tuple | None = None

    def start(self):
        """Return unknowns to start from: the answer without bounds, where there is one."""
        unknowns = np.zeros(self.k + self.q)
        multipliers = self.problem.closed_form
        if multipliers is None:
            multipliers = np.zeros(len(self.problem.stack))
        prices = self.sign * (multipliers * self.problem.scale)[self.row]
        unknowns[: self.k] = np.where(self.free, prices, np.maximum(prices, 0.0))
        if self.q:
            unknowns[self.k :] = self.problem.moments(multipliers)
        return unknowns

    def multipliers(self, unknowns):
        signed = self.sign * unknowns[: self.k]
        total = np.bincount(self.row, signed, minlength=len(self.problem.stack))
        return total / self.problem.scale

    def epsilon(self, unknowns):
        problem = self.problem
        ideal = problem.stack.combine(self.linear, self.multipliers(unknowns) / (2 * problem.price))
        if self.q:
            ideal -= problem.quadratic.rmatvec(unknowns[self.k :]) / (2 * problem.price)
        return np.clip(ideal, *problem.bounds, out=ideal)

    def state(self, unknowns):
        """Return epsilon and the dual's gradient, of shape (k + q,)."""
        problem = self.problem
        epsilon = self.epsilon(unknowns)
        values = problem.stack.values(epsilon) / problem.scale
        gradient = self.end - self.sign * values[self.row]
        if self.q:
            moments = problem.quadratic.matvec(epsilon) - unknowns[self.k :]
            gradient = np.concatenate([gradient, moments])
        return epsilon, gradient

    def curvature(self, epsilon):
        """Return minus the Hessian over the weights off the bounds, as `_Curvature`."""
        if self.last is None or self.last[0] is not epsilon:
            self.last = epsilon, self._curvature(epsilon)
        return self.last[1]

    def _curvature(self, epsilon):
        problem = self.problem
        inside = (epsilon > problem.bounds[0]) & (epsilon < problem.bounds[1])
        price = 2 * problem.price
        gram = problem.gram if inside.all() else problem.stack.gram(inside)
        gram = gram / np.outer(problem.scale, problem.scale) / price
        ends = gram[np.ix_(self.row, self.row)] * np.outer(self.sign, self.sign)
        if not self.q:
            return _Curvature(ends)
        cross = problem.cross if inside.all() else problem.stack.cross(problem.quadratic, inside)
        cross = cross / problem.scale[:, None] / price
        inner = problem.low_rank.gram_inside(inside) / price
        inner[np.diag_indices(self.q)] += 1.0
        return _Curvature(ends, -self.sign[:, None] * cross[self.row], inner)

    def error(self, unknowns, epsilon, gradient):
        """Return by how much the conditions of the unknowns fail, as a share of their size."""
        prices, ends = unknowns[: self.k], gradient[: self.k]
        size = max(np.max(np.abs(self.end), initial=0.0), np.linalg.norm(epsilon))
        wrong = np.where(self.free | (prices > 0), ends, np.maximum(ends, 0))
        ends = np.max(np.abs(wrong), initial=0.0) / max(size, np.finfo(float).tiny)
        if not self.q:
            return ends
        moments = np.linalg.norm(unknowns[self.k :]) or 1.0
        return max(ends, np.linalg.norm(gradient[self.k :]) / moments)


class _Curvature:
    """Curvature of the dual: a block of the ends, one of the moments R e, and one between them."""

    def __init__(self, ends, cross=None, inner=None):
        self.cross = cross
        self.ends = ends
        if cross is not None:
            self.factor = cho_factor(inner)
            self.ends = ends - cross @ cho_solve(self.factor, cross.T)

    def reduced(self, gradient):
        """Return the gradient in the prices once the moments have followed them."""
        k = len(self.ends)
        if self.cross is None:
            return gradient
        return gradient[:k] - self.cross @ cho_solve(self.factor, gradient[k:])

    def complete(self, step, gradient):
        """Return the step of all unknowns for a step of the prices."""
        if self.cross is None:
            return step
        moments = gradient[len(step) :] - self.cross.T @ step
        return np.concatenate([step, cho_solve(self.factor, moments)])


def solve_bounded(problem):
    """Solve a weight problem with bounds on epsilon.

    Given the prices y of the rows and the moments `p = R e`,
    `e = clip((linear + rows^T y - R^T p) / (2 lambda), bounds)`; both maximise a concave, piecewise
    quadratic dual. Each step maximises its quadratic model under the signs of the prices (a
    non-negative least-squares problem with one unknown per end), then searches the segment to that
    point for the zero of the slope. A step costs O(n m^2), and O(n q) with a low-rank term.

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
    unknowns = dual.start()
    epsilon, gradient = dual.state(unknowns)
    if not len(unknowns):
        return epsilon, np.zeros(len(problem.stack))
    error = dual.error(unknowns, epsilon, gradient)
    endless = ENDLESS * max(np.max(np.abs(unknowns)), 1.0)
    for steps in range(MAX_STEPS):
        if steps == PATIENCE and error > FAR:
            check_feasible(problem, thorough=True)
        step = _newton_step(dual, unknowns, epsilon, gradient)
        if error <= TOLERANCE or not gradient @ step > 0:
            break
        trial = _search(dual, unknowns, step, gradient @ step)
        last, error = error, dual.error(*trial)
        if error > 0.5 * last and last <= STAGNANT:
            error = last
            break
        unknowns, epsilon, gradient = trial
        if np.max(np.abs(unknowns)) > endless:
            break
    if error > FAR and steps < PATIENCE:
        check_feasible(problem, thorough=True)
    multipliers = dual.multipliers(unknowns)
    candidates = (epsilon, _polish(dual, unknowns, epsilon, gradient))
    return min(candidates, key=lambda e: problem.residual(e, multipliers)), multipliers


def _polish(dual, unknowns, epsilon, gradient):
    """Move the weights off the bounds so that rows with a price meet their ends to rounding.

    The prices alone place the weights only to the rounding of `linear / (2 lambda)`.
    """
    held = dual.free | (unknowns[: dual.k] > 0)
    curvature = dual.curvature(epsilon)
    low, high = dual.problem.bounds
    inside = (epsilon > low) & (epsilon < high)
    moved = np.zeros(dual.k)
    wanted = curvature.reduced(gradient)[held]
    moved[held] = np.linalg.lstsq(curvature.ends[np.ix_(held, held)], wanted, rcond=1e-12)[0]
    moved = curvature.complete(moved, gradient)
    step = dual.problem.stack.combine(None, dual.multipliers(moved))
    if dual.q:
        step -= dual.problem.quadratic.rmatvec(moved[dual.k :])
    step /= 2 * dual.problem.price
    return np.clip(epsilon + np.where(inside, step, 0.0), low, high)


def _newton_step(dual, unknowns, epsilon, gradient):
    """Return the step to the maximum of the quadratic model under the signs of the prices."""
    model = dual.curvature(epsilon)
    if not dual.k:
        return model.complete(np.zeros(0), gradient)
    prices, slope = unknowns[: dual.k], model.reduced(gradient)
    curvature = model.ends.copy()
    curvature[np.diag_indices(dual.k)] += DAMPING / (2 * dual.problem.price)
    spread, basis = np.linalg.eigh(curvature)
    root = np.sqrt(np.maximum(spread, DAMPING / (2 * dual.problem.price)))
    matrix = root[:, None] * basis.T
    target = matrix @ prices + (basis.T @ slope) / root
    # A price of either sign is the difference of two that are not negative.
    free = np.flatnonzero(dual.free)
    scale = np.linalg.norm(target) or 1.0
    solution = nnls(np.hstack([matrix, -matrix[:, free]]), target / scale, maxiter=1000)[0] * scale
    # The solution carries the rounding of the prices, the step may only have its own. Dependent
    # rows leave a choice of prices: the least correction keeps the signs, a new solution would not.
    kept = dual.free | (solution[: dual.k] > 0)
    step = solution[: dual.k] - prices
    step[free] -= solution[dual.k :]
    missing = (slope - curvature @ step)[kept]
    step[kept] += np.linalg.lstsq(curvature[np.ix_(kept, kept)], missing, rcond=1e-10)[0]
    return model.complete(np.where(dual.free, step, np.maximum(step, -prices)), gradient)


def _search(dual, unknowns, step, start):
    """Return unknowns, epsilon and gradient where the slope along the step has fallen to near 0.

    The slope never rises along it. While it has hardly fallen at the full step, longer ones are
    tried, as far as the signs of the prices allow: with all weights on their bounds the dual is
    linear, and the model does not see the end of that.
    """
    prices, moves = unknowns[: dual.k], step[: dual.k]
    shrinking = ~dual.free & (moves < 0)
    longest = np.min(prices[shrinking] / -moves[shrinking], initial=np.inf)
    low, high, length = 0.0, np.inf, 1.0
    for attempt in range(MAX_SEARCH):
        trial = unknowns + length * step
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
    trial[: dual.k] = np.where(dual.free, trial[: dual.k], np.maximum(trial[: dual.k], 0.0))
    return trial, epsilon, gradient


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
    for index, row in enumerate(problem.stack.vectors):
        least, most = _extent(row, *problem.bounds)
        if most < problem.lower[index] or least > problem.upper[index]:
            raise InfeasibleWeightsError(
                f"Row {index} must lie in [{problem.lower[index]:g}, {problem.upper[index]:g}], "
                f"and within 'bounds' it can only lie in [{least:g}, {most:g}]. Loosen 'bounds' "
                "or the row's interval."
            )
    if thorough and smallest_excess(problem) > 1e-9:
        raise InfeasibleWeightsError(
            "The rows contradict each other within 'bounds': no epsilon satisfies all of their "
            "intervals. Loosen an interval or 'bounds'."
        )


def _extent(row, low, high):
    """Return the smallest and largest value of a row within the bounds on epsilon."""
    if low.ndim == high.ndim == 0:
        up = np.sum(row, where=row > 0)
        down = up - np.sum(row)
        parts = [(up, low, high), (down, -high, -low)]
        ends = [(a * b if a > 0 else 0.0, a * c if a > 0 else 0.0) for a, b, c in parts]
        return sum(least for least, _ in ends), sum(most for _, most in ends)
    with np.errstate(invalid="ignore"):
        least = np.where(row > 0, row * low, row * high)
        most = np.where(row > 0, row * high, row * low)
    return tuple(np.where(row == 0, 0.0, end).sum() for end in (least, most))
