"""The smallest weight changes that bring the asked improvement."""

from dataclasses import replace

import numpy as np

from sk_softunlearn.exceptions import (
    DeltaNotReachedWarning,
    InfeasibleWeightsError,
    SoftUnlearnError,
    warn_caller,
)
from sk_softunlearn.weights._base import Weighting
from sk_softunlearn.weights._problem import WeightProblem
from sk_softunlearn.weights._reach import smallest_shortfall, smallest_slack
from sk_softunlearn.weights._solution import WeightSolution
from sk_softunlearn.weights._subproblem import Limit, Subproblem, owner
from sk_softunlearn.weights._terms import Terms

__all__ = ["SoftWeights"]

# A general solver's objective may be better by its own rounding, not by more.
VERIFIED = 1e-6


class SoftWeights(Weighting):
    r"""Weights that reach a share of the metric, keep the guards, and change as little as possible.

    With F and U the influences of removing a row on the metric and on a guard, and :math:`m_0` the
    metric now,

    .. math::

        \min_e\ & \lambda |e|^2 - F^\top e \\
        \text{subject to}\ & \mathtt{delta} \cdot m_0 \le F^\top e
        \le \mathtt{max\_improvement} \cdot m_0, \\
        & U^\top e \ge -\mathtt{slack} \text{ for every guard}

    (arXiv 2505.18783, problem 7, with `delta` times the metric as the lower end).

    The parameters are those of `Terms`. They are for `solve`, which is used alone. Within a
    SoftUnlearner its own parameters are the terms, and an object that contradicts them is refused.

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
        """Compute the weights of one problem, on the object's own terms.

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
        influence = np.asarray(influence, dtype=float)
        limits = {
            name: Limit(np.asarray(scores, dtype=float), *map(float, ends))
            for name, (scores, *ends) in (guards or {}).items()
        }
        start = Subproblem(influence, value, value, np.zeros(len(influence)), limits)
        return self.weigh(start, Terms(**self.get_params()))

    def weigh(self, subproblem, terms) -> WeightSolution:
        """Compute the weights of a round.

        Parameters
        ----------
        subproblem : Subproblem
            Where the weights so far have led.
        terms : Terms
            What is asked.

        Returns
        -------
        solution : WeightSolution
            With the certificate and all multipliers by name; predicted changes are those from
            the weights so far on.

        Raises
        ------
        InfeasibleWeightsError
            If no weights do it and `terms.on_infeasible` is "raise".
        SoftUnlearnError
            If `terms.verify` finds a better objective.
        """
        names = ["metric", *subproblem.limits]
        rows = [subproblem.influence, *(each.influence for each in subproblem.limits.values())]
        problem = _problem(rows, subproblem, terms)
        try:
            solution = problem.solve(terms.solver)
        except InfeasibleWeightsError:
            problem, solution = _answer(problem, rows, subproblem, terms)
        if terms.verify:
            _compare(problem, solution)
        step = solution.epsilon - subproblem.epsilon
        costs = dict(zip(names, solution.multipliers.tolist(), strict=True))
        return replace(
            solution,
            case=_case(solution.case, costs, subproblem.guards),
            predicted={name: -float(row @ step) for name, row in zip(names, rows, strict=True)},
            costs=costs,
        )


def _problem(rows, subproblem, terms, delta=None):
    """Return the problem in the total weights: epsilon so far shifts the rows' ends."""
    low, high = terms.interval(subproblem.initial, delta)
    so_far = np.array([row @ subproblem.epsilon for row in rows])
    # Where less is asked of the metric, its rivals may be as much larger.
    let_off = high - terms.interval(subproblem.initial)[1]
    rivals = [replace(each, slack=each.slack + let_off) for each in subproblem.rivals.values()]
    limits = [*subproblem.guards.values(), *rivals]
    slacks = np.array([limit.slack for limit in limits], dtype=float)
    # A guard that is worse than its slack allows already is brought back first.
    falls = [max(limit.fall, -limit.slack) for limit in limits]
    with_utility = subproblem.quadratic is not None
    return WeightProblem(
        subproblem.reward if with_utility else rows[0],
        rows,
        lower=so_far + np.concatenate([[subproblem.value - high], -slacks]),
        upper=so_far + np.array([subproblem.value - low, *falls]),
        bounds=terms.bounds,
        regularization=subproblem.price(terms),
        quadratic=subproblem.quadratic,
    )


def _answer(problem, rows, subproblem, terms):
    """Say what can be had instead, or solve that."""
    guards = subproblem.guards
    # The metric is the largest of its rivals: they are let off together.
    shared = np.ones(len(rows), dtype=bool)
    shared[1 : 1 + len(guards)] = False
    shortfall = smallest_shortfall(problem, shared)
    max_delta = max(terms.delta - shortfall / subproblem.initial, 0.0)
    relaxed = _problem(rows, subproblem, terms, max_delta * (1 - 1e-6))
    if terms.on_infeasible == "nearest":
        return relaxed, relaxed.solve(terms.solver)
    slacks = np.array([limit.slack for limit in guards.values()], dtype=float)
    min_slack = smallest_slack(problem, slacks) if len(slacks) else np.inf
    error = InfeasibleWeightsError.of(terms, guards, max_delta, min_slack)
    if terms.on_infeasible == "raise" or not max_delta > 0:
        raise error
    warn_caller(f"{error} 'delta' was lowered to that.", DeltaNotReachedWarning)
    return relaxed, relaxed.solve(terms.solver)


def _case(case, costs, guards):
    """Return the case with the guards that hold epsilon by name: the log loss is the utility."""
    if case in ("unconstrained", "bounded"):
        return case
    # A rival that holds epsilon holds it for the metric: they are gaps of one kind.
    parts = ["metric"] if any(cost for name, cost in costs.items() if name not in guards) else []
    holding = dict.fromkeys(owner(name) for name in guards if costs[name])
    return "+".join([*parts, *("utility" if name == "log_loss" else name for name in holding)])


def _compare(problem, solution):
    """Raise where cvxpy finds a better objective."""
    other = problem.solve("cvxpy")
    size = max(abs(solution.objective), abs(other.objective), np.finfo(float).tiny)
    if solution.objective > other.objective + VERIFIED * size:
        raise SoftUnlearnError(
            f"'verify': the objective of {solution.solver!r}, {solution.objective:.12g}, is worse "
            f"than cvxpy's, {other.objective:.12g}. Please report this problem."
        )
