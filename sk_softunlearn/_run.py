"""One computation of influence, and what the steps after it take from it."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from sk_softunlearn._asked import evaluation_rows, find_objectives
from sk_softunlearn._findings import (
    nothing_to_improve,
    warn_if_missed,
    warn_if_not_stationary,
    warn_of_small_groups,
    without_groups,
)
from sk_softunlearn._influence import influence_scores, predicted_change
from sk_softunlearn._resolve import resolve
from sk_softunlearn._rows import Rows
from sk_softunlearn.corrections import CORRECTIONS
from sk_softunlearn.curvature import CURVATURES, Curvature, InverseCurvature
from sk_softunlearn.objectives import Panel
from sk_softunlearn.views import View, read_view
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
        objectives = find_objectives(settings.metric, settings.guards)
        curvature = resolve(settings.curvature, "curvature", CURVATURES, "invert")
        view = read_view(estimator, fitted_on.X, fitted_on.y, fitted_on.sample_weight)
        where = view if validation is None else view.on(validation.X, validation.y)
        measured = validation or fitted_on
        named, hopeless = dict(objectives.named), False
        if measured.groups is None:
            named, hopeless = without_groups(objectives)
        else:
            warn_of_small_groups(measured)
        needs_positive = any(objective.needs_groups for objective in named.values())
        evaluated = evaluation_rows(where, measured, settings.pos_label, needs_positive)
        panel = Panel(named, where, evaluated)
        inverse = curvature.invert(view, view.sample_weight)
        warn_if_not_stationary(view, inverse)
        influence = influence_scores(view, inverse, panel.gradients())
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
        )

    def scatter(self, values):
        """Return values of the fitted rows in the order of all rows, 0 elsewhere."""
        if self.training is None:
            return values
        full = np.zeros(len(self.rows.y))
        full[self.training] = values
        return full

    def solve(self, settings, delta, solver="auto", verify=False):
        """Return the WeightSolution for one `delta`, its predictions named by objective."""
        if self.hopeless:
            solution = WeightSolution(
                epsilon=np.zeros(len(self.view.target)),
                multipliers=np.zeros(1 + len(self.guards)),
                residual=0.0,
                objective=0.0,
                case="unconstrained",
                solver="none",
            )
        else:
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
            named = {"soft": soft, "hard": HardWeights}
            weighting = resolve(settings.weighting, "weighting", named, "solve")
            solution = weighting.solve(
                self.influence[self.metric],
                self.panel.measure(self.view.theta)[self.metric],
                {name: (self.influence[name], slack) for name, slack in self.guards.items()},
            )
        predicted = {
            name: predicted_change(scores, solution.epsilon)
            for name, scores in self.influence.items()
        }
        return replace(solution, predicted=predicted)

    def correct(self, settings, epsilon):
        """Return the corrected parameters, of shape (d,)."""
        automatic = CORRECTIONS["newton" if self.view.convex else "influence"]
        named = {"auto": automatic, **CORRECTIONS}
        correction = resolve(settings.correction, "correction", named, "correct")
        return correction.correct(self.view, epsilon, self.curvature, self.inverse)

    def warn_if_missed(self, delta, solution, before, after):
        """Warn when weights that promised `delta` do not bring it."""
        if not self.hopeless:
            promised = -solution.predicted[self.metric]
            warn_if_missed(self.metric, delta, promised, before, after)
