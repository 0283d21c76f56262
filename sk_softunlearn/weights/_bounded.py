"""The native solver for bounded weights: a projected semismooth Newton method on the dual."""

import numpy as np
from scipy.optimize import nnls

from sk_softunlearn.exceptions import InfeasibleWeightsError
from sk_softunlearn.weights._dual import Dual
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
# A certificate at which nothing is polished that would have to be read for it.
SURE = 1e-11
# Size of the unknowns, relative to those at the start, beyond which the dual has no maximum.
ENDLESS = 1e40
# Least curvature of a step, as a share of the rows' curvature without bounds.
DAMPING = 1e-12


def solve_bounded(problem, place=None):
    """Solve a weight problem with bounds on epsilon.

    Given the prices y of the rows and the moments `p = R e`,
    `e = clip((linear + rows^T y - R^T p) / (2 lambda), bounds)`; both maximise a concave, piecewise
    quadratic dual. Each step maximises its quadratic model under the signs of the prices (a
    non-negative least-squares problem with one unknown per end), then searches the segment to that
    point for the zero of the slope. A step costs O(n m^2), and once or twice a look at a low-rank
    term.

    Parameters
    ----------
    problem : WeightProblem
        Any.
    place : Place, default=None
        Where to start from, as `Dual.start` finds it.

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
    dual = Dual(problem)
    place = dual.start() if place is None else place
    if not len(place.unknowns):
        return place.epsilon, np.zeros(len(problem.stack))
    error = dual.error(place)
    endless = ENDLESS * max(np.max(np.abs(place.unknowns)), 1.0)
    for steps in range(MAX_STEPS):
        if steps == PATIENCE and error > FAR:
            check_feasible(problem, thorough=True)
        step = _newton_step(dual, place)
        if error <= TOLERANCE or not place.gradient @ step > 0:
            break
        trial = _search(dual, place, step)
        last, error = error, dual.error(trial)
        still = np.array_equal(trial.unknowns, place.unknowns)
        # Where nothing has moved, nothing will.
        if still or (error > 0.5 * last and last <= STAGNANT):
            error = last
            break
        place = trial
        if np.max(np.abs(place.unknowns)) > endless:
            break
    if error > FAR and steps < PATIENCE:
        check_feasible(problem, thorough=True)
    multipliers = dual.multipliers(place.unknowns)
    if dual.q and dual.residual(place) <= SURE:
        return place.epsilon, multipliers
    problem.forget()
    candidates = (place.epsilon, _polish(dual, place))
    return min(candidates, key=lambda e: problem.residual(e, multipliers)), multipliers


def _polish(dual, place):
    """Move the weights off the bounds so that rows with a price meet their ends to rounding.

    The prices alone place the weights only to the rounding of `linear / (2 lambda)`.
    """
    held = dual.free | (place.unknowns[: dual.k] > 0)
    curvature = dual.curvature(place)
    moved = np.zeros(dual.k)
    wanted = curvature.reduced(place.gradient)[held]
    moved[held] = np.linalg.lstsq(curvature.ends[np.ix_(held, held)], wanted, rcond=1e-12)[0]
    moved = curvature.complete(moved, place.gradient)
    step = dual.problem.stack.combine(None, dual.multipliers(moved))
    if dual.q:
        step -= dual.problem.quadratic.rmatvec(moved[dual.k :])
    step /= 2 * dual.problem.price
    return np.clip(place.epsilon + np.where(dual.inside(place), step, 0.0), *dual.problem.bounds)


def _newton_step(dual, place):
    """Return the step to the maximum of the quadratic model under the signs of the prices."""
    model, gradient = dual.curvature(place), place.gradient
    if not dual.k:
        return model.complete(np.zeros(0), gradient)
    prices, slope = place.unknowns[: dual.k], model.reduced(gradient)
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


def _search(dual, place, step):
    """Return the place where the slope along a step has fallen to near 0.

    The slope never rises along it. While it has hardly fallen at the full step, longer ones are
    tried, as far as the signs of the prices allow: with all weights on their bounds the dual is
    linear, and the model does not see the end of that. Only the full step and the one that is taken
    are looked at; between them the slope follows from the two, unless rounding hides it.
    """
    prices, moves = place.unknowns[: dual.k], step[: dual.k]
    shrinking = ~dual.free & (moves < 0)
    longest = np.min(prices[shrinking] / -moves[shrinking], initial=np.inf)
    start, full = place.gradient @ step, dual.at(place.unknowns + step)
    first = full.gradient @ step

    def there(length):
        unknowns = place.unknowns + length * step
        least = np.where(dual.free, -np.inf, 0.0)
        unknowns[: dual.k] = np.maximum(unknowns[: dual.k], least)
        return dual.at(unknowns)

    length = _length(start, first, longest, lambda: dual.line(place, full))
    if length == 1.0:
        return full
    trial = there(length)
    if abs(trial.gradient @ step) <= start:
        return trial
    # The slope between the two was rounding: every length is looked at.
    return there(_length(start, first, longest, lambda: lambda each: there(each).gradient @ step))


def _length(start, slope, longest, along):
    """Return how far to go: `along()` gives the slope by length, which is `slope` at 1."""
    low, high, length, at = 0.0, np.inf, 1.0, None
    for attempt in range(MAX_SEARCH):
        fallen = slope < 0.9 * start or length >= longest
        if abs(slope) <= 0.1 * start or (slope > 0 and fallen and length >= 1.0):
            break
        low, high = (length, high) if slope > 0 else (low, length)
        if high == np.inf:
            length = min(10 * length, longest)
        else:
            # Every other halving is of the exponent: from a flat stretch a step can be far too
            # long.
            length = np.sqrt(max(low, 1e-16) * high) if attempt % 2 else (low + high) / 2
        at = along() if at is None else at
        slope = at(length)
    return length


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
