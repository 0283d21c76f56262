"""The quadratic program of the weights."""

from functools import cached_property
from numbers import Real

import numpy as np

from sk_softunlearn.exceptions import SoftUnlearnError
from sk_softunlearn.weights._bounded import solve_bounded
from sk_softunlearn.weights._closed_form import solve_closed_form
from sk_softunlearn.weights._cvxpy import solve_cvxpy
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
    rows : array-like of shape (m, n)
        Constraint rows; row 0 is the metric's, any other a guard's.
    lower, upper : array-like of shape (m,)
        Ends of their intervals; -inf and inf where there is none. Equal: an equality.
    bounds : tuple of two (float, array-like of shape (n,) or None) or None, default=None
        Bounds on every e; None: none.
    regularization : float or "auto", default=1.0
        Price of ``|e|^2``; "auto" minimises ``|e|^2`` alone under the same constraints.

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

    def __init__(self, linear, rows, lower, upper, bounds=None, regularization=1.0):
        self.linear = _vector("linear", linear, None, finite=True)
        n = len(self.linear)
        self.rows = np.asarray(rows, dtype=float)
        if self.rows.ndim != 2 or self.rows.shape[1] != n:
            raise ValueError(
                f"'rows' must have shape (m, {n}), one column per entry of 'linear', got "
                f"{self.rows.shape}. Stack one influence vector per row."
            )
        if not np.isfinite(self.rows).all():
            raise ValueError("'rows' must be finite, got nan or inf. Check the influence scores.")
        self.lower = _vector("lower", lower, len(self.rows))
        self.upper = _vector("upper", upper, len(self.rows))
        _check_interval("lower", self.lower, "upper", self.upper)
        low, high = (None, None) if bounds is None else bounds
        self.bounds = (_bound("bounds[0]", low, -np.inf, n), _bound("bounds[1]", high, np.inf, n))
        _check_interval("bounds[0]", self.bounds[0], "bounds[1]", self.bounds[1])
        if regularization != "auto" and not (
            isinstance(regularization, Real) and 0 < regularization < np.inf
        ):
            raise ValueError(
                "'regularization' must be 'auto' or a positive number, got "
                f"{regularization!r}. Use 'auto' for the smallest weights."
            )
        self.regularization = regularization

    @property
    def price(self):
        """Coefficient of ``|e|^2``."""
        return 1.0 if self.regularization == "auto" else float(self.regularization)

    @cached_property
    def reward(self):
        """Coefficient of e: zeros with `regularization="auto"`."""
        return np.zeros_like(self.linear) if self.regularization == "auto" else self.linear

    @cached_property
    def scale(self):
        """Norm of every row, 1 for a row of zeros."""
        norms = np.sqrt(np.einsum("ij,ij->i", self.rows, self.rows))
        return np.where(norms > 0, norms, 1.0)

    def objective(self, epsilon):
        """Return ``regularization |e|^2 - linear @ e``, a float."""
        return float(self.price * (epsilon @ epsilon) - self.reward @ epsilon)

    def residual(self, epsilon, multipliers):
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
        values = (self.rows @ epsilon) / self.scale
        lower, upper = self.lower / self.scale, self.upper / self.scale
        prices = multipliers * self.scale
        size = max(np.linalg.norm(epsilon), np.finfo(float).tiny)
        force = self.rows.T @ multipliers
        ideal = (self.reward + force) / (2 * self.price)
        terms = max(np.linalg.norm(self.reward), np.linalg.norm(force)) / (2 * self.price)
        gap = np.linalg.norm(np.clip(ideal, *self.bounds) - epsilon)
        stationarity = gap / max(size, terms)
        ends = np.where(np.isfinite(lower), np.abs(lower), 0.0)
        ends = np.maximum(ends, np.where(np.isfinite(upper), np.abs(upper), 0.0))
        reach = np.maximum(np.maximum(ends, np.abs(values)), np.finfo(float).tiny)
        below, above = lower - values, values - upper
        primal = np.max(np.maximum(below, above) / np.maximum(reach, size), initial=0.0)
        box = max(np.max(self.bounds[0] - epsilon), np.max(epsilon - self.bounds[1]), 0.0)
        most = max(np.max(np.abs(prices), initial=0.0), np.linalg.norm(self.reward))
        most = max(most, np.finfo(float).tiny)
        slack = np.where(prices > 0, np.abs(below), np.abs(above))
        slack = np.where(prices == 0, 0.0, slack)
        slackness = np.max(
            np.minimum(np.abs(prices) / most, slack / np.maximum(reach, size)), initial=0.0
        )
        return float(max(stationarity, primal, box, slackness))

    def solve(self, solver="auto"):
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
        if solver != "bounded":
            multipliers = solve_closed_form(self)
            if multipliers is not None:
                epsilon = (self.reward + self.rows.T @ multipliers) / (2 * self.price)
                inside = np.all(epsilon >= self.bounds[0]) and np.all(epsilon <= self.bounds[1])
                if inside:
                    solution = self._solution("closed_form", epsilon, multipliers)
                    if solution.residual <= CERTIFIED:
                        return solution
            if solver == "closed_form":
                raise SoftUnlearnError(
                    "'solver'='closed_form' has no answer within 'bounds'. Use 'auto'."
                )
        solution = self._solution("bounded", *solve_bounded(self))
        if not solution.residual <= CERTIFIED:
            raise SoftUnlearnError(
                f"No certified weights were found: the residual is {solution.residual:.1e}, it "
                f"must be at most {CERTIFIED:g}. Loosen 'bounds', or try solver='cvxpy'."
            )
        return solution

    def _solution(self, solver, epsilon, multipliers):
        on_bound = (epsilon <= self.bounds[0]) | (epsilon >= self.bounds[1])
        parts = ["metric"] * bool(np.any(multipliers[:1]))
        parts += ["utility"] * bool(np.any(multipliers[1:]))
        case = "bounded" if on_bound.any() else "+".join(parts) or "unconstrained"
        return WeightSolution(
            epsilon=epsilon,
            multipliers=multipliers,
            residual=self.residual(epsilon, multipliers),
            objective=self.objective(epsilon),
            case=case,
            solver=solver,
        )


def _vector(name, values, length, finite=False):
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or (length is not None and len(values) != length):
        wanted = "(n,)" if length is None else f"({length},)"
        raise ValueError(f"'{name}' must have shape {wanted}, got {values.shape}. Pass one vector.")
    if np.isnan(values).any() or (finite and not np.isfinite(values).all()):
        raise ValueError(f"'{name}' must be without nan, got some. Check the influence scores.")
    return values


def _bound(name, value, default, length):
    value = np.asarray(default if value is None else value, dtype=float)
    if value.shape not in ((), (length,)) or np.isnan(value).any():
        raise ValueError(
            f"'{name}' must be None, a number or an array of shape ({length},) without nan, got "
            f"shape {value.shape}. Use None for no bound."
        )
    return value


def _check_interval(low_name, low, high_name, high):
    if np.any(low > high):
        at = int(np.argmax(np.atleast_1d(low > high)))
        raise ValueError(
            f"'{low_name}' must not be above '{high_name}', got "
            f"{np.atleast_1d(low)[at if low.ndim else 0]:g} > "
            f"{np.atleast_1d(high)[at if high.ndim else 0]:g}. Swap or widen them."
        )
