"""What every correction answers for."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
from sklearn.base import BaseEstimator

from sk_softunlearn._narrow import reweighted
from sk_softunlearn.corrections._held import at_zero
from sk_softunlearn.exceptions import SoftUnlearnError, UnsupportedEstimatorError

__all__ = ["Correction"]


class Correction(BaseEstimator, ABC):
    """A rule that moves the parameters to suit the changed row weights.

    A subclass writes `move`. If no weight changes, every correction returns the parameters bit for
    bit. As in scikit-learn's estimators, `_parameter_constraints` says what the parameters of a
    subclass must be.

    A coefficient under an L1 penalty that would change its sign stops at 0, as it does under the
    penalty itself. Past 0 the linear part of the penalty (`View.tilt`) would be a reward. A
    coefficient whose rows have lost their weight would then grow without end.
    """

    _parameter_constraints: ClassVar[dict] = {}
    # Whether it serves models whose parameters are made anew along a structure that is held.
    replays: ClassVar[bool] = False
    # Whether such a structure is then the same.
    holds_structure: ClassVar[bool] = True

    def correct(self, view, epsilon, curvature, inverse, start=None) -> np.ndarray:
        """Return corrected parameters.

        Parameters
        ----------
        view : View
            Of the training rows, at the fitted parameters.
        epsilon : ndarray of shape (n,)
            Relative change of the row weights.
        curvature : Curvature
            What inverts the curvature anew where a rule needs that.
        inverse : InverseCurvature
            Its inverse at the fitted parameters and weights.
        start : ndarray of shape (d,), default=None
            Parameters near the answer, for rules that iterate to a fixed point; None: the fitted
            ones.

        Returns
        -------
        theta : ndarray of shape (d,)
            The corrected parameters.

        Raises
        ------
        ValueError
            If a parameter is not what it must be, or the rule does not take these weights.
        UnsupportedEstimatorError
            If the rule does not serve this kind of model.
        SoftUnlearnError
            If the rule ends in parameters that are not finite.
        """
        self._validate_params()
        if view.replays and not self.replays:
            raise UnsupportedEstimatorError(
                f"'correction' must be 'replay' or 'retrain' for a {type(view.classifier).__name__}"
                f", got {self}: leaves are made one tree after the other, and have no minimum to "
                "step to. Leave it at 'auto'."
            )
        if not epsilon.any():
            return view.theta
        start = view if start is None else view.at(start)
        theta = self.move(view, epsilon, curvature, inverse.whole, start)
        if not np.all(np.isfinite(theta)):
            raise SoftUnlearnError(
                f"'correction' must end in finite parameters, got {self}, which does not on these "
                "rows. Take fewer or smaller steps, or use 'newton' or 'influence'."
            )
        return view.within(theta)

    def linearise(self, view, epsilon, theta, curvature, inverse):
        """Return where the effect of further weight changes is linearised.

        Parameters
        ----------
        view : View
            Of the training rows, at the fitted parameters.
        epsilon : ndarray of shape (n,)
            Weight changes so far.
        theta : ndarray of shape (d,)
            What `correct` made of them.
        curvature : Curvature
            What inverts the curvature.
        inverse : InverseCurvature
            At the fitted parameters and weights.

        Returns
        -------
        view : View
            Whose rows' slopes a further change acts through.
        inverse : InverseCurvature
            At that view, with the weights so far.
        """
        weight = reweighted(view.sample_weight, epsilon)
        there = view.at(theta).under(weight)
        inverse = curvature.invert(there, weight)
        return there, inverse.holding(at_zero(there))

    def in_passing(self, view) -> "Correction":
        """Return the rule as it serves on the way to weights that are corrected with at last.

        Where a rule iterates, it need not be as exact there. By default it is the same.

        Parameters
        ----------
        view : View
            Of the training rows.
        """
        return self

    @abstractmethod
    def move(self, view, epsilon, curvature, inverse, start) -> np.ndarray:
        """Return the corrected parameters; `correct` asks only if some weight changes.

        Parameters
        ----------
        view : View
            Of the training rows, at the fitted parameters.
        epsilon : ndarray of shape (n,)
            Relative change of the row weights, not all 0.
        curvature : Curvature
            What inverts the curvature anew where a rule needs that.
        inverse : InverseCurvature
            Its inverse at the fitted parameters and weights.
        start : View
            Of the same rows, at parameters near the answer.

        Returns
        -------
        theta : ndarray of shape (d,)
            The corrected parameters.
        """
