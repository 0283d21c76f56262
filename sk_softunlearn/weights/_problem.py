"""The quadratic program of the weights."""

from functools import cached_property
from numbers import Real

import numpy as np

from sk_softunlearn.exceptions import SoftUnlearnError
from sk_softunlearn.weights._bounded import solve_bounded
from sk_softunlearn.weights._certificate import certificate
from sk_softunlearn.weights._checks import (
    check_interval,
    read_bound,
    read_quadratic,
    read_rows,
    read_vector,
)
from sk_softunlearn.weights._closed_form import solve_closed_form
from sk_softunlearn.weights._cvxpy import ROUNDING, solve_cvxpy
from sk_softunlearn.weights._dual import Dual
from sk_softunlearn.weights._low_rank import Woodbury, gathered
from sk_softunlearn.weights._solution import WeightSolution

__all__ = ["WeightProblem"]

SOLVERS = ("auto", "closed_form", "bounded", "cvxpy")
# A certificate above this is not an answer.
CERTIFIED = 1e-9


class WeightProblem:
    """Smallest ``regularization |e|^2 - linear @ e``, with one weight change e per row.

    Subject to `lower <= rows @ e <= upper` and `bounds[0] <= e <= bounds[1]`. Strictly convex: the
    point that satisfies the KKT conditions is the only solution (arXiv 2505.18783, section 4, with
    the conditions on the multipliers kept).

    Parameters
    ----------
    linear : array-like of shape (n,)
        Reward of raising each weight; not used with `regularization="auto"`.
    rows : array-like of shape (m, n), or sequence of m arrays of shape (n,)
        Constraint rows; row 0 is the metric's, any other a guard's. Not copied.
    lower, upper : array-like of shape (m,)
        Ends of their intervals; -inf and inf where there is none. Equal: an equality.
    bounds : tuple of two (float, array-like of shape (n,) or None) or None, default=None
        Bounds on every e; None: none.
    regularization : float or "auto", default=1.0
        Price of ``|e|^2``; "auto" minimises ``|e|^2`` alone under the same constraints.
    quadratic : array-like of shape (q, n) or LinearOperator, default=None
        R, which adds ``1/2 |R @ e|^2`` to the objective; needs a number as `regularization`. An
        operator has a method `gram` as that of `LowRank`, so that R need not be stored.

    Raises
    ------
    ValueError
        If an argument has the wrong shape, is not finite, or contradicts itself.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.weights import WeightProblem
    >>> rows = np.array([[1.0, 1.0, 0.0, 0.0]])
    >>> problem = WeightProblem(rows[0], rows, [1.0], [np.inf], regularization="auto")
    >>> problem.solve().epsilon
    array([0.5, 0.5, 0. , 0. ])
    """

    def __init__(self, linear, rows, lower, upper, bounds=None, regularization=1.0, quadratic=None):
        self.linear = read_vector("linear", linear, None)
        n = len(self.linear)
        self.stack = read_rows(rows, n)
        self.lower = read_vector("lower", lower, len(self.stack))
        self.upper = read_vector("upper", upper, len(self.stack))
        for name, end in (("lower", self.lower), ("upper", self.upper)):
            if np.isnan(end).any():
                raise ValueError(f"'{name}' must be without nan, got some. Use inf for no end.")
        check_interval("lower", self.lower, "upper", self.upper)
        low, high = (None, None) if bounds is None else bounds
        self.bounds = (
            read_bound("bounds[0]", low, -np.inf, n),
            read_bound("bounds[1]", high, np.inf, n),
        )
        check_interval("bounds[0]", self.bounds[0], "bounds[1]", self.bounds[1])
        if regularization != "auto" and not (
            isinstance(regularization, Real) and 0 < regularization < np.inf
        ):
            raise ValueError(
                "'regularization' must be 'auto' or a positive number, got "
                f"{regularization!r}. Use 'auto' for the smallest weights."
            )
        self.regularization = regularization
        self.quadratic = read_quadratic(quadratic, n, regularization)
        self._last: list = []
        if not np.isfinite(self.squares).all():
            raise ValueError("'rows' must be finite, got nan or inf. Check the influence scores.")
        if not np.isfinite(self.linear @ self.linear):
            raise ValueError("'linear' must be finite, got nan or inf. Check the influence scores.")

    @property
    def rows(self):
        """The constraint rows as one matrix of shape (m, n), stacked anew."""
        return np.array(self.stack.vectors).reshape(len(self.stack), len(self.linear))

    @property
    def price(self):
        """Coefficient of ``|e|^2``."""
        return 1.0 if self.regularization == "auto" else float(self.regularization)

    @property
    def reward(self):
        """Coefficient of e, of shape (n,); None with `regularization="auto"`."""
        return None if self.regularization == "auto" else self.linear

    @cached_property
    def gram(self):
        """Products of all pairs of rows, of shape (m, m)."""
        return self.stack.gram()

    @property
    def squares(self):
        """Square of the norm of every row."""
        return self.gram.diagonal()

    @cached_property
    def scale(self):
        """Norm of every row, 1 for a row of zeros."""
        norms = np.sqrt(self.squares)
        return np.where(norms > 0, norms, 1.0)

    @cached_property
    def _gathered(self):
        return gathered(self.quadratic, self.reward, self.stack)

    @property
    def moved_reward(self):
        """`R reward`, of shape (q,)."""
        return self._gathered[0]

    @property
    def cross(self):
        """Products of R with the rows, of shape (m, q)."""
        return self._gathered[1]

    @cached_property
    def low_rank(self):
        """What inverts `K = 2 lambda I + R^T R` without bounds."""
        return Woodbury(self._gathered[2], 2 * self.price)

    @cached_property
    def compliance(self):
        """`rows K^-1 rows^T`: how the rows' values answer to their prices, of shape (m, m)."""
        if self.quadratic is None:
            return self.gram / (2 * self.price)
        return (self.gram - self.cross @ self.low_rank.inner(self.cross.T)) / (2 * self.price)

    @cached_property
    def unforced_values(self):
        """Values of the rows where none of them has a price and no bound holds."""
        if self.reward is None:
            return np.zeros(len(self.stack))
        values = self.stack.values(self.reward)
        if self.quadratic is not None:
            values -= self.cross @ self.low_rank.inner(self.moved_reward)
        return values / (2 * self.price)

    @cached_property
    def closed_form(self):
        """Prices of the rows where no bound holds, of shape (m,), or None: `solve_closed_form`."""
        return solve_closed_form(self)

    def moments(self, multipliers):
        """Return R e, of shape (q,), for the epsilon that the prices ask for without bounds."""
        return self.low_rank.inner(self.moved_reward + multipliers @ self.cross)

    def unbounded(self, multipliers):
        """Return the epsilon that the prices ask for where no bound holds, without R."""
        start = None if self.reward is None else self.reward / (2 * self.price)
        return self.stack.combine(start, np.asarray(multipliers) / (2 * self.price))

    def know(self, epsilon, moved, bent, missing=0.0):
        """Keep in mind what R makes of an epsilon, of the last two.

        Parameters
        ----------
        epsilon : ndarray of shape (n,)
            The very array.
        moved : ndarray of shape (q,)
            `R e`.
        bent : ndarray of shape (n,)
            `R^T R e`, up to a vector of norm `missing`.
        missing : float, default=0.0
            At least 0.
        """
        self._last = [*self._last[-1:], (epsilon, moved, bent, missing)]

    def forget(self):
        """Forget what `know` keeps in mind."""
        self._last = []

    def bent(self, epsilon):
        """Return `R e`, `R^T R e` and the norm of what is missing of that."""
        for known, *bent in self._last:
            if known is epsilon:
                return bent
        moved = self.quadratic.matvec(epsilon)
        self.know(epsilon, moved, self.quadratic.rmatvec(moved))
        return self._last[-1][1:]

    def objective(self, epsilon) -> float:
        """Return ``regularization |e|^2 + 1/2 |R e|^2 - linear @ e``, a float."""
        value = self.price * (epsilon @ epsilon)
        if self.quadratic is not None:
            value += 0.5 * np.sum(self.bent(epsilon)[0] ** 2)
        if self.reward is not None:
            value -= self.reward @ epsilon
        return float(value)

    def residual(self, epsilon, multipliers) -> float:
        """Return the KKT certificate of a candidate.

        Parameters
        ----------
        epsilon : ndarray of shape (n,)
            Candidate weights.
        multipliers : ndarray of shape (m,)
            Candidate prices of the rows.

        Returns
        -------
        residual : float
            Largest relative violation; 0 certifies the solution.
        """
        multipliers = np.asarray(multipliers, dtype=float)
        ideal, missing = self.stack.combine(self.reward, multipliers), 0.0
        if self.quadratic is not None:
            _, bent, missing = self.bent(epsilon)
            ideal -= bent
        ideal /= 2 * self.price
        gap = np.linalg.norm(np.clip(ideal, *self.bounds, out=ideal) - epsilon)
        gap += missing / (2 * self.price)
        outside = max(np.max(self.bounds[0] - epsilon), np.max(epsilon - self.bounds[1]), 0.0)
        return max(float(outside), certificate(self, epsilon, multipliers, gap))

    def solve(self, solver="auto") -> WeightSolution:
        """Solve the problem.

        Parameters
        ----------
        solver : {"auto", "closed_form", "bounded", "cvxpy"}, default="auto"
            "auto": the closed form, and where it leaves the bounds the native bounded solver.

        Returns
        -------
        solution : WeightSolution
            With a certificate of at most 1e-9; cvxpy's is what it is.

        Raises
        ------
        InfeasibleWeightsError
            If no epsilon satisfies all constraints.
        SoftUnlearnError
            If the closed form is asked for and leaves the bounds, or no certified solution was
            found.
        ValueError
            If `solver` is not one of these.
        """
        if solver not in SOLVERS:
            raise ValueError(f"'solver' must be one of {SOLVERS}, got {solver!r}. Choose one.")
        if solver == "cvxpy":
            return self._solution("cvxpy", *solve_cvxpy(self))
        place = None
        if solver != "bounded" and self.closed_form is not None:
            epsilon, gap, place = self._without_bounds()
            if epsilon is not None:
                solution = self._solution("closed_form", epsilon, self.closed_form, gap)
                if solution.residual <= CERTIFIED:
                    return solution
        if solver == "closed_form":
            raise SoftUnlearnError(
                "'solver'='closed_form' has no answer within 'bounds'. Use 'auto'."
            )
        solution = self._solution("bounded", *solve_bounded(self, place))
        if not solution.residual <= CERTIFIED:
            raise SoftUnlearnError(
                f"No certified weights were found: the residual is {solution.residual:.1e}, it "
                f"must be at most {CERTIFIED:g}. Loosen 'bounds', or try solver='cvxpy'."
            )
        return solution

    def _without_bounds(self):
        """Return the answer without bounds, its gap where it is known, and the place of it.

        The answer is None if it leaves the bounds; the place is None without R.
        """
        if self.quadratic is None:
            epsilon = self.unbounded(self.closed_form)
            # Without R this epsilon is its own ideal: nothing is left to compare.
            return (epsilon if _within(epsilon, self.bounds) else None), 0.0, None
        dual = Dual(self)
        place = dual.start()
        if not dual.inside(place).all():
            return None, None, place
        if not dual.residual(place) <= CERTIFIED:
            # Counted at its largest, rounding is too much: R is read for what it is.
            self.forget()
        return place.epsilon, None, place

    def _solution(self, solver, epsilon, multipliers, gap=None):
        parts = ["metric"] * bool(np.any(multipliers[:1]))
        parts += ["utility"] * bool(np.any(multipliers[1:]))
        off = ROUNDING if solver == "cvxpy" else 0.0
        on_bound = not _within(epsilon, self.bounds, off)
        return WeightSolution(
            epsilon=epsilon,
            multipliers=multipliers,
            residual=(
                self.residual(epsilon, multipliers)
                if gap is None
                else certificate(self, epsilon, multipliers, gap)
            ),
            objective=self.objective(epsilon),
            case="bounded" if on_bound else "+".join(parts) or "unconstrained",
            solver=solver,
        )


def _within(epsilon, bounds, off=None):
    """Say whether every epsilon lies within its bounds, without an array of n answers.

    `off` is by how much more than that it must be off them; None: it may be at a bound.
    """
    low, high = bounds
    for side, bound, extreme in ((1.0, low, np.min), (-1.0, high, np.max)):
        if np.isinf(bound).all() or not len(epsilon):
            continue
        room = side * (extreme(epsilon) - bound) if bound.ndim == 0 else side * (epsilon - bound)
        if np.min(room) < 0 or (off is not None and np.min(room) <= off):
            return False
    return True
