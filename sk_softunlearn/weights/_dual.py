"""The dual of a weight problem with bounds."""

from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from sk_softunlearn.weights._low_rank import look

__all__ = ["Dual", "Place"]


class Place(NamedTuple):
    """Values of a problem at some prices.

    Parameters
    ----------
    unknowns : ndarray of shape (k + q,)
        Prices, then the moments `R e` if there is a low-rank term R.
    epsilon : ndarray of shape (n,)
        Weight changes that these unknowns ask for, within the bounds.
    gradient : ndarray of shape (k + q,)
        Gradient of the dual.
    seen : Seen or None
        Products with the low-rank term. None if there is none.
    """

    unknowns: np.ndarray
    epsilon: np.ndarray
    gradient: np.ndarray
    seen: Any


class Dual:
    """The concave, piecewise quadratic dual of a problem.

    Its unknowns are one price per finite end of a row. If the problem has a low-rank term R, the q
    entries of R e are unknowns, too. Price k belongs to row `row[k]`. `sign[k]` is 1 for a lower
    end and -1 for an upper one. An equality has one price of either sign. Rows have unit norm.

    Parameters
    ----------
    problem : WeightProblem
        Any problem.
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
        # The last epsilon, and the curvature at it.
        self._last: tuple | None = None

    def start(self) -> Place:
        """Return the starting place: the solution without bounds, if there is one."""
        unknowns = np.zeros(self.k + self.q)
        multipliers = self.problem.closed_form
        if multipliers is None:
            multipliers = np.zeros(len(self.problem.stack))
        prices = self.sign * (multipliers * self.problem.scale)[self.row]
        unknowns[: self.k] = np.where(self.free, prices, np.maximum(prices, 0.0))
        if self.q:
            unknowns[self.k :] = self.problem.moments(multipliers)
        return self.at(unknowns)

    def multipliers(self, unknowns):
        """Return the prices of the rows, of shape (m,)."""
        signed = self.sign * unknowns[: self.k]
        total = np.bincount(self.row, signed, minlength=len(self.problem.stack))
        return total / self.problem.scale

    def at(self, unknowns) -> Place:
        """Return the values at some unknowns; R is read once."""
        problem = self.problem
        ideal = self._forced(unknowns, self.linear)
        if self.q:
            moments = unknowns[self.k :]
            known = (problem.stack, problem.cross, problem.low_rank.gram)
            given = (moments, ideal, 2 * problem.price, problem.bounds, *known)
            seen = look(problem.quadratic, *given)
            epsilon = seen.epsilon
        else:
            seen, epsilon = None, np.clip(ideal, *problem.bounds, out=ideal)
        values = problem.stack.values(epsilon) / problem.scale
        gradient = self.end - self.sign * values[self.row]
        if seen is not None:
            gradient = np.concatenate([gradient, seen.moved - moments])
        return Place(unknowns, epsilon, gradient, seen)

    def _forced(self, unknowns, start=None):
        """Return `start` plus the epsilon of the prices, without R and bounds."""
        factors = self.multipliers(unknowns) / (2 * self.problem.price)
        return self.problem.stack.combine(start, factors)

    def line(self, place, there):
        """Return the slope of the dual along the line from one place to another.

        On the line epsilon is `clip(ideal + length * move, bounds)`. So no row of X is read.

        Parameters
        ----------
        place, there : Place
            The line starts at `place`, at length 0, and passes `there`, at length 1.

        Returns
        -------
        slope : callable
            Function of the length.
        """
        scale, bounds = 2 * self.problem.price, self.problem.bounds
        step = there.unknowns - place.unknowns
        ideal, move = self._forced(place.unknowns, self.linear), self._forced(step)
        prices, moments = step[: self.k], step[self.k :]
        fixed, bent = prices @ self.end, moments @ moments
        if self.q:
            fixed -= moments @ place.unknowns[self.k :]
            ideal -= place.seen.pushed / scale
            move -= (there.seen.pushed - place.seen.pushed) / scale

        def slope(length):
            epsilon = length * move
            epsilon += ideal
            np.clip(epsilon, *bounds, out=epsilon)
            return fixed - length * bent - scale * (epsilon @ move)

        return slope

    def inside(self, place):
        """Return which entries of epsilon are off the bounds, of shape (n,)."""
        low, high = self.problem.bounds
        return (place.epsilon > low) & (place.epsilon < high)

    def curvature(self, place):
        """Return minus the Hessian, over the weights off the bounds, as a `_Curvature`."""
        if self._last is None or self._last[0] is not place.epsilon:
            self._last = place.epsilon, self._curvature(place)
        return self._last[1]

    def _curvature(self, place):
        problem = self.problem
        inside = self.inside(place)
        price = 2 * problem.price
        gram = problem.gram if inside.all() else problem.stack.gram(inside)
        gram = gram / np.outer(problem.scale, problem.scale) / price
        ends = gram[np.ix_(self.row, self.row)] * np.outer(self.sign, self.sign)
        if not self.q:
            return _Curvature(ends)
        cross = place.seen.cross / problem.scale[:, None] / price
        inner = place.seen.gram / price
        inner[np.diag_indices(self.q)] += 1.0
        return _Curvature(ends, -self.sign[:, None] * cross[self.row], inner)

    def error(self, place):
        """Return the violation of the optimality conditions, relative to their size."""
        prices, ends = place.unknowns[: self.k], place.gradient[: self.k]
        size = max(np.max(np.abs(self.end), initial=0.0), np.linalg.norm(place.epsilon))
        wrong = np.where(self.free | (prices > 0), ends, np.maximum(ends, 0))
        ends = np.max(np.abs(wrong), initial=0.0) / max(size, np.finfo(float).tiny)
        if not self.q:
            return ends
        moments = np.linalg.norm(place.unknowns[self.k :]) or 1.0
        return max(ends, np.linalg.norm(place.gradient[self.k :]) / moments)

    def residual(self, place) -> float:
        """Return the certificate of a place, `WeightProblem.residual`.

        It uses `R^T p` for `R^T R e`, where p are the moments among the unknowns. The difference is
        `R^T (R e - p)`. It is counted at its largest possible norm. The root of the trace of
        `R R^T` bounds the norm of R for this. So R is not read again.
        """
        problem = self.problem
        if self.q:
            missing = np.linalg.norm(place.gradient[self.k :])
            missing *= np.sqrt(np.trace(problem.low_rank.gram))
            problem.know(place.epsilon, place.seen.moved, place.seen.pushed, missing)
        return problem.residual(place.epsilon, self.multipliers(place.unknowns))


class _Curvature:
    """Curvature of the dual, in blocks: the ends, the moments R e, and the two together."""

    def __init__(self, ends, cross=None, inner=None):
        self.cross = cross
        self.ends = ends
        if cross is not None:
            self.factor = cho_factor(inner)
            self.ends = ends - cross @ cho_solve(self.factor, cross.T)

    def reduced(self, gradient):
        """Return the gradient in the prices, with the moments at their optimum."""
        k = len(self.ends)
        if self.cross is None:
            return gradient
        return gradient[:k] - self.cross @ cho_solve(self.factor, gradient[k:])

    def complete(self, step, gradient):
        """Return the step of all unknowns that belongs to a step of the prices."""
        if self.cross is None:
            return step
        moments = gradient[len(step) :] - self.cross.T @ step
        return np.concatenate([step, cho_solve(self.factor, moments)])
