"""One computation of influence, and what the steps after it take from it."""

from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
from sklearn.base import clone

from sk_softunlearn._rows import Rows
from sk_softunlearn._steps._request import evaluation_rows, find_objectives
from sk_softunlearn._steps._resolve import resolve
from sk_softunlearn._steps._rounds import Rounds
from sk_softunlearn._steps._scores import influence_scores, predicted_change
from sk_softunlearn._steps._utility import Utility
from sk_softunlearn._steps._verdicts import (
    metric_is_lost,
    nothing_to_improve,
    warn_if_missed,
    warn_if_not_stationary,
    warn_of_exceeded,
    warn_of_small_groups,
)
from sk_softunlearn.corrections import CORRECTIONS
from sk_softunlearn.curvature import CURVATURES, Curvature, InverseCurvature
from sk_softunlearn.objectives import Panel
from sk_softunlearn.objectives._exceeds import exceeds
from sk_softunlearn.views import View, find_head, read_view
from sk_softunlearn.views._checks import check_finite
from sk_softunlearn.weights import HardWeights, SoftWeights, WeightSolution

__all__ = ["Run"]


@dataclass(frozen=True)
class Run:
    """Influence of the rows that a classifier was fitted on.

    Parameters
    ----------
    rows : Rows
        All rows, as the user gave them.
    training : ndarray of shape (q,) or None
        Positions of the rows that the classifier was fitted on; None: all.
    view : View
        Of those rows.
    curvature : Curvature
        What inverts the curvature.
    inverse : InverseCurvature
        At the fitted parameters.
    panel : Panel
        The objectives, bound to the validation rows.
    influence : dict of str to ndarray of shape (q,)
        Influence of those rows on every objective.
    metric : str
        Name of the objective to improve.
    guards : dict of str to float
        Slack of every guard.
    hopeless : bool
        Whether the metric cannot be measured or has nothing to improve: no weight changes.
    measured_on : View
        Of the validation rows.
    measured_weight : ndarray of shape (v,)
        Their weights.
    """

    rows: Rows
    training: np.ndarray | None
    view: View
    curvature: Curvature
    inverse: InverseCurvature
    panel: Panel
    influence: dict
    metric: str
    guards: dict
    hopeless: bool
    measured_on: View
    measured_weight: np.ndarray

    @cached_property
    def before(self):
        """Value of every objective at the fitted classifier, a dict of floats."""
        return self.panel.measure(self.view.theta)

    @cached_property
    def utility(self):
        """The loss of training and validation rows."""
        return Utility(self.view, self.measured_on, self.measured_weight)

    @classmethod
    def begin(cls, settings, estimator, rows, validation, fitted_on=None, training=None):
        """Compute the influence of the rows of a fitted estimator.

        Parameters
        ----------
        settings : SoftUnlearner
            Its parameters are read.
        estimator : estimator
            Fitted.
        rows : Rows
            All rows.
        validation : Rows or None
            Rows to measure on; None: those that the estimator was fitted on.
        fitted_on : Rows, default=None
            Those; None: `rows`.
        training : ndarray of shape (q,), default=None
            Their positions in `rows`.

        Returns
        -------
        run : Run
            With the influence scores.
        """
        fitted_on = fitted_on or rows
        objectives = find_objectives(settings.metric, settings.guards, settings.surrogate)
        curvature = resolve(settings.curvature, "curvature", CURVATURES, "invert")
        check_finite(find_head(estimator).classifier)
        view = read_view(
            estimator, fitted_on.X, fitted_on.y, fitted_on.sample_weight, settings.layers
        )
        where = view if validation is None else view.on(validation.X, validation.y)
        measured = validation or fitted_on
        named = objectives.measurable(measured)
        hopeless = metric_is_lost(objectives, named)
        if measured.groups is not None:
            warn_of_small_groups(measured)
        evaluated = evaluation_rows(where, measured, settings.pos_label, named)
        panel = Panel(named, where, evaluated)
        inverse = curvature.invert(view, view.sample_weight)
        warn_if_not_stationary(view, inverse)
        influence = influence_scores(view, inverse, panel.gradients(view.theta))
        hopeless = hopeless or nothing_to_improve(objectives.metric, panel, view.theta)
        return cls(
            rows,
            training,
            view,
            curvature,
            inverse,
            panel,
            influence,
            objectives.metric,
            objectives.guards,
            hopeless,
            where,
            measured.weights(),
        )

    def scatter(self, values):
        """Return values of the fitted rows in the order of all rows, 0 elsewhere."""
        if self.training is None:
            return values
        full = np.zeros(len(self.rows.y))
        full[self.training] = values
        return full

    def solve(self, settings, delta, solver="auto", verify=False, start=None):
        """Return the WeightSolution for one `delta`, and where it leads.

        Parameters
        ----------
        settings : SoftUnlearner
            Its parameters are read.
        delta : float
            Share of the metric that must go.
        solver, verify : str, bool
            As `compute_weights` takes them.
        start : Standpoint, default=None
            Where another `delta` led; rounds go on from there.

        Returns
        -------
        solution : WeightSolution
            Predictions and costs named by objective.
        standpoint : Standpoint or None
            Where rounds have led; None without rounds.
        records : list of dict
            What every round predicted and measured.
        """
        if self.hopeless:
            return self._unchanged(), None, []
        soft = partial(
            SoftWeights,
            delta=delta,
            max_improvement=settings.max_improvement,
            regularization=settings.regularization,
            bounds=settings.bounds,
            solver=solver,
            verify=verify,
            on_infeasible=settings.on_infeasible,
        )
        weighting = resolve(
            settings.weighting, "weighting", {"soft": soft, "hard": HardWeights}, "solve"
        )
        one_step = settings.n_rounds == 1 and settings.objective == "metric"
        if not one_step and not hasattr(weighting, "advance"):
            raise ValueError(
                "'weighting' must have a method 'advance' where 'n_rounds' is above 1 or "
                f"'objective' is 'utility', got {settings.weighting!r}. Use 'soft'."
            )
        if one_step:
            falls = self.falls(self.before)
            guards = {
                name: (self.influence[name], slack, falls.get(name, np.inf))
                for name, slack in self.guards.items()
            }
            solution = weighting.solve(
                self.influence[self.metric], self.before[self.metric], guards
            )
            predicted = {
                name: predicted_change(scores, solution.epsilon)
                for name, scores in self.influence.items()
            }
            return self._named(solution, predicted), None, []
        utility = self.utility if settings.objective == "utility" else None
        correction = self._correction(settings)
        rounds = Rounds(self, weighting, correction, settings.n_rounds, utility)
        # One round is one prediction from the fitted classifier, whatever was asked before.
        solution, standpoint = rounds.solve(start if settings.n_rounds > 1 else None)
        return self._named(solution, solution.predicted), standpoint, rounds.records

    def falls(self, measured):
        """Return by how much the guards on signed gaps may fall: as far past 0 as before it."""
        return {
            name: measured[name] + self.before[name] + slack
            for name, slack in self.guards.items()
            if self.panel.bound[name].signed
        }

    def _unchanged(self):
        return WeightSolution(
            epsilon=np.zeros(len(self.view.target)),
            multipliers=np.zeros(1 + len(self.guards)),
            residual=0.0,
            objective=0.0,
            case="unconstrained",
            solver="none",
            predicted=dict.fromkeys(self.influence, 0.0),
        )

    def _named(self, solution, predicted):
        """Return a solution with its metric's cost under the metric's own name."""
        costs = {
            self.metric if name == "metric" else name: cost for name, cost in solution.costs.items()
        }
        return replace(solution, predicted=predicted, costs=costs)

    def correct(self, settings, epsilon, standpoint=None):
        """Return the corrected parameters, of shape (d,), from where rounds have led."""
        start = None if standpoint is None else standpoint.theta
        return self._correction(settings).correct(
            self.view, epsilon, self.curvature, self.inverse, start
        )

    def _correction(self, settings):
        automatic = CORRECTIONS["newton" if self.view.convex else "influence"]
        named = {"auto": automatic, **CORRECTIONS}
        correction = resolve(settings.correction, "correction", named, "correct")
        # A random state that is left open is this object's own.
        if getattr(correction, "random_state", correction) is None:
            correction = clone(correction).set_params(random_state=settings.random_state)
        return correction

    def warn_if_missed(self, settings, solution, after, rounds=False):
        """Warn when the metric is not where it was to be, or a guard was not kept."""
        if not self.hopeless:
            promised = -solution.predicted[self.metric]
            furthest = settings.max_improvement
            warn_if_missed(
                self.metric, settings.delta, furthest, promised, self.before, after, rounds
            )
            exceeded = {
                name: slack
                for name, slack in self.guards.items()
                if slack and exceeds(self.before[name], after[name], slack)
            }
            warn_of_exceeded(exceeded, self.before, after)
