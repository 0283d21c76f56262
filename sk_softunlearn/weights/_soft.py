"""The smallest weight changes that bring the asked improvement."""

import warnings
from dataclasses import replace
from numbers import Real

import numpy as np
from sklearn.base import BaseEstimator

from sk_softunlearn.exceptions import (
    DeltaNotReachedWarning,
    InfeasibleWeightsError,
    SoftUnlearnError,
)
from sk_softunlearn.weights._problem import WeightProblem
from sk_softunlearn.weights._reach import largest_value, smallest_slack

__all__ = ["SoftWeights"]

# A general solver's objective may be better by its own rounding, not by more.
VERIFIED = 1e-6


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
    on_infeasible : {"raise", "relax"}, default="raise"
        "relax": go as far as the guards and bounds let it, with a warning.

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

    def solve(self, influence, value, guards=None):
        """Compute the weights.

        Parameters
        ----------
        influence : array-like of shape (n,)
            Predicted change of the metric when a row is removed.
        value : float
            The metric now, above 0.
        guards : dict of str to (array-like of shape (n,), float), default=None
            Influence on, and slack of, what may not get worse by more.

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
        self._check()
        guards = guards or {}
        slacks = np.array([slack for _, slack in guards.values()], dtype=float)
        rows = [np.asarray(influence, dtype=float)]
        rows += [np.asarray(scores, dtype=float) for scores, _ in guards.values()]
        problem = self._problem(rows, self.delta, value, slacks)
        try:
            solution = problem.solve(self.solver)
        except InfeasibleWeightsError:
            problem, solution = self._answer(problem, rows, value, guards, slacks)
        if self.verify:
            _compare(problem, solution)
        names = ["metric", *guards]
        changes = [-float(row @ solution.epsilon) for row in rows]
        predicted = dict(zip(names, changes, strict=True))
        return replace(solution, predicted=predicted)

    def _problem(self, rows, delta, value, slacks):
        unlimited = np.full(len(slacks), np.inf)
        return WeightProblem(
            rows[0],
            rows,
            lower=np.concatenate([[delta * value], -slacks]),
            upper=np.concatenate([[max(self.max_improvement, delta) * value], unlimited]),
            bounds=self.bounds,
            regularization=self.regularization,
        )

    def _answer(self, problem, rows, value, guards, slacks):
        """Say what can be had instead, or solve that."""
        max_delta = max(largest_value(problem) / value, 0.0)
        min_slack = smallest_slack(problem, slacks) if len(slacks) else np.inf
        kept = ", ".join(f"{name!r} (slack {slack:g})" for name, (_, slack) in guards.items())
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
        warnings.warn(
            f"{sentence}. 'delta' was lowered to that.", DeltaNotReachedWarning, stacklevel=3
        )
        relaxed = self._problem(rows, max_delta * (1 - 1e-6), value, slacks)
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
            if (low is not None and low > 0) or (high is not None and high < 0):
                raise ValueError(
                    f"'bounds' must have 0 between them, got {self.bounds!r}: a weight that does "
                    "not change must be allowed. Use (-1.0, None)."
                )
        if self.on_infeasible not in ("raise", "relax"):
            raise ValueError(
                f"'on_infeasible' must be 'raise' or 'relax', got {self.on_infeasible!r}. Choose "
                "one."
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
