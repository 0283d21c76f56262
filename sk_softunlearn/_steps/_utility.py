"""What weight changes cost in utility, to second order."""

from functools import cached_property

import numpy as np
from scipy.linalg import eigh
from scipy.sparse.linalg import LinearOperator

from sk_softunlearn.losses import Bend

__all__ = ["Utility", "UtilityTerm"]


class Utility:
    """Loss of all rows at hand: the fitted objective, and the loss on the validation rows.

    The loss on validation rows alone would be a model selected on few rows with as many parameters
    as it has; the fitted objective, with its penalty, says what the training rows think of it.
    Both are sums, so that every row counts once. Their curvature is taken once, at the fitted
    classifier; values and gradients wherever they are asked for.

    Parameters
    ----------
    training : View
        Of the training rows, at the fitted parameters.
    validation : View
        Of the validation rows.
    weight : ndarray of shape (q,)
        Weights of the validation rows.
    unit : float, default=1.0
        What a training row usually weighs.
    """

    def __init__(self, training, validation, weight, unit=1.0):
        self.training = training
        self.validation = validation
        self.weight = weight
        self.unit = unit
        curvature = training.jacobian.gram(training.bend(training.sample_weight))
        curvature[np.diag_indices(len(curvature))] += training.penalty
        curvature += validation.jacobian.gram(validation.bend(weight))
        spread, basis = eigh(curvature, overwrite_a=True)
        self.root = basis * np.sqrt(np.maximum(spread, 0.0))

    def value(self, theta):
        """Return the summed loss at parameters of shape (d,), in nats."""
        losses = self.validation.loss.value(
            self.validation.at(theta).raw_prediction, self.validation.target
        )
        return self.training.at(theta).value(self.training.sample_weight) + self.weight @ losses

    @cached_property
    def ignorant(self):
        """The summed loss of a classifier that knows nothing: of raw predictions of 0, in nats."""
        rows = ((self.training, self.training.sample_weight), (self.validation, self.weight))
        return sum(
            float(weight @ view.loss.value(np.zeros_like(view.raw_prediction), view.target))
            for view, weight in rows
        )

    def gradient(self, theta):
        """Return its derivative in the parameters, of shape (d,)."""
        validation = self.validation.at(theta)
        return self.training.at(theta).gradient(self.training.sample_weight) + validation.pull(
            validation.slope * self.weight[:, None]
        )

    def term(self, view, inverse):
        """Return its curvature as a function of the weight changes of the rows of a view."""
        return UtilityTerm(view, inverse, self.root)


class UtilityTerm(LinearOperator):
    """R of shape (d, n) with ``1/2 |R e|^2 = 1/2 dtheta^T Q dtheta`` for weight changes e.

    `dtheta = -H^-1 J^T (s e r)` and `Q = L L^T`, so `R = L^T H^-1 J^T diag(s r)`; it is applied
    factor by factor and never stored.

    Parameters
    ----------
    view : View
        Of the training rows: J, s and r.
    inverse : InverseCurvature
        H^-1.
    root : ndarray of shape (d, d)
        L.
    """

    def __init__(self, view, inverse, root):
        self.view = view
        self.force = view.slope * view.sample_weight[:, None]
        self.pulled = inverse.matmat(root)
        super().__init__(np.dtype(float), (root.shape[1], len(self.force)))

    def _matvec(self, epsilon):
        return self.pulled.T @ self.view.pull(self.force * epsilon.reshape(-1, 1))

    def _rmatvec(self, direction):
        moved = self.view.jacobian.matvec(self.pulled @ direction.reshape(-1))
        return np.sum(self.force * moved.reshape(self.force.shape), axis=1)

    def gram(self, weight):
        """Return `R diag(weight) R^T`, of shape (d, d), for weights of shape (n,) of at least 0."""
        outer = Bend(np.zeros_like(self.force), outer=self.force, weight=-weight)
        return self.pulled.T @ self.view.jacobian.gram(outer) @ self.pulled
