"""Weights in rounds: linearise where the last ones led, solve, correct, measure."""

import logging
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from sk_softunlearn._narrow import reweighted
from sk_softunlearn._steps._missed import MET, Missed
from sk_softunlearn._steps._scores import influence_scores, predicted_change
from sk_softunlearn._steps._utility_term import SweptUtilityTerm, UtilityTerm
from sk_softunlearn._steps._verdicts import falls_short
from sk_softunlearn._steps._weighed import Iterate, Weighed, answer_of
from sk_softunlearn.curvature import InverseCurvature
from sk_softunlearn.exceptions import (
    DeltaNotReachedWarning,
    InfeasibleWeightsError,
    SoftUnlearnError,
    warn_caller,
)
from sk_softunlearn.views import View
from sk_softunlearn.weights import Limit, Subproblem, WeightSolution
from sk_softunlearn.weights._subproblem import owner, rival

__all__ = ["Rounds"]

logger = logging.getLogger("sk_softunlearn")

# A round is the last when what was asked is met (`Missed`), and the weights moved by less than this
# share of their norm.
SETTLED = 0.05
# Shares of the way that a round goes where the whole of it has no weights.
SHORTER = (0.5, 0.25, 0.125)
# After an unmet round of a metric that is counted, the next step may be this share of the weights.
WIDE = 0.25
# No step may end at a loss of so many times that of a classifier that knows nothing. Gaps that few
# parameters can only close where all predictions are alike drive the weights there.
RUIN = 1.2
# Halvings of a round that makes the merit worse, and of the way between two rounds.
MOST_HALVINGS, MOST_BETWEEN = 6, 10
# The merit's price of a violation, in multipliers; above 1 it is exact (Nocedal and Wright 2006,
# theorem 17.3).
EXACT = 1.5


# A key that is the name of no objective.
_UTILITY = object()


@dataclass(frozen=True)
class _Linearised:
    """Everything that is known of the effect of weight changes from an iterate on."""

    view: View
    inverse: InverseCurvature
    influence: dict
    # By name: value, and influence.
    rivals: dict
    # What the utility gains from the weights in total, and its curvature; None where it plays no
    # part.
    reward: np.ndarray | None = None
    term: Any = None


class _Round(NamedTuple):
    """Where a round has led."""

    missed: float
    worth: float
    here: Iterate
    solution: WeightSolution
    change: dict

    def rank(self):
        """Return what is the lower, the better the round."""
        return self.missed, self.worth


class Rounds:
    """One request for weights, met in one round or several.

    Every round solves a problem that is linearised where the weights so far have led. With one
    round the answer is taken whole, and nothing is measured. With several every step is measured:
    a step that makes the merit (the objective plus the price of what is missed) worse is halved.

    A metric that is counted, as a gap of labels, moves in steps. A step that stays between two of
    them is taken, for the way goes on behind it; how the count follows the weights is learned from
    every step; and the best round, not the last, is the answer. If it went too far, and another
    round not far enough, the answer is looked for between the two.

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
    seen : list of Look
        What was measured wherever weights have led, taken or not.
    """

    def __init__(self, run, request):
        self.run = run
        self.request = request
        self.terms = request.terms
        self.several = request.n_rounds > 1
        self.utility = run.utility if run.minimises(request) == "utility" else None
        self.price = request.terms.regularization
        # The log loss is not guarded where it is what is minimised.
        minimised = () if self.utility is None else ("log_loss",)
        self.guards = {k: slack for k, slack in run.guards.items() if k not in minimised}
        self.missed = Missed(run, self.terms, self.guards)
        self.ruin = np.inf
        if self.utility is not None:
            self.ruin = RUIN * max(self.utility.ignorant, self.utility.value(run.view.theta))
        self.passing = request.correction.in_passing(run.view)
        self.records, self.seen = [], []
        # Why the first round could not go the whole way, or a later one no part of it.
        self.refused: InfeasibleWeightsError | None = None

    def solve(self) -> Weighed:
        """Find the weights that reach the asked share.

        Returns
        -------
        weighed : Weighed
            The weights of the last round, their predictions relative to the fitted classifier.
            The certificate is that of the round's problem, also where the way to its solution was
            shortened.

        Raises
        ------
        InfeasibleWeightsError
            If one round has no weights. If several do not reach delta, and the first of them could
            not have gone the whole way: with what was reached.
        SoftUnlearnError
            If the first round finds no certified weights; later ones keep what was reached.
        """
        if not self.several:
            here = self.run.start
            local = self._linearise(here)
            solution = answer_of(self.request.weighting, self._subproblem(here, local), self.terms)
            return self._answer(solution, self._predict(here, solution.epsilon, local))
        return self._go()

    def _go(self):
        """Return what several rounds come to."""
        here = self.run.start
        self.seen.append(here.look)
        prices, radius, still, rounds = None, np.inf, 0, []
        for _ in range(self.request.n_rounds):
            local = self._linearise(here)
            try:
                solution = self._weigh(here, local)
            except SoftUnlearnError as error:
                if not rounds:
                    raise
                # What earlier rounds have reached is kept.
                logger.info("round %d: %s", len(rounds) + 1, error)
                break
            prices = self._prices(solution, prices)
            there, length = self._advance(here, solution.epsilon, local.inverse, prices, radius)
            moved = float(np.linalg.norm(there.epsilon - here.epsilon))
            radius = 2 * moved if length == 1.0 else moved
            change = self._predict(here, there.epsilon, local)
            here, missed = there, self.missed.excess(there)
            rounds.append(_Round(missed, self._worth(here), here, solution, change))
            self._record(change, here, length)
            if self.missed.in_steps and missed:
                # How the count follows was learned anew, and with it how far to go.
                radius = max(2 * moved, WIDE * np.linalg.norm(here.epsilon))
            still = 0 if moved else still + 1
            small = moved <= SETTLED * np.linalg.norm(here.epsilon)
            settled = small and not self.missed.far(here)
            # A step that was refused has still taught how the count follows. That is not needed if
            # what was asked lies between two rounds.
            sides = {self.missed.short(each.here) for each in rounds}
            open_yet = len(sides) == 1 or (self.missed.guarded and all(r.missed for r in rounds))
            if still > (self.missed.in_steps and open_yet) or (not missed and settled):
                break
        taken = self._between(rounds) if self.missed.in_steps else rounds[-1]
        return self._end(taken.here, taken.solution, taken.change)

    def _between(self, rounds):
        """Return the best round, or part of one between a round that is short and one that is not.

        A count does not follow the probabilities alone, so rounds may step over what was asked in
        both directions. Halving the distance needs no slope. If all rounds went too far, the other
        end is the fitted classifier.
        """
        far = [each for each in rounds if not self.missed.short(each.here)]
        short = [each for each in rounds if self.missed.short(each.here)]
        best = min(rounds, key=_Round.rank)
        if not far:
            return best
        if not short:
            start = self.run.start
            unchanged = dict.fromkeys(far[0].change, 0.0)
            missed = self.missed.excess(start)
            short = [_Round(missed, self._worth(start), start, far[0].solution, unchanged)]
        far, short = (min(side, key=_Round.rank) for side in (far, short))
        for _ in range(MOST_BETWEEN):
            if not best.missed and not self.missed.far(best.here):
                break
            epsilon = 0.5 * (far.here.epsilon + short.here.epsilon)
            there = self._iterate(epsilon, self.run.inverse, far.here.theta)
            change = {name: 0.5 * (far.change[name] + short.change[name]) for name in far.change}
            missed = self.missed.excess(there)
            half = _Round(missed, self._worth(there), there, far.solution, change)
            logger.info("between two rounds: %s", there.measured)
            far, short = (far, half) if self.missed.short(there) else (half, short)
            best = min(best, half, key=_Round.rank)
        return best

    def _end(self, here, solution, change):
        """Return the answer, or say that delta was not reached and how far one can go."""
        lowered = False
        gone = 1.0 - here.measured[self.run.metric] / self.run.before[self.run.metric]
        if self.refused is not None and falls_short(gone, self.terms.delta):
            guards = {k: Limit(self.run.influence[k], slack) for k, slack in self.guards.items()}
            reached, slack = max(gone, 0.0), self.refused.min_slack
            error = InfeasibleWeightsError.of(self.terms, guards, reached, slack, reached=True)
            if self.terms.on_infeasible == "raise":
                raise error
            warn_caller(f"{error} 'delta' was lowered to that.", DeltaNotReachedWarning)
            lowered = True
        return self._answer(replace(solution, epsilon=here.epsilon), change, here, lowered)

    def _answer(self, solution, change, here=None, lowered=False):
        metric, costs = self.run.metric, dict(solution.costs)
        if "metric" in costs:
            # The metric may be guarded as well: its price is that of what is asked.
            costs = {metric: costs.pop("metric")} | {k: v for k, v in costs.items() if k != metric}
        solution = replace(solution, predicted=change, costs=costs)
        return Weighed(self.request, solution, here, self.records, lowered)

    def _predict(self, here, epsilon, local):
        """Return the predicted change of every objective from the fitted classifier on."""
        step = epsilon - here.epsilon
        return {
            name: here.measured[name] - self.run.before[name] + predicted_change(scores, step)
            for name, scores in local.influence.items()
        }

    def _linearise(self, here):
        """Return the influence of the objectives at an iterate, and that of rivals.

        If the metric, or a guard that is counted, is the largest of several gaps, its rivals are
        the others: after this step one of them may be the largest.
        """
        run = self.run
        view, inverse, term = run.view, run.inverse, None
        if here.epsilon.any():
            view, inverse = self.request.correction.linearise(
                view, here.epsilon, here.theta, run.curvature, inverse
            )
        if self.utility is not None:
            term = self.utility.term(view, inverse)
        # What is known at the fit already is still asked for where that costs no sweep.
        swept = isinstance(term, SweptUtilityTerm)
        names = tuple(run.influence) if swept or here.epsilon.any() else ()
        rivalled = (run.metric, *self.missed.counted_guards) if self.several else ()
        others = {} if self.utility is None else self.utility.cotangents(here.theta)
        if isinstance(term, UtilityTerm) and here.epsilon.any():
            others["so far"] = view, partial(term.cotangent, here.epsilon)
        given = (names, rivalled, self.seen, others)
        gradients, found, pulled = run.panel.slopes(here.theta, *given)
        found = {rival(*key): each for key, each in found.items()}
        gradients |= {name: slope for name, (_, slope) in found.items()}
        if self.utility is not None:
            gradients[_UTILITY] = self.utility.gradient(here.theta, pulled)
        if "so far" in pulled:
            gradients[_UTILITY] += term.bent(pulled["so far"])
        if swept:
            scores = term.respond(gradients)
        else:
            scores = influence_scores(view, inverse, gradients) if gradients else {}
        influence = {name: scores.get(name, first) for name, first in run.influence.items()}
        rivals = {name: (value, scores[name]) for name, (value, _) in found.items()}
        reward = scores.get(_UTILITY)
        if term is not None and not isinstance(term, UtilityTerm):
            reward = reward + term.rmatvec(term.matvec(here.epsilon))
        return _Linearised(view, inverse, influence, rivals, reward, term)

    def _weigh(self, here, local):
        """Return the solution of the linearised problem, or of a nearer one that has one."""
        terms = replace(self.terms, on_infeasible="raise")
        try:
            return self._ask(here, local, terms)
        except InfeasibleWeightsError as error:
            failure = error
        if not here.epsilon.any():
            self.refused = failure
        # Gaps that cannot all be closed from here may be from nearer.
        initial, now = self.run.before[self.run.metric], here.measured[self.run.metric]
        _, high = terms.interval(initial)
        for share in SHORTER if now > high else ():
            delta = 1.0 - (now - share * (now - high)) / initial
            try:
                return self._ask(here, local, replace(terms, delta=max(delta, MET)))
            except InfeasibleWeightsError:
                continue
        logger.info("no weights for this round (%s); going as far as possible", failure)
        if not self.missed.counted:
            self.refused = failure
        return self._ask(here, local, replace(terms, on_infeasible="nearest"), hold=True)

    def _ask(self, here, local, terms, hold=False):
        """Return the solution of one linearised problem.

        `hold`: a guard already past its slack may not be recoverable; then only require that it
        gets no worse. A delta out of reach from these weights may be in reach a round later.
        """
        problem = self._subproblem(here, local, terms)
        if hold:
            guards = {k: replace(v, slack=max(v.slack, 0.0)) for k, v in problem.guards.items()}
            problem = replace(problem, guards=guards)
        return answer_of(self.request.weighting, problem, terms)

    def _subproblem(self, here, local, terms=None):
        """Return what is asked of the weights from an iterate on."""
        run, falls, guards = self.run, self.run.falls(here.measured), {}
        for name, allowed in self.guards.items():
            left = allowed - (here.measured[name] - run.before[name])
            # What is not held as measured gets no worse to first order, in every round, but for
            # what the fit itself leaves open.
            slack = left if name in self.missed.as_measured else max(left, run.noise[name])
            guards[name] = Limit(local.influence[name], slack, falls.get(name, np.inf))
        for name, (value, scores) in local.rivals.items():
            if (of := owner(name)) in guards:
                most = run.before[of] + self.guards[of]
                guards[name] = Limit(scores, most - value, most + value)
        initial = run.before[run.metric]
        _, high = (terms or self.terms).interval(initial)
        # One row's worth is met: half of it is room for the rivals, which share few parameters.
        high += 0.5 * here.look.grain[run.metric]
        # A rival between the only two groups is past 0 before it is seen: it may turn over no
        # further than the metric may be open.
        room = high + MET * initial if run.panel.bound[run.metric].two_sided else np.inf
        problem = Subproblem(
            influence=local.influence[run.metric],
            value=here.measured[run.metric],
            initial=initial,
            epsilon=here.epsilon,
            guards=guards,
            rivals={
                name: Limit(scores, high - value, room + value)
                for name, (value, scores) in local.rivals.items()
                if name not in guards
            },
            **self._utility_term(local),
        )
        self.price = problem.price(self.terms)
        return problem

    def _utility_term(self, local):
        """Return the utility's part of a problem: what is gained, its curvature and its unit."""
        if self.utility is None:
            return {}
        return {"reward": local.reward, "quadratic": local.term, "unit": self.utility.unit}

    def _prices(self, solution, so_far):
        """Return prices of what is missed: of the metric, its rivals included, and of the guards.

        None if the weights come without multipliers, or without one of the metric: they have no
        objective to weigh against it.
        """
        if not solution.costs.keys() - self.guards.keys():
            return None
        guards = dict.fromkeys(self.guards, 0.0)
        metric = 0.0
        for name, cost in solution.costs.items():
            if (of := owner(name)) in guards:
                guards[of] = max(guards[of], abs(cost))
            else:
                metric = max(metric, abs(cost))
        prices = EXACT * np.array([metric, *guards.values()])
        return prices if so_far is None else np.maximum(so_far, prices)

    def _advance(self, here, wanted, inverse, prices, radius):
        """Return the iterate after the longest step that does not make the merit worse."""
        step = wanted - here.epsilon
        size = np.linalg.norm(step)
        length = min(1.0, radius / size) if size else 1.0
        first, start = None, here.theta
        for _ in range(MOST_HALVINGS):
            epsilon = wanted if length == 1.0 else here.epsilon + length * step
            there = self._iterate(epsilon, inverse, start)
            if self._no_worse(there, here, prices):
                return there, length
            first = first or (there, length)
            length /= 2
            if self.run.view.convex and not self.run.view.replays:
                # Half of the weights lead to about half of the way.
                start = 0.5 * (here.theta + there.theta)
        # What trains anew ends, however small the change, at the minimum that the fit stopped short
        # of, which is what later rounds must start from.
        return (here, 0.0) if here.epsilon.any() or self._ruins(first[0], here) else first

    def _iterate(self, epsilon, inverse, start):
        """Return where weight changes lead, and keep in mind what was seen there."""
        run = self.run
        theta = self.passing.correct(run.view, epsilon, run.curvature, inverse, start)
        if run.curvature.takes_square(run.view):
            # One sweep tells what measures these parameters and what is linearised there.
            weight = reweighted(run.view.sample_weight, epsilon)
            run.view.at(theta).value_and_gradient(weight, square=True)
        there = Iterate(epsilon, theta, run.panel.look(theta))
        self.seen.append(there.look)
        return there

    def _no_worse(self, there, here, prices):
        """Say whether a step is taken."""
        if self._ruins(there, here):
            return False
        if self._merit(there, prices) <= self._merit(here, prices):
            return True
        missed = self.missed.excess(here)
        return self.missed.in_steps and missed > 0 and self.missed.excess(there) <= missed

    def _ruins(self, there, here):
        """Say whether a step makes the loss worse than that of knowing nothing."""
        if self.utility is None:
            return False
        loss = self.utility.value(there.theta)
        return loss > self.ruin and loss > self.utility.value(here.theta)

    def _merit(self, point, prices):
        """Return what is minimised, as measured, plus the price of what is missed."""
        missed = self.missed.violations(point)
        if prices is None:
            return float(missed.sum())
        return self._worth(point) + float(prices @ missed)

    def _worth(self, point):
        """Return what is minimised, as measured: the lower, the better."""
        size = float(point.epsilon @ point.epsilon)
        if self.utility is not None:
            return self.price * size + self.utility.value(point.theta)
        if self.price == "auto":
            return size
        gone = self.run.before[self.run.metric] - point.measured[self.run.metric]
        return self.price * size - gone

    def _record(self, change, here, length):
        before = self.run.before
        record = {"length": length, "norm": float(np.linalg.norm(here.epsilon))}
        record |= {f"predicted_{name}": value for name, value in change.items()}
        record |= {f"measured_{name}": here.measured[name] - before[name] for name in before}
        self.records.append(record)
        logger.info("round %d: %s", len(self.records), record)
