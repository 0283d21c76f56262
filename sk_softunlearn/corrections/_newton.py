"""Newton's method on the re-weighted objective."""

import logging
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from sk_softunlearn.corrections._base import Correction

__all__ = ["Newton"]

logger = logging.getLogger("sk_softunlearn")

# Share of the last step's promise above which the curvature is taken anew.
STALE = 0.01
# Share of the objective by which its rounding may hide a descent.
ROUNDING = 1e-15


class Newton(Correction):
    """Minimise `sum_i s_i (1 + epsilon_i) loss_i + penalty` by Newton's method.

    On a convex head this is what retraining with the weights gives, from a warm start.
    Steps are halved until the objective falls enough (Armijo); the curvature is kept while steps
    with it converge fast (Shamanskii 1967).

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

    def __init__(self, tol=1e-12, max_iter=50):
        self.tol = tol
        self.max_iter = max_iter

    def _correct(self, view, epsilon, curvature, inverse, start):
        return self.minimise(start, view.sample_weight * (1.0 + epsilon), curvature, inverse)

    def minimise(self, view, weight, curvature, inverse):
        """Minimise the objective with other row weights.

        Parameters
        ----------
        view : View
            Of the training rows, where the search starts.
        weight : ndarray of shape (n,)
            Total weight of every row.
        curvature : Curvature
            What inverts the curvature anew where steps with the old one converge slowly.
        inverse : InverseCurvature
            Of a curvature near that of the objective.

        Returns
        -------
        theta : ndarray of shape (d,)
            Where the objective is stationary, or nearly so with a ConvergenceWarning.
        """
        last = np.inf
        value = view.value(weight)
        for iteration in range(self.max_iter):
            gradient = view.gradient(weight)
            step = inverse @ gradient
            promised = 0.5 * (gradient @ step)
            if promised <= self.tol * abs(value):
                logger.info("newton: stationary after %d steps", iteration)
                return view.theta - step
            # An old curvature serves as long as each step leaves little of what the last one left.
            if promised > STALE * last:
                inverse = curvature.invert(view, weight)
                step = inverse @ gradient
                promised = 0.5 * (gradient @ step)
            view, value = _descend(view, weight, value, step, promised)
            last = promised
        warnings.warn(
            f"'newton' is not stationary after 'max_iter'={self.max_iter} steps: the last one "
            f"promised to lower the objective by {promised:.1e} of {value:.1e}. Raise 'max_iter', "
            "or use curvature='exact'.",
            ConvergenceWarning,
            stacklevel=2,
        )
        return view.theta


def _descend(view, weight, value, step, promised):
    """Return the view and objective after the longest halved step that descends enough."""
    length = 1.0
    while True:
        trial = view.at(view.theta - length * step)
        trial_value = trial.value(weight)
        enough = value - 0.2 * length * promised + ROUNDING * abs(value)
        if trial_value <= enough or length < 1e-10:
            return trial, trial_value
        length /= 2
