"""What every correction answers for."""

from abc import ABC, abstractmethod

from sklearn.base import BaseEstimator

__all__ = ["Correction"]


class Correction(BaseEstimator, ABC):
    """A rule that moves the parameters as the changed row weights ask.

    Where no weight changes, every correction returns the parameters bit for bit.
    """

    def correct(self, view, epsilon, curvature, inverse):
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

        Returns
        -------
        theta : ndarray of shape (d,)
            The corrected parameters.
        """
        if not epsilon.any():
            return view.theta
        return self._correct(view, epsilon, curvature, inverse)

    @abstractmethod
    def _correct(self, view, epsilon, curvature, inverse):
        """Return corrected parameters; at least one weight changes."""
