"""Weights in rounds: linearise where the last ones led, solve, correct, measure."""

import logging
from dataclasses import dataclass, replace

import numpy as np

from sk_softunlearn._steps._scores import influence_scores, predicted_change
from sk_softunlearn._steps._weighed import Iterate, Weighed
from sk_softunlearn.curvature import InverseCurvature
from sk_softunlearn.exceptions import InfeasibleWeightsError
from sk_softunlearn.views import View
from sk_softunlearn.weights import Limit, Subproblem

__all__ = ["Rounds"]

logger = logging.getLogger("sk_softunlearn")

# A round is the last when the metric is this close to what was asked, as a share of it, and the
# weights moved by less than this share of their norm.
MET, SETTLED = 1e-3, 0.05
# Halvings of a round that makes the merit worse.
MOST_HALVINGS = 6
# The merit's price of a violation, in multipliers; above 1 it is exact (Nocedal and Wright 2006,
# theorem 17.3).
EXACT = 1.5


@dataclass(frozen=True)
class _Linearised:
    """Everything that is known of the effect of weight changes from an iterate on."""

    view: View
    inverse: InverseCurvature
    influence: dict
    # By name: value, and influence.
    rivals: dict


class Rounds:
    """One request for weights, met in one round or several.

    Every round solves a problem that is linearised where the weights so far have led. With one
    round the answer is taken whole, and nothing is measured. With several every step is measured:
    a step that makes the merit (the objective plus the price of what is missed) worse is halved.

    Parameters
    ----------
    run : Run
        Influence at the fitted classifier.
    request : Request
        What is asked.

    Attributes
    ----------
    records : list of dict
        What every round predicted and measured; empty with one round.
    """

    def __init__(self, run, request):
        self.run = run
        self.request = request
        self.terms = request.terms
        self.several = request.n_rounds > 1
        self.utility = run.utility if request.objective == "utility" else None
        # The log loss is not guarded where it is what is minimised.
        minimised = () if self.utility is None else ("log_loss",)
        self.guards = {k: slack for k, slack in run.guards.items() if k not in minimised}
        self.records = []

    def solve(self, start=None) -> Weighed:
        """Find the weights that reach the asked share.

        Parameters
        ----------
        start : Weighed, default=None
            What another request on the same run came to; several rounds go on from there, one
            round starts at the fitted classifier, whatever was asked before.

        Returns
        -------
        weighed : Weighed
            The weights of the last round, their predictions relative to the fitted classifier.
            The certificate is that of the round's problem, also where the way to its solution was
            shortened.

        Raises
        ------
        InfeasibleWeightsError
            If the first round has no weights; later ones go as far as they can.
        """
        here = self._start(start)
        prices, radius = None, np.inf
        for _ in range(self.request.n_rounds):
            local = self._linearise(here)
            solution = self._weigh(here, local)
            if not self.several:
                change = self._predict(here, solution.epsilon, local)
                break
            prices = self._prices(solution, prices)
            there, length = self._advance(here, solution.epsilon, local.inverse, prices, radius)
            moved = float(np.linalg.norm(there.epsilon - here.epsilon))
            radius = 2 * moved if length == 1.0 else moved
            change = self._predict(here, there.epsilon, local)
            here = there
            self._record(change, here, length)
            if self._arrived(here, moved):
                break
        if self.several:
            solution = replace(solution, epsilon=here.epsilon)
        solution = replace(solution, predicted=change, costs=self._named(solution.costs))
        return Weighed(self.request, solution, here if self.several else None, self.records)

    def _start(self, start):
        if self.several and start is not None and start.iterate is not None:
            return start.iterate
        run = self.run
        return Iterate(np.zeros(len(run.view.target)), run.view.theta, run.before)

    def _predict(self, here, epsilon, local):
        """Return the predicted change of every objective from the fitted classifier on."""
        step = epsilon - here.epsilon
        return {
            name: here.measured[name] - self.run.before[name] + predicted_change(scores, step)
            for name, scores in local.influence.items()
        }

    def _named(self, costs):
        """Return costs with that of the metric under its own name."""
        return {self.run.metric if name == "metric" else name: c for name, c in costs.items()}

    def _linearise(self, here):
        """Return the influence of the objectives at an iterate, and that of the metric's rivals.

        If the metric is the largest of several gaps, its rivals are the others: after this step
        one of them may be the largest.
        """
        run = self.run
        view, inverse, gradients = run.view, run.inverse, {}
        if here.epsilon.any():
            view, inverse = self.request.correction.linearise(
                view, here.epsilon, here.theta, run.curvature, inverse
            )
            gradients = run.panel.gradients(here.theta)
        found = run.panel.rivals(run.metric, here.theta) if self.several else []
        values = {f"{run.metric}, rival {k}": value for k, (value, _) in enumerate(found, 1)}
        gradients |= {name: slope for name, (_, slope) in zip(values, found, strict=True)}
        scores = influence_scores(view, inverse, gradients) if gradients else {}
        influence = {name: scores.get(name, first) for name, first in run.influence.items()}
        rivals = {name: (value, scores[name]) for name, value in values.items()}
        return _Linearised(view, inverse, influence, rivals)

    def _weigh(self, here, local):
        """Return the solution of the linearised problem, or of the nearest that has one."""
        weigh, problem = self.request.weighting.weigh, self._subproblem(here, local)
        if not here.epsilon.any():
            return weigh(problem, self.terms)
        # What the first round relaxed was said there; the nearest is taken below.
        try:
            return weigh(problem, replace(self.terms, on_infeasible="raise"))
        except InfeasibleWeightsError as error:
            failure = error
        # A guard already past its slack may not be recoverable; then only require that it gets no
        # worse. A delta out of reach from these weights may be in reach a round later.
        guards = {k: replace(v, slack=max(v.slack, 0.0)) for k, v in problem.guards.items()}
        rivals = {k: replace(v, slack=max(v.slack, 0.0)) for k, v in problem.rivals.items()}
        problem = replace(problem, guards=guards, rivals=rivals)
        solution = weigh(problem, replace(self.terms, on_infeasible="nearest"))
        logger.info("no weights for this round (%s); going as far as possible", failure)
        return solution

    def _subproblem(self, here, local):
        """Return what is asked of the weights from an iterate on."""
        run, falls, guards = self.run, self.run.falls(here.measured), {}
        for name, allowed in self.guards.items():
            left = allowed - (here.measured[name] - run.before[name])
            # No slack means no worse to first order, in every round; a number is held as measured.
            slack = left if allowed else max(left, 0.0)
            guards[name] = Limit(local.influence[name], slack, falls.get(name, np.inf))
        utility = {}
        if self.utility is not None:
            term = self.utility.term(local.view, local.inverse)
            gradient = {"utility": self.utility.gradient(here.theta)}
            scores = influence_scores(local.view, local.inverse, gradient)["utility"]
            reward = scores + term.rmatvec(term.matvec(here.epsilon))
            utility = {"reward": reward, "quadratic": term}
        _, high = self.terms.interval(run.before[run.metric])
        return Subproblem(
            influence=local.influence[run.metric],
            value=here.measured[run.metric],
            initial=run.before[run.metric],
            epsilon=here.epsilon,
            guards=guards,
            rivals={k: Limit(scores, high - value) for k, (value, scores) in local.rivals.items()},
            **utility,
        )

    def _prices(self, solution, so_far):
        """Return prices of what is missed: of the metric, its rivals included, and of the guards.

        None if the weights come without multipliers: they have no objective to weigh against it.
        """
        if not solution.costs:
            return None
        guards = dict.fromkeys(self.guards, 0.0)
        guards |= {name: abs(cost) for name, cost in solution.costs.items() if name in guards}
        metric = max(abs(cost) for name, cost in solution.costs.items() if name not in guards)
        prices = EXACT * np.array([metric, *guards.values()])
        return prices if so_far is None else np.maximum(so_far, prices)

    def _advance(self, here, wanted, inverse, prices, radius):
        """Return the iterate after the longest step that does not make the merit worse."""
        run, step = self.run, wanted - here.epsilon
        size = np.linalg.norm(step)
        length = min(1.0, radius / size) if size else 1.0
        merit, first = self._merit(here, prices), None
        for _ in range(MOST_HALVINGS):
            epsilon = wanted if length == 1.0 else here.epsilon + length * step
            theta = self.request.correction.correct(
                run.view, epsilon, run.curvature, inverse, start=here.theta
            )
            there = Iterate(epsilon, theta, run.panel.measure(theta))
            if self._merit(there, prices) <= merit:
                return there, length
            first = first or (there, length)
            length /= 2
        # What trains anew ends, however small the change, at the minimum that the fit stopped short
        # of, which is what later rounds must start from.
        return (here, 0.0) if here.epsilon.any() else first

    def _merit(self, point, prices):
        """Return what is minimised, as measured, plus the price of what is missed."""
        missed = self._violations(point)
        if prices is None:
            return float(missed.sum())
        size = point.epsilon @ point.epsilon
        price = self.terms.price(self.utility is not None)
        if self.utility is not None:
            value = price * size + self.utility.value(point.theta)
        else:
            gone = self.run.before[self.run.metric] - point.measured[self.run.metric]
            value = size if price == "auto" else price * size - gone
        return float(value + prices @ missed)

    def _violations(self, point):
        """Return by how much the metric and the guards miss their ends."""
        run, measured = self.run, point.measured
        low, high = self.terms.interval(run.before[run.metric])
        missed = [max(measured[run.metric] - high, low - measured[run.metric], 0.0)]
        for name, allowed in self.guards.items():
            worse = abs(measured[name]) - run.before[name] - allowed
            missed.append(max(worse, 0.0) if allowed else 0.0)
        return np.array(missed)

    def _arrived(self, here, moved):
        _, high = self.terms.interval(self.run.before[self.run.metric])
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
