"""Rows that may miss their ends by a common amount: how small that amount can be."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sk_softunlearn.exceptions import SoftUnlearnError
from sk_softunlearn.weights._interior import interior_point

__all__ = ["ElasticRows"]

# Weights that are solved for at once. Of more of them, most are found at a bound beforehand.
MOST_AT_ONCE = 20_000
# Tolerance of prices that a sample gives.
SKETCHED = 1e-8
# Price of missing an end that must be kept, in prices of the ends that are let off. It is exact
# where it is above the price that the end turns out to have.
FORBIDDING = (1e1, 1e3, 1e6)
# Share of its terms below which a sum is rounding.
NOTHING = 1e-12
# Shares of a row's extent that are rounding: of an end that is missed, of prices times rows, and
# of an answer.
MISSED, ROUNDING, EXACT = 1e-9, 1e-11, 1e-10
# Trials at which weights are in doubt.
MOST_TRIALS = 20


@dataclass(frozen=True)
class _Ends:
    """K ends as equations `sign row e + loose t + v - w = right` with `0 <= w <= room`.

    An end that is let off has `loose` above 0. The others may miss by v, which costs much; on
    either side if they are both ends of a row, which then has a finite `room`.
    """

    row: np.ndarray
    sign: np.ndarray
    right: np.ndarray
    loose: np.ndarray
    room: np.ndarray

    def unknowns(self, penalty):
        """Return matrix, cost and room of the unknowns t, v and w, in this order."""
        unit, kept, slack = np.eye(len(self.row)), self.loose == 0, self.room > 0
        either = kept & np.isfinite(self.room)
        matrix = np.hstack([self.loose[:, None], unit[:, kept], -unit[:, either], -unit[:, slack]])
        n_missed = np.count_nonzero(kept) + np.count_nonzero(either)
        cost = np.zeros(matrix.shape[1])
        cost[0], cost[1 : 1 + n_missed] = 1.0, penalty
        room = np.full(matrix.shape[1], np.inf)
        room[1 + n_missed :] = self.room[slack]
        return matrix, cost, room, n_missed


class _Dual(NamedTuple):
    """The dual at some prices: its value, `sum_k prices_k sign_k row_k`, and what is rounding."""

    value: float
    force: np.ndarray
    rounding: float


class ElasticRows:
    """The constraints of a weight problem, each row in units of its extent within the bounds.

    The dual has one unknown per end; its maximum is found by an interior-point method. Of many
    weights a sample gives prices first. Weights whose sign of `prices . rows` is then beyond doubt
    are put at their bounds, the others are solved for, and all are checked (Portnoy and Koenker
    1997, section 5).

    Parameters
    ----------
    problem : WeightProblem
        Any.

    Attributes
    ----------
    unit : ndarray of shape (m,)
        Extent of every row.
    lower, upper : ndarray of shape (m,)
        Ends of the rows in that unit.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.weights import WeightProblem
    >>> from sk_softunlearn.weights._elastic import ElasticRows
    >>> ones = np.ones(4)
    >>> rows = ElasticRows(WeightProblem(ones, [ones], [3.0], [np.inf], bounds=(-0.5, 0.5)))
    >>> round(float(rows.unit[0] * rows.smallest(rows.lower, rows.upper, np.ones(1))), 9)
    1.0
    """

    def __init__(self, problem):
        self.stack, self.n = problem.stack, len(problem.linear)
        self.low, self.high = problem.bounds
        width = self.high - self.low
        width = np.where(np.isfinite(width), width, 1.0)
        extents = np.array([np.abs(row) @ np.broadcast_to(width, self.n) for row in self.vectors])
        self.unit = np.where(extents > 0, extents, 1.0)
        self.largest = np.array([np.max(np.abs(row), initial=0.0) for row in self.vectors])
        self.lower, self.upper = problem.lower / self.unit, problem.upper / self.unit

    @property
    def vectors(self):
        """The rows in their own unit."""
        return self.stack.vectors

    def smallest(self, lower, upper, below, above=None):
        """Return the smallest t of at least 0 with which the rows reach their ends.

        Parameters
        ----------
        lower, upper : ndarray of shape (m,)
            Ends, in units of the rows.
        below, above : ndarray of shape (m,)
            `lower - t below <= rows e <= upper + t above`; None: 0.

        Returns
        -------
        t : float
            inf where no t is enough.

        Raises
        ------
        SoftUnlearnError
            If rounding hides the answer.
        """
        above = np.zeros(len(upper)) if above is None else above
        ends = _ends(lower, upper, below, above)
        for penalty in FORBIDDING:
            t, missed = self._solve(ends, penalty)
            if missed <= MISSED:
                return t
            if penalty == FORBIDDING[0] and self._contradict(lower, upper, below, above):
                return np.inf
        raise SoftUnlearnError(
            f"How far the weights can go is hidden by rounding: ends that must be kept are missed "
            f"by {missed:.1e}. Loosen 'bounds' or the slack of a guard, or lower 'delta'."
        )

    def _contradict(self, lower, upper, below, above):
        """Say whether the ends that are not let off cannot be kept together."""
        every = np.ones(len(lower))
        lower, upper = np.where(below > 0, -np.inf, lower), np.where(above > 0, np.inf, upper)
        return self._solve(_ends(lower, upper, every, every), 1.0)[0] > MISSED

    def _solve(self, ends, penalty):
        """Return t, and by how much the ends that must be kept are missed."""
        if not len(ends.row):
            return 0.0, 0.0
        if self.n > MOST_AT_ONCE:
            answer = self._by_sample(ends, penalty)
            if answer is not None:
                return answer
        return self._part(ends, penalty, np.arange(self.n))[:2]

    def _by_sample(self, ends, penalty):
        """Return the same, solved for the weights that are not beyond doubt; None: for too many."""
        rng = np.random.default_rng(0)
        best, share, where, settled, failed = None, 1.0, None, None, 0
        for _ in range(MOST_TRIALS):
            in_doubt = self.n if where is None else len(where)
            drawn, tol = failed < 2 and in_doubt > MOST_AT_ONCE, 1e-12
            if drawn:
                drawn_from = rng.integers(in_doubt, size=MOST_AT_ONCE)
                where, tol = drawn_from if where is None else where[drawn_from], SKETCHED
            factor = in_doubt / len(where) if drawn else 1.0
            t, missed, prices = self._part(ends, penalty, where, factor, settled, tol)
            trial = self._dual(ends, prices)
            if not drawn and t + penalty * missed - max(trial.value, 0.0) <= EXACT * (1 + t):
                return t, missed
            # The error of sampled prices is that of the sums over those in doubt.
            if best is None or trial.value > best.value:
                best, failed = trial, 0
                share = max(4.0 * share / np.sqrt(MOST_AT_ONCE), MOST_AT_ONCE / self.n)
            else:
                # More was in doubt; if that does not help, all of it is solved for.
                failed, share = failed + 1, 3.0 * share
            if share > 0.5:
                return None
            distance = np.abs(best.force)
            few = distance[rng.integers(self.n, size=MOST_AT_ONCE)]
            settled = self._at_bounds(best.force)
            inside = distance <= max(np.quantile(few, share), best.rounding)
            inside |= ~np.isfinite(settled)
            settled[inside] = 0.0
            where = np.flatnonzero(inside)
        return None

    def _part(self, ends, penalty, where, factor=1.0, rest=None, tol=1e-12):
        """Return t, what is missed and the prices, where the other weights are `rest`.

        Parameters
        ----------
        where : ndarray of shape (N,)
            Which weights are solved for.
        factor : float, default=1.0
            How many weights each of them stands for.
        rest : ndarray of shape (n,), default=None
            The other weights, 0 for those that are solved for; None: there are no others.
        tol : float, default=1e-12
            Of the interior-point method.
        """
        low, high = (np.broadcast_to(end, self.n)[where] for end in (self.low, self.high))
        rows = np.array([row[where] for row in self.vectors]).reshape(-1, len(where))
        rows *= factor / self.unit[:, None]
        matrix = ends.sign[:, None] * rows[ends.row]
        right = ends.right
        if rest is not None:
            right = right - ends.sign * (self.stack.values(rest) / self.unit)[ends.row]
        # Weights are counted from a finite bound on; those without one are eliminated.
        upwards = np.isfinite(low)
        bounded = upwards | np.isfinite(high)
        base = np.where(upwards, low, np.where(bounded, high, 0.0))
        right = right - matrix @ base
        free, moving = matrix[:, ~bounded], bounded & (low < high)
        weights = matrix[:, moving] * np.where(upwards, 1.0, -1.0)[moving]
        others, cost, others_room, n_missed = ends.unknowns(penalty)
        room = np.concatenate([others_room, (high - low)[moving]])
        matrix = np.hstack([others, weights])
        start = _start(matrix, right, room, others.shape[1], n_missed)
        basis, spread = _spread(free)
        kept = basis[spread <= NOTHING * np.max(spread, initial=0.0)]
        # Rows that nearly depend on each other differ in equations of their own. What is rounding
        # there must not be taken for an entry: of weights without bounds there is no end.
        kept = _spread(kept @ weights)[0] @ kept
        mixed = kept @ matrix
        mixed[np.abs(mixed) <= NOTHING * (np.abs(kept) @ np.abs(matrix))] = 0.0
        x, prices, _ = interior_point(
            mixed,
            kept @ right,
            np.concatenate([cost, np.zeros(len(room) - len(cost))]),
            room,
            start,
            tol,
        )
        return x[0], np.sum(x[1 : 1 + n_missed]), prices @ kept

    def _at_bounds(self, force):
        """Return the bound that each weight is pushed to."""
        return np.where(force > 0, self.high, self.low)

    def _dual(self, ends, prices):
        """Return the value of the dual, which no t is below; -inf where a weight has no end."""
        net = np.bincount(ends.row, ends.sign * prices, minlength=len(self.unit)) / self.unit
        force = self.stack.combine(None, net)
        rounding = ROUNDING * np.max(np.abs(net) * self.largest)
        force[np.abs(force) <= rounding] = 0.0
        pushed = self._at_bounds(force)
        pushed[force == 0] = 0.0
        return _Dual(float(ends.right @ prices - force @ pushed), force, rounding)


def _ends(lower, upper, below, above):
    """Return the finite ends; both ends of a row are one equation if neither is let off."""
    ends = []
    for row, (low, high) in enumerate(zip(lower, upper, strict=True)):
        if np.isfinite([low, high]).all() and not (below[row] or above[row]):
            ends.append((row, 1.0, low, 0.0, high - low))
            continue
        if np.isfinite(low):
            ends.append((row, 1.0, low, below[row], np.inf))
        if np.isfinite(high):
            ends.append((row, -1.0, -high, above[row], np.inf))
    table = np.array(ends, dtype=float).reshape(-1, 5)
    return _Ends(table[:, 0].astype(int), *table[:, 1:].T)


def _start(matrix, right, room, n_others, n_missed):
    """Return unknowns off their bounds that come near the equations."""
    start = np.where(np.isfinite(room), 0.5 * room, 1.0)
    start[:n_others] = 0.0
    missing = right - matrix @ start
    loose = matrix[:, 0]
    start[0] = 1.0 + np.max(missing[loose > 0] / loose[loose > 0], initial=0.0)
    start[1 : 1 + n_missed] = 0.1
    slack = slice(1 + n_missed, n_others)
    left = np.maximum(matrix @ start - right, 0.1) @ -matrix[:, slack]
    start[slack] = np.minimum(left, 0.5 * room[slack])
    return start


def _spread(matrix):
    """Return an orthonormal basis of the equations, as rows, and how much of each there is."""
    root = np.linalg.qr(matrix.T, mode="r")
    basis, spread, _ = np.linalg.svd(root.T)
    basis[np.abs(basis) <= NOTHING] = 0.0
    return basis.T, np.concatenate([spread, np.zeros(len(basis) - len(spread))])
