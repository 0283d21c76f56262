"""One computation of influence, and what the steps after it take from it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sk_softunlearn._narrow import frozen, zeros
from sk_softunlearn._rows import Rows
from sk_softunlearn._steps._findings import (
    ROUGH,
    metric_is_lost,
    nothing_to_improve,
    warn_if_left_open,
    warn_of_small_groups,
    warn_of_the_fit,
)
from sk_softunlearn._steps._measuring import evaluation_rows
from sk_softunlearn._steps._request import Request
from sk_softunlearn._steps._rounds import Rounds
from sk_softunlearn._steps._scores import influence_scores
from sk_softunlearn._steps._shortfalls import (
    warn_if_missed,
    warn_of_another_class,
    warn_of_exceeded,
    warn_of_lost_classes,
)
from sk_softunlearn._steps._utility import Utility
from sk_softunlearn._steps._weighed import Iterate, Weighed
from sk_softunlearn.curvature import InverseCurvature
from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.objectives import Panel
from sk_softunlearn.objectives._units import gaps_by_class, in_both_units
from sk_softunlearn.views import View, find_head, read_view
from sk_softunlearn.views._checks import check_finite
from sk_softunlearn.weights import WeightSolution

__all__ = ["Run"]

# The utility takes a dense matrix of the parameters in every round. Up to this size, and number of
# multiplications per matrix, that costs about what a fit does.
MOST_PARAMETERS, MOST_PRODUCTS = 500, 2e10


@dataclass(frozen=True)
class Run:
    """Influence of the rows that a classifier was fitted on.

    Parameters
    ----------
    request : Request
        What influence was computed for.
    rows : Rows
        All rows, as the user gave them.
    training : ndarray of shape (q,) or None
        Positions of the rows that the classifier was fitted on; None: all.
    view : View
        Of those rows.
    inverse : InverseCurvature
        At the fitted parameters.
    panel : Panel
        The objectives, bound to the validation rows.
    influence : dict of str to ndarray of shape (q,)
        Influence of those rows on every objective.
    hopeless : bool
        Whether the metric cannot be measured or has nothing to improve: no weight changes.
    measured_on : View
        Of the validation rows.
    measured_weight : ndarray of shape (v,)
        Their weights, in the unit of those of the training rows.
    unit : float
        What a training row usually weighs: the median of the weights above 0.
    noise : dict of str to float
        By how much every objective would change, to first order, were the fit taken to its minimum.
    """

    request: Request
    rows: Rows
    training: np.ndarray | None
    view: View
    inverse: InverseCurvature
    panel: Panel
    influence: dict
    hopeless: bool
    measured_on: View
    measured_weight: np.ndarray
    unit: float
    noise: dict

    @property
    def metric(self):
        """Name of the objective to improve."""
        return self.request.objectives.metric

    @property
    def guards(self):
        """Slack of every guard, a dict of floats."""
        return self.request.objectives.guards

    @property
    def surrogate(self):
        """What the metric is a gap of; None if it is no gap, or cannot be measured."""
        return getattr(self.panel.bound.get(self.metric), "surrogate", None)

    @property
    def curvature(self):
        """What inverts the curvature."""
        return self.request.curvature

    @cached_property
    def start(self):
        """The iterate that every request starts from: the fitted classifier, no weight changed."""
        theta = self.view.theta
        return Iterate(zeros(len(self.view.target)), theta, self.panel.look(theta))

    @property
    def before(self):
        """Value of every objective at the fitted classifier, a dict of floats."""
        return self.start.measured

    @cached_property
    def utility(self):
        """The loss of training and validation rows."""
        return Utility(self.view, self.measured_on, self.measured_weight, self.unit, self.influence)

    @classmethod
    def begin(cls, request, fit):
        """Compute the influence of the rows of a fitted classifier.

        Parameters
        ----------
        request : Request
            What is asked.
        fit : Fit
            The classifier and its rows.

        Returns
        -------
        run : Run
            With the influence scores.
        """
        objectives, rows = request.objectives, fit.rows
        trained = rows if fit.training is None else rows.take(fit.training)
        check_finite(find_head(fit.estimator).classifier)
        view = read_view(fit.estimator, trained.X, trained.y, trained.sample_weight, request.layers)
        if not view.replays:
            # One sweep over the rows gives their raw predictions as well, and their square.
            square = request.curvature.takes_square(view)
            _ = view.value_and_gradient(view.sample_weight, square)
        measured, where = trained, view
        if fit.validation is not None:
            measured, where = fit.validation, view.on(fit.validation.X, fit.validation.y)
        named = objectives.measurable(measured)
        hopeless = metric_is_lost(objectives, named)
        evaluated = evaluation_rows(
            where, measured, request.pos_label, named, request.min_group_rows
        )
        panel = Panel(named, where, evaluated)
        inverse = request.curvature.invert(view, view.sample_weight)
        stopped = warn_of_the_fit(view, inverse)
        gradients = panel.gradients(view.theta)
        influence = influence_scores(view, inverse, gradients)
        left = view.unfinished(inverse.to(ROUGH))
        noise = {name: abs(float(slope @ left)) for name, slope in gradients.items()}
        hopeless = hopeless or nothing_to_improve(objectives.metric, panel, view.theta)
        if not hopeless:
            view.check_movable()
        if view.convex and not (hopeless or stopped):
            metric = objectives.metric
            warn_if_left_open(metric, noise[metric], panel.measure(view.theta)[metric])
        warn_of_small_groups(panel, objectives, measured.group_titles)
        given = trained.sample_weight
        unit = 1.0 if given is None else float(np.median(given[given > 0]))
        # Validation rows without weights count as a training row usually does.
        alike = np.broadcast_to(unit, len(measured.y))
        weight = alike if measured.sample_weight is None else measured.sample_weight
        return cls(
            request,
            rows,
            fit.training,
            view,
            inverse,
            panel,
            influence,
            hopeless,
            where,
            weight,
            unit,
            noise,
        )

    def class_gaps(self, theta):
        """Return the metric with every class favourable in turn, before and after."""
        if self.metric not in self.panel.bound:
            return {}
        view = self.panel.views[self.metric]
        raws = [view.at(each).raw_prediction for each in (self.view.theta, theta)]
        return gaps_by_class(self.panel.objectives[self.metric], self.panel.rows, raws)

    def gaps(self, theta):
        """Return a metric that is a gap, of labels and of probabilities, before and after.

        Parameters
        ----------
        theta : ndarray of shape (d,)
            The corrected parameters.

        Returns
        -------
        gaps : dict of str to tuple of two float
            As `in_both_units` returns them; empty if the metric is no gap or cannot be measured.
        """
        if self.metric not in self.panel.bound:
            return {}
        view = self.panel.views[self.metric]
        raws = [view.at(each).raw_prediction for each in (self.view.theta, theta)]
        return in_both_units(self.panel.objectives[self.metric], self.panel.rows, raws)

    def minimises(self, request):
        """Return what the weights of a request minimise: "utility" or "metric"."""
        grows = self.view.replays and not request.correction.holds_structure
        if grows and request.objective == "utility":
            raise UnsupportedEstimatorError(
                "'objective' must be 'metric' where other trees are grown, got 'utility' with "
                f"{request.correction}: the utility is that of the trees that are held. Leave "
                "'correction' or 'objective' at 'auto'."
            )
        if request.objective != "auto":
            return request.objective
        if self.view.replays or not hasattr(self.view.jacobian, "gram"):
            return "metric"
        n_outputs, size = self.view.jacobian.shape
        affordable = size <= MOST_PARAMETERS and n_outputs * size**2 <= MOST_PRODUCTS
        return "utility" if self.view.convex and affordable else "metric"

    def scatter(self, values):
        """Return values of the fitted rows in the order of all rows, 0 elsewhere.

        They are not to be written to: where all rows are fitted they are the same array.
        """
        if self.training is None:
            return frozen(values)
        full = np.zeros(len(self.rows.y))
        full[self.training] = values
        return frozen(full)

    def weigh(self, request) -> Weighed:
        """Compute the weights, and where they lead.

        Parameters
        ----------
        request : Request
            What is asked now; of the parameters that influence depends on it has the same.

        Returns
        -------
        weighed : Weighed
            Predictions and costs named by objective.
        """
        if self.hopeless:
            return Weighed(request, self._unchanged())
        return Rounds(self, request).solve()

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
            predicted=dict.fromkeys(self.influence, 0.0),
        )

    def correct(self, request, epsilon, start=None):
        """Return the parameters that weight changes lead to, of shape (d,).

        Parameters
        ----------
        request : Request
            With the correction.
        epsilon : ndarray of shape (q,)
            Weight changes of the fitted rows.
        start : ndarray of shape (d,), default=None
            Parameters near the answer.
        """
        return request.correction.correct(self.view, epsilon, self.curvature, self.inverse, start)

    def warn_of(self, settled):
        """Warn if the metric is not where it was to be, or something else got worse.

        Parameters
        ----------
        settled : Settled
            The weights that were taken, and what they brought.
        """
        if self.hopeless:
            return
        weighed, after = settled.weighed, settled.after
        warn_of_lost_classes(self.view, weighed.solution.epsilon)
        warn_of_another_class(self.metric, self.panel.rows, self.class_gaps(settled.theta))
        terms, rounds = weighed.request.terms, bool(weighed.records)
        promised = -weighed.solution.predicted[self.metric]
        grain = self.start.look.grain
        # What was lowered has been said already.
        if not weighed.lowered:
            warn_if_missed(
                self.metric,
                terms.delta,
                terms.max_improvement,
                promised,
                self.before,
                after,
                rounds,
                grain[self.metric],
                bool(self.guards),
            )
        least_loss = rounds and self.minimises(weighed.request) == "utility"
        warn_of_exceeded(self.guards, self.before, after, grain, least_loss)
