"""Newton's method on the re-weighted objective."""

import logging
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from sk_softunlearn._narrow import reweighted
from sk_softunlearn._sklearn import Interval
from sk_softunlearn.corrections._base import Correction
from sk_softunlearn.corrections._descent import Reweighted
from sk_softunlearn.corrections._held import stopped
from sk_softunlearn.exceptions import warn_caller

__all__ = ["Newton"]

logger = logging.getLogger("sk_softunlearn")

# Share of the last step's promise above which the curvature is taken anew.
STALE = 0.01
# Relative residual to which a step is solved (inexact Newton, Dembo et al. 1982): a step then
# leaves a hundredth, which the next one takes.
INEXACT = 1e-2
# `tol` on the way, where a step is taken after that, and where the search ends at what was looked
# at: an error in the raw predictions of about the root of it.
IN_PASSING, LOOKED_AT = 1e-8, 1e-10
# Share of the objective by which its rounding may hide a descent.
ROUNDING = 1e-15
# Share of what all steps have brought below which the last one ends the search on a network, whose
# kinks let steps fall short of what they promise.
SMALL = 1e-2
# A step that does not descend even as short as this leads nowhere.
SHORTEST = 1e-10


class Newton(Correction):
    r"""Minimise the objective with the new weights by Newton's method.

    .. math::

        \min_\theta \sum_i s_i (1 + \varepsilon_i)\, \ell_i(\theta)
        + \tfrac12 \theta^\top \operatorname{diag}(\Lambda)\, \theta + \tau^\top \theta

    On a convex head this gives what retraining with the weights gives, from a warm start. If the
    fit stopped short of its minimum, the correction does not finish it: it follows the weights
    alone. Steps are halved until the objective falls enough (Armijo). The curvature is kept while
    steps with it converge fast (Shamanskii 1967). Under an L1 penalty steps are projected: a
    coefficient stops at 0, and the others take their step without it (Bertsekas 1982). All layers
    of a network have kinks, so that steps fall short. There it also ends once a step gains less
    than a hundredth of what all steps have gained.

    Parameters
    ----------
    tol : float, default=1e-12
        Stop once the step promises to lower the objective by less than this share of it.
    max_iter : int, default=50
        Largest number of steps.

    Examples
    --------
    >>> from sk_softunlearn.corrections import Newton
    >>> Newton(max_iter=5)
    Newton(max_iter=5)
    """

    _parameter_constraints: ClassVar[dict] = {
        "tol": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, tol=1e-12, max_iter=50):
        self.tol = tol
        self.max_iter = max_iter

    def in_passing(self, view):
        return _InPassing(max(self.tol, IN_PASSING), self.max_iter)

    def move(self, view, epsilon, curvature, inverse, start):
        objective = Reweighted.going_on(view, reweighted(view.sample_weight, epsilon))
        return self.minimise(start, objective, curvature, inverse)

    def minimise(self, view, objective, curvature, inverse):
        """Minimise an objective.

        Parameters
        ----------
        view : View
            Of the training rows, where the search starts.
        objective : Reweighted
            What is minimised.
        curvature : Curvature
            What inverts the curvature anew where steps with the old one converge slowly.
        inverse : InverseCurvature
            Of a curvature near that of the objective.

        Returns
        -------
        theta : ndarray of shape (d,)
            Where the objective is stationary, or nearly so with a ConvergenceWarning.
        """
        last, part, held = np.inf, None, None
        square = self._takes_square(view, curvature) and np.min(objective.weight) >= 0
        value, gradient = objective.value_and_gradient(view, square)
        highest = value
        for iteration in range(self.max_iter):
            at_rest = stopped(view, gradient)
            if square:
                inverse, part = curvature.invert(view, objective.weight), None
            if part is None or (at_rest != held).any():
                part, held = inverse.holding(at_rest), at_rest
            step = part.to(INEXACT) @ gradient
            promised = 0.5 * (gradient @ step)
            if self._ends(promised, abs(value), square):
                logger.info("newton: stationary after %d steps", iteration)
                return self._end(view, step, square)
            # An old curvature serves as long as each step leaves little of what the last one left.
            if promised > STALE * last and not square:
                inverse = curvature.invert(view, objective.weight)
                part = inverse.holding(at_rest)
                step = part.to(INEXACT) @ gradient
                promised = 0.5 * (gradient @ step)
            further = _descend(view, objective, value, step, gradient, square)
            if further is None:
                if last == 0.0:
                    break
                # The curvature of other weights may lead nowhere; that of these is tried next.
                last = 0.0
                continue
            fallen, (view, value, gradient) = value - further[1], further
            if not view.convex and fallen <= SMALL * (highest - value):
                logger.info("newton: %d steps, the last of little effect", iteration + 1)
                return view.theta
            last = promised
        warn_caller(
            f"'newton' is not stationary after {iteration + 1} steps ('max_iter'={self.max_iter}): "
            f"the last one promised to lower the objective by {promised:.1e} of {value:.1e}. Raise "
            "'max_iter', use curvature='exact', or scale the features.",
            ConvergenceWarning,
        )
        return view.theta

    def _takes_square(self, view, curvature):
        """Say whether the curvature is taken with every look."""
        return False

    def _ends(self, promised, value, square):
        """Say whether the step that promises so much is the last one."""
        return promised <= self.tol * value

    def _end(self, view, step, square):
        """Return where the last step leads; it is not looked at."""
        return view.within(view.theta - step)


class _InPassing(Newton):
    """Newton's method where what it ends at is measured, and gone on from.

    If a look at the rows gives everything that these need, it ends at what was looked at last.
    """

    def _takes_square(self, view, curvature):
        # What comes after wants it as well.
        return curvature.takes_square(view)

    def _ends(self, promised, value, square):
        tol = self.tol * (LOOKED_AT / IN_PASSING if square else 1.0)
        return promised <= tol * value

    def _end(self, view, step, square):
        return view.theta if square else super()._end(view, step, square)


def _descend(view, objective, value, step, gradient, square):
    """Return view, value and gradient after the longest halved step that descends enough.

    None if none does.
    """
    length = 1.0
    while length >= SHORTEST:
        moved = view.theta - length * step
        trial = view.at(view.within(moved))
        # What is stopped at 0 brings less than its step would.
        promised = length * (gradient @ step) - gradient @ (trial.theta - moved)
        trial_value, trial_gradient = objective.value_and_gradient(trial, square)
        if trial_value <= value - 0.1 * max(promised, 0.0) + ROUNDING * abs(value):
            return trial, trial_value, trial_gradient
        length /= 2
    return None
