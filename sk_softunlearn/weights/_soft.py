"""The smallest weight changes that bring the asked improvement."""

from dataclasses import dataclass, field, replace
from numbers import Real

import numpy as np
from sklearn.base import BaseEstimator

from sk_softunlearn.exceptions import (
    DeltaNotReachedWarning,
    InfeasibleWeightsError,
    SoftUnlearnError,
    warn_caller,
)
from sk_softunlearn.weights._problem import WeightProblem
from sk_softunlearn.weights._reach import largest_value, smallest_slack
from sk_softunlearn.weights._solution import WeightSolution

__all__ = ["SoftWeights", "Standing"]

# A general solver's objective may be better by its own rounding, not by more.
VERIFIED = 1e-6
# Price of |e|^2 beside the utility, in nats: a tenth of 1/2 |e|^2, which for a model that fits is
# what the weights cost the training rows to second order.
RIDGE = 0.05


@dataclass(frozen=True)
class Standing:
    """Where earlier weights have led: what the next problem starts from.

    Parameters
    ----------
    value : float
        The metric now.
    initial : float
        The metric without any weights, above 0.
    epsilon : ndarray of shape (n,)
        The weights so far.
    slack : dict of str to float
        What is left of every guard's slack.
    fall : dict of str to float, default={}
        By how much a guard may fall, where that is limited: a signed gap not far past 0.
    reward : ndarray of shape (n,), default=None
        Linear part of the utility that is gained; None: the metric is what is improved.
    quadratic : LinearOperator of shape (q, n), default=None
        R of the utility's curvature ``1/2 |R e|^2``.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.weights import SoftWeights, Standing
    >>> half_way = Standing(value=0.1, initial=0.2, epsilon=np.array([1.0, 0.0]), slack={})
    >>> SoftWeights(delta=1.0).advance(np.array([0.1, 0.1]), {}, half_way).epsilon
    array([1., 1.])
    """

    value: float
    initial: float
    epsilon: np.ndarray
    slack: dict
    fall: dict = field(default_factory=dict)
    reward: np.ndarray | None = None
    quadratic: object = None


class SoftWeights(BaseEstimator):
    """Weights that reach a share of the metric, keep the guards, and change as little as possible.

    ``minimise lambda |e|^2 - F . e`` subject to `delta m0 <= F . e <= max_improvement m0` and
    `U . e >= -slack` for every guard (arXiv 2505.18783, problem 7, with `delta m0` as the lower
    end), F and U the influences of removing a row and m0 the metric now.

    Parameters
    ----------
    delta : float, default=0.5
        Share of the metric that must go, in (0, 1].
    max_improvement : float, default=1.0
        Share that must not be passed; at least `delta`.
    regularization : float or "auto", default="auto"
        lambda; "auto": the smallest ``|e|`` that satisfies the constraints.
    bounds : tuple of two (float or None) or None, default=(-1.0, None)
        Bounds on every e.
    solver : str, default="auto"
        As `WeightProblem.solve` takes it.
    verify : bool, default=False
        Solve again with cvxpy, and compare.
    on_infeasible : {"raise", "relax", "nearest"}, default="raise"
        "relax": go as far as the guards and bounds let it, with a warning; "nearest": without.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.weights import SoftWeights
    >>> solution = SoftWeights(delta=0.5).solve(np.array([0.1, -0.1]), value=0.2)
    >>> solution.epsilon
    array([ 0.5, -0.5])
    """

    def __init__(
        self,
        delta=0.5,
        max_improvement=1.0,
        regularization="auto",
        bounds=(-1.0, None),
        solver="auto",
        verify=False,
        on_infeasible="raise",
    ):
        self.delta = delta
        self.max_improvement = max_improvement
        self.regularization = regularization
        self.bounds = bounds
        self.solver = solver
        self.verify = verify
        self.on_infeasible = on_infeasible

    def solve(self, influence, value, guards=None) -> WeightSolution:
        """Compute the weights.

        Parameters
        ----------
        influence : array-like of shape (n,)
            Predicted change of the metric when a row is removed.
        value : float
            The metric now, above 0.
        guards : dict of str to tuple, default=None
            Of what may not get worse: influence of shape (n,), slack, and, where it is given, by
            how much it may fall.

        Returns
        -------
        solution : WeightSolution
            With the certificate, and the predicted change of "metric" and of every guard.

        Raises
        ------
        InfeasibleWeightsError
            If no weights do it and `on_infeasible` is "raise"; it carries the largest feasible
            `delta` and the smallest sufficient slack.
        SoftUnlearnError
            If `verify` finds a better objective.
        ValueError
            If a parameter is not what it must be.
        """
        guards = guards or {}
        influence = np.asarray(influence, dtype=float)
        scores = {name: np.asarray(guard[0], dtype=float) for name, guard in guards.items()}
        slack = {name: float(guard[1]) for name, guard in guards.items()}
        fall = {name: float(guard[2]) for name, guard in guards.items() if len(guard) > 2}
        standing = Standing(value, value, np.zeros(len(influence)), slack, fall)
        return self.advance(influence, scores, standing)

    def advance(self, influence, guards, standing) -> WeightSolution:
        """Compute the weights from where earlier ones have led.

        Parameters
        ----------
        influence : ndarray of shape (n,)
            Predicted change of the metric when a row is removed, from there.
        guards : dict of str to ndarray of shape (n,)
            The same for every guard.
        standing : Standing
            Where the earlier weights have led.

        Returns
        -------
        solution : WeightSolution
            The new weights, all told; predicted changes are those from `standing` on.

        Raises
        ------
        InfeasibleWeightsError
            If no weights do it and `on_infeasible` is "raise".
        SoftUnlearnError
            If `verify` finds a better objective.
        ValueError
            If a parameter is not what it must be.
        """
        self._check()
        rows = [influence, *guards.values()]
        problem = self._problem(rows, self.delta, standing)
        try:
            solution = problem.solve(self.solver)
        except InfeasibleWeightsError:
            problem, solution = self._answer(problem, rows, standing)
        if self.verify:
            _compare(problem, solution)
        names = ["metric", *guards]
        step = solution.epsilon - standing.epsilon
        return replace(
            solution,
            predicted={name: -float(row @ step) for name, row in zip(names, rows, strict=True)},
            costs=dict(zip(names, solution.multipliers.tolist(), strict=True)),
        )

    def interval(self, initial, delta=None) -> tuple[float, float]:
        """Return the smallest and largest value that the metric, `initial` at first, may take."""
        delta = self.delta if delta is None else delta
        return (1.0 - max(self.max_improvement, delta)) * initial, (1.0 - delta) * initial

    def merit(self, epsilon, gone, utility=None) -> float:
        """Return what is minimised, as measured.

        Parameters
        ----------
        epsilon : ndarray of shape (n,)
            Weights.
        gone : float
            By how much the metric fell.
        utility : float, default=None
            The loss that is minimised; None: the weights' own objective.

        Returns
        -------
        merit : float
            The lower, the better.
        """
        price = self._price(utility is not None)
        size = epsilon @ epsilon
        if utility is not None:
            return float(price * size + utility)
        return float(size if price == "auto" else price * size - gone)

    def _price(self, with_utility):
        return RIDGE if with_utility and self.regularization == "auto" else self.regularization

    def _problem(self, rows, delta, standing):
        """Return the problem in the weights all told: epsilon so far shifts the rows' ends."""
        low, high = self.interval(standing.initial, delta)
        so_far = np.array([row @ standing.epsilon for row in rows])
        slacks = np.array(list(standing.slack.values()), dtype=float)
        # A guard that is worse than its slack allows already is brought back first.
        falls = [
            max(standing.fall.get(name, np.inf), -left) for name, left in standing.slack.items()
        ]
        with_utility = standing.quadratic is not None
        return WeightProblem(
            standing.reward if with_utility else rows[0],
            rows,
            lower=so_far + np.concatenate([[standing.value - high], -slacks]),
            upper=so_far + np.array([standing.value - low, *falls]),
            bounds=self.bounds,
            regularization=self._price(with_utility),
            quadratic=standing.quadratic,
        )

    def _answer(self, problem, rows, standing):
        """Say what can be had instead, or solve that."""
        furthest = standing.value - largest_value(problem) + rows[0] @ standing.epsilon
        max_delta = max(1.0 - furthest / standing.initial, 0.0)
        relaxed = self._problem(rows, max_delta * (1 - 1e-6), standing)
        if self.on_infeasible == "nearest":
            return relaxed, relaxed.solve(self.solver)
        slacks = np.array(list(standing.slack.values()), dtype=float)
        min_slack = smallest_slack(problem, slacks) if len(slacks) else np.inf
        kept = ", ".join(f"{name!r} (slack {left:g})" for name, left in standing.slack.items())
        sentence = (
            f"'delta'={self.delta:g} cannot be reached with bounds {self.bounds} and "
            f"{'the guards ' + kept if kept else 'no guards'}: the largest feasible delta is "
            f"{max_delta:.6g}"
        )
        if np.isfinite(min_slack):
            sentence += f", and a guard slack of {min_slack:.6g} would make it feasible"
        if self.on_infeasible == "raise" or not max_delta > 0:
            raise InfeasibleWeightsError(
                f"{sentence}. Lower 'delta', or loosen 'bounds' or 'guards'.", max_delta, min_slack
            )
        warn_caller(f"{sentence}. 'delta' was lowered to that.", DeltaNotReachedWarning)
        return relaxed, relaxed.solve(self.solver)

    def _check(self):
        if not (isinstance(self.delta, Real) and 0 < self.delta <= 1):
            raise ValueError(
                f"'delta' must be in (0, 1], got {self.delta!r}. 0.5 takes half the metric away."
            )
        if not self.max_improvement >= self.delta:
            raise ValueError(
                f"'max_improvement' must be at least 'delta' ({self.delta:g}), got "
                f"{self.max_improvement!r}. 1.0 stops at parity."
            )
        if self.bounds is not None:
            if np.ndim(self.bounds) != 1 or len(self.bounds) != 2:
                raise ValueError(
                    "'bounds' must be None or a pair (lower, upper) with None for no bound, got "
                    f"{self.bounds!r}. Use (-1.0, None)."
                )
            low, high = self.bounds
            if not all(b is None or (isinstance(b, Real) and not np.isnan(b)) for b in self.bounds):
                raise ValueError(
                    "'bounds' must be numbers, or None for no bound, got "
                    f"{self.bounds!r}. Use (-1.0, None)."
                )
            if (low is not None and low > 0) or (high is not None and high < 0):
                raise ValueError(
                    f"'bounds' must have 0 between them, got {self.bounds!r}: a weight that does "
                    "not change must be allowed. Use (-1.0, None)."
                )
        if self.on_infeasible not in ("raise", "relax", "nearest"):
            raise ValueError(
                "'on_infeasible' must be 'raise', 'relax' or 'nearest', got "
                f"{self.on_infeasible!r}. Choose one."
            )


def _compare(problem, solution):
    """Raise where cvxpy finds a better objective."""
    other = problem.solve("cvxpy")
    size = max(abs(solution.objective), abs(other.objective), np.finfo(float).tiny)
    if solution.objective > other.objective + VERIFIED * size:
        raise SoftUnlearnError(
            f"'verify': the objective of {solution.solver!r}, {solution.objective:.12g}, is worse "
            f"than cvxpy's, {other.objective:.12g}. Please report this problem."
        )
