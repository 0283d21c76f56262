"""What may be left out of a view."""

from functools import cached_property

import numpy as np
from sklearn.utils import check_random_state

from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.views._layer import Layer

__all__ = ["OptionalMembers"]


class OptionalMembers:
    """Members of a view that it need not write; where one cannot be done without, it says so."""

    @classmethod
    def check(cls, classifier):
        """Refuse a classifier of the right kind with the wrong settings, fitted or not.

        Parameters
        ----------
        classifier : estimator
            One that the view accepts.

        Raises
        ------
        UnsupportedEstimatorError
            If what it minimises with these settings cannot be read.
        """

    @property
    def layers(self):
        """The layers of theta, from the inputs to the raw prediction, a list of `Layer`.

        Where a view does not say: one, of all parameters, in one row.
        """
        return [Layer(slice(0, len(self.theta)), 1, len(self.theta), intercept=False)]

    def layer_blocks(self, bend):
        """Yield, block by block of rows, what every layer is fed and what its output does.

        Parameters
        ----------
        bend : Bend
            B, one symmetric K x K matrix per row.

        Yields
        ------
        layers : list of (ndarray of shape (b, inputs), list of ndarray of shape (b, outputs))
            One pair per layer: what it is fed, a column of ones for an intercept included, and the
            derivative of each of the bend's columns (`Bend.columns`) in its output.
        weights : list of ndarray of shape (b,)
            One per column.

        Raises
        ------
        UnsupportedEstimatorError
            Where a view does not say it.
        """
        raise UnsupportedEstimatorError(
            f"'curvature' 'ekfac', and every curvature by products of a model that is not convex, "
            f"needs 'layer_blocks', which {type(self).__name__} does not have. Use "
            "curvature='exact' or 'diagonal', or write it."
        )

    @cached_property
    def features(self):
        """The rows as the corrected layers see them, of shape (n, p): who is near whom."""
        raise UnsupportedEstimatorError(
            f"'metric' 'individual_fairness' by nearest neighbours needs 'features', which "
            f"{type(self).__name__} does not have. Use IndividualFairness(twins=...), or give the "
            "view the rows as an attribute."
        )

    def fresh(self, random_state=None):
        """Return random parameters of shape (d,), as an untrained network has them.

        Uniform in every layer, within the square root of 6 / (inputs + outputs) (Glorot and Bengio
        2010, eq. 16).

        Parameters
        ----------
        random_state : int, RandomState or None, default=None
            Source of the numbers.

        Returns
        -------
        theta : ndarray of shape (d,)
            Random.
        """
        random_state = check_random_state(random_state)
        theta = np.empty(len(self.theta))
        for layer in self.layers:
            bound = np.sqrt(6.0 / (layer.n_inputs + layer.n_outputs))
            size = layer.where.stop - layer.where.start
            theta[layer.where] = random_state.uniform(-bound, bound, size)
        return theta
