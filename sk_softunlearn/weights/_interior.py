"""A linear program with few equations and many bounded unknowns, by an interior-point method."""

import numpy as np
from scipy.linalg import solve_triangular

__all__ = ["interior_point"]

MAX_STEPS = 200
# Steps in a row without a better point, after which only rounding is left.
PATIENCE = 8
# Share of the way to the boundary that a step goes.
SHORT_OF = 0.9995
# Distance and slope at a bound, so that their quotients stay finite.
SMALLEST = 1e-60
# Largest second-order term, in the mean product of distance and slope.
SECOND_ORDER = 0.1
# Of the solution of a linear system.
REFINEMENTS = 1


def interior_point(matrix, right, cost, room, start, tol=1e-12):
    """Minimise `cost . x` under `matrix x = right` and `0 <= x <= room`.

    The predictor-corrector method of Mehrotra (1992) with upper bounds (Portnoy and Koenker 1997,
    section 4). A step costs O(N K^2): only a K x K matrix is factored. Ties and dependent columns
    make no difference to it. The prices of the equations are those of the maximum of
    `right . y + sum_i min(0, s_i) room_i` with `s = cost - matrix^T y`.

    Parameters
    ----------
    matrix : ndarray of shape (K, N)
        The equations.
    right : ndarray of shape (K,)
        Their right-hand sides.
    cost : ndarray of shape (N,)
        Of every unknown.
    room : ndarray of shape (N,)
        Upper bounds, above 0; inf where there is none.
    start : ndarray of shape (N,)
        Between the bounds; it need not satisfy the equations.
    tol : float, default=1e-12
        Largest gap between the two values, and largest residual of an equation, in shares of
        their size (at least 1).

    Returns
    -------
    x : ndarray of shape (N,)
        The best point seen.
    prices : ndarray of shape (K,)
        Those of the equations.
    error : float
        Its gap or residual as above; larger than `tol` where rounding allows no better.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.weights._interior import interior_point
    >>> cheap_first = np.array([1.0, 3.0])
    >>> x, prices, _ = interior_point(
    ...     np.ones((1, 2)), np.ones(1), cheap_first, np.array([0.75, np.inf]), np.full(2, 0.5)
    ... )
    >>> x.round(9), prices.round(9)
    (array([0.75, 0.25]), array([3.]))
    """
    point = _Point(matrix, right, cost, room, start)
    best, waited = point.answer(), 0
    for _ in range(MAX_STEPS):
        if best[2] <= tol or waited > PATIENCE:
            break
        point.advance()
        answer = point.answer()
        if not np.isfinite(answer[2]):
            break
        waited = 0 if answer[2] < 0.9 * best[2] else waited + 1
        best = min(best, answer, key=lambda each: each[2])
    return best


class _Point:
    """An iterate: x, its distance q to the upper bounds, prices y, and slopes z and w at both."""

    def __init__(self, matrix, right, cost, room, start):
        self.matrix, self.right, self.cost, self.room = matrix, right, cost, room
        self.boxed = np.isfinite(room)
        self.x, self.y = start.astype(float), np.zeros(len(right))
        self.q = np.where(self.boxed, room - start, 1.0)
        level = 1.0 / len(start)
        self.z = np.maximum(cost, level / self.x)
        self.w = np.where(self.boxed, level / self.q, 0.0)

    def answer(self):
        """Return x, the prices, and how far they are from being the answer."""
        slope = self.cost - self.y @ self.matrix
        value = self.cost @ self.x
        below = np.minimum(slope, 0.0)
        bound = self.right @ self.y + below[self.boxed] @ self.room[self.boxed]
        gap = abs(value - bound) / (1.0 + abs(value))
        residual = np.max(np.abs(self.right - self.matrix @ self.x), initial=0.0)
        residual /= 1.0 + np.max(np.abs(self.right), initial=0.0)
        error = max(gap, residual, -np.min(below[~self.boxed], initial=0.0))
        return self.x, self.y, float(error)

    def advance(self):
        """Take one step: the affine direction says how far to centre (Mehrotra 1992)."""
        spread = 1.0 / (self.z / self.x + self.w / self.q)
        solve = _solver(self.matrix, spread)
        missing = self.right - self.matrix @ self.x
        slope = self.cost - self.y @ self.matrix - self.z + self.w
        low, high = -self.x * self.z, np.where(self.boxed, -self.q * self.w, 0.0)

        def direction(low, high):
            pull = slope - low / self.x + high / self.q
            dy = solve(missing + self.matrix @ (spread * pull))
            dx = spread * (dy @ self.matrix - pull)
            dz = (low - self.z * dx) / self.x
            return dx, dy, dz, np.where(self.boxed, (high + self.w * dx) / self.q, 0.0)

        count = len(self.x) + np.count_nonzero(self.boxed)
        level = -(low.sum() + high.sum()) / count
        dx, _, dz, dw = direction(low, high)
        primal, dual = self._longest(dx, dz, dw, 1.0)
        after = (self.x + primal * dx) @ (self.z + dual * dz)
        after += (self.q - primal * dx)[self.boxed] @ (self.w + dual * dw)[self.boxed]
        target = level * (after / count / level) ** 3
        # Where few steps were left to a bound the second order of the affine step says little.
        most = max(target, SECOND_ORDER * level)
        low += target - np.clip(dx * dz, -most, most)
        high = np.where(self.boxed, high + target + np.clip(dx * dw, -most, most), 0.0)
        dx, dy, dz, dw = direction(low, high)
        primal, dual = self._longest(dx, dz, dw, SHORT_OF)
        self.x = np.maximum(self.x + primal * dx, SMALLEST)
        self.q = np.where(self.boxed, np.maximum(self.room - self.x, SMALLEST), 1.0)
        self.y = self.y + dual * dy
        self.z = np.maximum(self.z + dual * dz, SMALLEST)
        self.w = np.where(self.boxed, np.maximum(self.w + dual * dw, SMALLEST), 0.0)

    def _longest(self, dx, dz, dw, share):
        """Return the longest steps of x and of the slopes that stay within the bounds."""
        boxed = self.boxed
        primal = min(_length(self.x, dx), _length(self.q[boxed], -dx[boxed]))
        dual = min(_length(self.z, dz), _length(self.w[boxed], dw[boxed]))
        return min(1.0, share * primal), min(1.0, share * dual)


def _length(values, steps):
    falling = steps < 0
    return np.min(values[falling] / -steps[falling], initial=np.inf)


def _solver(matrix, spread):
    """Return what solves with `matrix diag(spread) matrix^T`, also where rows nearly depend.

    The product itself would lose what they differ in; its root by QR keeps it, and the solution is
    refined (corrected seminormal equations, Bjorck 1987).
    """
    root = np.linalg.qr((matrix * np.sqrt(spread)).T, mode="r")
    size = np.abs(root.diagonal())
    size = np.maximum(size, SMALLEST + np.finfo(float).eps ** 2 * np.max(size, initial=0.0))
    root[np.diag_indices(len(root))] = np.where(root.diagonal() < 0, -size, size)

    def once(right):
        return solve_triangular(root, solve_triangular(root, right, trans=1))

    def solve(right):
        solution = once(right)
        for _ in range(REFINEMENTS):
            solution += once(right - matrix @ (spread * (solution @ matrix)))
        return solution

    return solve
