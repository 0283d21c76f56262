"""Weights in rounds: linearise where the last ones led, solve, correct, measure."""

import logging
from dataclasses import dataclass, replace

import numpy as np
from sklearn.base import clone

from sk_softunlearn._steps._scores import influence_scores, predicted_change
from sk_softunlearn.exceptions import InfeasibleWeightsError
from sk_softunlearn.weights import Standing

__all__ = ["Rounds", "Standpoint"]

logger = logging.getLogger("sk_softunlearn")

# A round is the last when the metric is this close to what was asked, as a share of it, and the
# weights moved by less than this share of their norm.
MET, SETTLED = 1e-3, 0.05
# Halvings of a round that makes the merit worse.
MOST_HALVINGS = 6
# The merit's price of a violation, in multipliers; above 1 it is exact (Nocedal and Wright 2006,
# theorem 17.3).
EXACT = 1.5


@dataclass
class Standpoint:
    """Weights so far, and where they led.

    Parameters
    ----------
    epsilon : ndarray of shape (n,)
        Weight changes.
    theta : ndarray of shape (d,)
        The corrected parameters.
    measured : dict of str to float
        Every objective there.
    """

    epsilon: np.ndarray
    theta: np.ndarray
    measured: dict


class Rounds:
    """One request for weights, met in several rounds.

    Parameters
    ----------
    run : Run
        Influence at the fitted classifier.
    weighting : SoftWeights
        What solves each round's problem.
    correction : Correction
        What leads from weights to parameters.
    n_rounds : int
        How many rounds at most.
    utility : Utility, default=None
        What is minimised; None: the weighting's own objective.

    Attributes
    ----------
    records : list of dict
        What every round asked, predicted and measured.
    """

    def __init__(self, run, weighting, correction, n_rounds, utility=None):
        self.run = run
        self.n_rounds = n_rounds
        self.weighting = weighting
        self.correction = correction
        self.utility = utility
        # The log loss is not guarded where it is what is minimised.
        minimised = () if utility is None else ("log_loss",)
        self.guards = {k: slack for k, slack in run.guards.items() if k not in minimised}
        self.records = []

    def solve(self, start=None):
        """Go from a standpoint to the weights that reach the asked share, as measured.

        Parameters
        ----------
        start : Standpoint, default=None
            Where another request on the same run led; None: the fitted classifier.

        Returns
        -------
        solution : WeightSolution
            Of the last round, its predictions relative to the fitted classifier. The certificate
            is that of the round's problem, also where the way to its solution was shortened.
        standpoint : Standpoint
            Its weights, the parameters they lead to and what was measured there.

        Raises
        ------
        InfeasibleWeightsError
            If the first round has no weights; later ones go as far as they can.
        """
        here = start or self._fitted()
        prices, radius = np.zeros(1 + len(self.guards)), np.inf
        for _ in range(self.n_rounds):
            view, inverse, influence, rivals = self._linearise(here)
            solution = self._weigh(here, view, inverse, influence, rivals)
            prices = np.maximum(prices, EXACT * self._prices(solution))
            there, length = self._advance(here, solution.epsilon, inverse, prices, radius)
            moved = np.linalg.norm(there.epsilon - here.epsilon)
            radius = 2 * moved if length == 1.0 else moved
            change = {
                name: here.measured[name]
                - self.run.before[name]
                + predicted_change(scores, there.epsilon - here.epsilon)
                for name, scores in influence.items()
            }
            here = there
            self._record(change, here, length)
            if self._arrived(here, moved):
                break
        return replace(solution, epsilon=here.epsilon, predicted=change), here

    def _fitted(self):
        run = self.run
        return Standpoint(np.zeros(len(run.view.target)), run.view.theta, run.before)

    def _linearise(self, here):
        """Return view, inverse, the influence of the objectives, and the metric's rivals.

        A rival is what could become the largest gap where the metric is one of several: its value
        and its influence, by a name of its own.
        """
        run = self.run
        view, inverse, gradients = run.view, run.inverse, {}
        if here.epsilon.any():
            view, inverse = self.correction.linearise(
                view, here.epsilon, here.theta, run.curvature, inverse
            )
            gradients = run.panel.gradients(here.theta)
        found = run.panel.rivals(run.metric, here.theta) if self.n_rounds > 1 else []
        values = {f"{run.metric}, rival {k}": value for k, (value, _) in enumerate(found, 1)}
        gradients |= {name: slope for name, (_, slope) in zip(values, found, strict=True)}
        scores = influence_scores(view, inverse, gradients) if gradients else {}
        influence = {name: scores.get(name, first) for name, first in run.influence.items()}
        rivals = {name: (value, scores[name]) for name, value in values.items()}
        return view, inverse, influence, rivals

    def _weigh(self, here, view, inverse, influence, rivals):
        """Return the solution of the linearised problem, or of the nearest that has one."""
        standing = self._standing(here, view, inverse, rivals)
        scores = influence[self.run.metric]
        guards = {name: influence[name] for name in standing.slack if name in influence}
        guards |= {name: values for name, (_, values) in rivals.items()}
        weighting = self.weighting
        if here.epsilon.any():
            # What the first round relaxed was said there; the nearest is taken below.
            weighting = clone(weighting).set_params(on_infeasible="raise")
        try:
            return weighting.advance(scores, guards, standing)
        except InfeasibleWeightsError as error:
            if not here.epsilon.any():
                raise
            failure = error
        # What a guard has lost may be lost for good: then it must not lose more. And what cannot
        # be reached from here may be from further on.
        slack = {name: max(left, 0.0) for name, left in standing.slack.items()}
        standing = replace(standing, slack=slack)
        nearest = clone(self.weighting).set_params(on_infeasible="nearest")
        solution = nearest.advance(scores, guards, standing)
        logger.info("no weights for this round (%s); going as far as possible", failure)
        return solution

    def _standing(self, here, view, inverse, rivals):
        run = self.run
        slack = {}
        for name, allowed in self.guards.items():
            left = allowed - (here.measured[name] - run.before[name])
            # No slack means no worse to first order, in every round; a number is held as measured.
            slack[name] = left if allowed else max(left, 0.0)
        utility = {}
        if self.utility is not None:
            term = self.utility.term(view, inverse)
            gradient = {"utility": self.utility.gradient(here.theta)}
            scores = influence_scores(view, inverse, gradient)["utility"]
            reward = scores + term.rmatvec(term.matvec(here.epsilon))
            utility = {"reward": reward, "quadratic": term}
        _, high = self.weighting.interval(run.before[run.metric])
        slack |= {name: high - value for name, (value, _) in rivals.items()}
        return Standing(
            value=here.measured[run.metric],
            initial=run.before[run.metric],
            epsilon=here.epsilon,
            slack=slack,
            fall=run.falls(here.measured),
            **utility,
        )

    def _prices(self, solution):
        """Return the multipliers of the metric, its rivals' included, and of the guards."""
        guards = dict.fromkeys(self.guards, 0.0)
        guards |= {name: abs(cost) for name, cost in solution.costs.items() if name in guards}
        metric = [abs(cost) for name, cost in solution.costs.items() if name not in guards]
        return np.array([max(metric), *guards.values()])

    def _advance(self, here, wanted, inverse, prices, radius):
        """Return the standpoint after the longest step that does not make the merit worse."""
        run, step = self.run, wanted - here.epsilon
        size = np.linalg.norm(step)
        length = min(1.0, radius / size) if size else 1.0
        merit, first = self._merit(here, prices), None
        for _ in range(MOST_HALVINGS):
            epsilon = wanted if length == 1.0 else here.epsilon + length * step
            theta = self.correction.correct(
                run.view, epsilon, run.curvature, inverse, start=here.theta
            )
            there = Standpoint(epsilon, theta, run.panel.measure(theta))
            if self._merit(there, prices) <= merit:
                return there, length
            first = first or (there, length)
            length /= 2
        # What trains anew ends, however small the change, at the minimum that the fit stopped short
        # of, which is what later rounds must start from.
        return (here, 0.0) if here.epsilon.any() else first

    def _merit(self, point, prices):
        """Return what is minimised, as measured, plus the price of what is violated."""
        gone = self.run.before[self.run.metric] - point.measured[self.run.metric]
        utility = None if self.utility is None else self.utility.value(point.theta)
        merit = self.weighting.merit(point.epsilon, gone, utility)
        return merit + prices @ self._violations(point)

    def _violations(self, point):
        """Return by how much the metric and the guards miss their ends."""
        run, measured = self.run, point.measured
        low, high = self.weighting.interval(run.before[run.metric])
        missed = [max(measured[run.metric] - high, low - measured[run.metric], 0.0)]
        for name, allowed in self.guards.items():
            worse = abs(measured[name]) - run.before[name] - allowed
            missed.append(max(worse, 0.0) if allowed else 0.0)
        return np.array(missed)

    def _arrived(self, here, moved):
        _, high = self.weighting.interval(self.run.before[self.run.metric])
        asked = self.run.before[self.run.metric] - high
        met = np.all(self._violations(here) <= MET * asked)
        return moved == 0 or (met and moved <= SETTLED * np.linalg.norm(here.epsilon))

    def _record(self, change, here, length):
        before = self.run.before
        record = {"length": length, "norm": float(np.linalg.norm(here.epsilon))}
        record |= {f"predicted_{name}": value for name, value in change.items()}
        record |= {f"measured_{name}": here.measured[name] - before[name] for name in before}
        self.records.append(record)
        logger.info("round %d: %s", len(self.records), record)
