"""What weight changes cost in utility, to second order."""

from functools import cached_property, partial

import numpy as np
from scipy.linalg import eigh

from sk_softunlearn._steps._utility_term import SweptUtilityTerm, UtilityTerm
from sk_softunlearn.corrections._descent import curvature_product
from sk_softunlearn.weights import LowRank

__all__ = ["Utility"]

# Directions in which the utility is known where it is known by products alone. Each costs two
# sweeps through the trees, or two products with the inverse curvature.
DIRECTIONS = 8
# Relative residual of these products.
ROUGH = 1e-6
# Dense matrices of the parameters that `UtilityTerm` and the weights hold at a time, and how many
# bytes they may take together.
DENSE, MOST_BYTES = 5, 2**31
# Share of a direction below which what is new in it is rounding.
ALIKE = 1e-8


class Utility:
    """Loss of all rows at hand: the fitted objective, and the loss on the validation rows.

    The loss on validation rows alone would be a model selected on few rows with as many parameters
    as it has; the fitted objective, with its penalty, says what the training rows think of it.
    Both are sums, so that every row counts once. Their curvature is taken once, at the fitted
    classifier; values and gradients wherever they are asked for.

    With very many parameters its curvature is known by products alone, in the directions that
    matter (`projected`): no dense matrix is formed.

    Trees stop short of the minimum of their loss, on purpose. The slope that they have left is
    taken off: the training rows would else ask for more trees above all.

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
    leading : dict of str to ndarray of shape (n,), default={}
        Influence on what the weights are to bring and to hold.
    """

    def __init__(self, training, validation, weight, unit=1.0, leading=None):
        self.training = training
        self.validation = validation
        self.weight = weight
        self.unit = unit
        self.leading = {} if leading is None else leading
        self._values: list = []
        self._projected = None

    @cached_property
    def left(self):
        """The slope that is taken off, of shape (d,)."""
        if not self.training.replays:
            return np.zeros(len(self.training.theta))
        return self.training.remainder

    def value(self, theta):
        """Return the summed loss at parameters of shape (d,), in nats; the last three are known."""
        value = next((value for known, value in self._values if known is theta), None)
        value = self._value(theta) if value is None else value
        others = [pair for pair in self._values if pair[0] is not theta]
        self._values = [*others[-2:], (theta, value)]
        return value

    def _value(self, theta):
        losses = self.validation.loss.value(
            self.validation.at(theta).raw_prediction, self.validation.target
        )
        trained = self.training.at(theta).value(self.training.sample_weight)
        return trained - self.left @ (theta - self.training.theta) + self.weight @ losses

    @cached_property
    def ignorant(self):
        """The summed loss of a classifier that knows nothing: of raw predictions of 0, in nats."""
        rows = ((self.training, self.training.sample_weight), (self.validation, self.weight))
        return sum(
            float(weight @ view.loss.value(np.zeros_like(view.raw_prediction), view.target))
            for view, weight in rows
        )

    def cotangents(self, theta):
        """Return what pulls at the parameters in `gradient`: a view, and what makes a cotangent."""
        parts = {
            "training": (self.training.at(theta), self.training.sample_weight),
            "validation": (self.validation.at(theta), self.weight),
        }
        return {
            name: (view, partial(_weighted_slope, view, w)) for name, (view, w) in parts.items()
        }

    def gradient(self, theta, pulled=None):
        """Return its derivative in the parameters, of shape (d,).

        `pulled` are the products of the `cotangents` there, if they are known.
        """
        if pulled is None:
            cotangents = self.cotangents(theta)
            pulled = {name: view.pull(make()) for name, (view, make) in cotangents.items()}
        training = self.training
        held = training.penalty * theta + training.tilt - self.left
        return pulled["training"] + held + pulled["validation"]

    def term(self, view, inverse):
        """Return its curvature as a function of the weight changes of the rows of a view."""
        if self.training.replays:
            return self.projected(None)
        if DENSE * 8 * len(self.training.theta) ** 2 > MOST_BYTES:
            return self.projected(inverse.to(ROUGH))
        swept = hasattr(view.jacobian, "through")
        return (SweptUtilityTerm if swept else UtilityTerm)(view, inverse, self.root)

    @cached_property
    def root(self):
        """A root of its curvature in the parameters, of shape (d, d)."""
        training = self.training
        curvature = training.square(training.sample_weight)
        curvature[np.diag_indices(len(curvature))] += training.penalty
        curvature += self.validation.square(self.weight)
        spread, basis = eigh(curvature, overwrite_a=True)
        return basis * np.sqrt(np.maximum(spread, 0.0))

    def projected(self, inverse):
        """Return its curvature in the weights, by products alone, a `LowRank` of `DIRECTIONS` rows.

        It is computed once, at the fitted classifier.

        The weights that solve a problem with a few rows lie, but for the bounds, in the Krylov
        space of these rows: of the products with them, and with the products (Saad 2003, section
        6.3). In an orthonormal basis V of a part of it `V^T A V = U diag(s) U^T`, and R is
        `diag(s)^1/2 U^T V^T`. Outside of it the utility is taken to be flat.
        """
        if self._projected is not None:
            return self._projected
        slope = {"utility": self.gradient(self.training.theta)}
        waiting = [*self.leading.values(), *self.training.respond(slope, inverse).values()]
        # What is asked for, and at least one product with each.
        most = max(DIRECTIONS, 2 * len(waiting))
        basis, products = [], []
        while waiting and len(basis) < most:
            direction = waiting.pop(0)
            size = np.linalg.norm(direction)
            for _ in range(2):
                for other in basis:
                    direction = direction - (other @ direction) * other
            if not np.linalg.norm(direction) > ALIKE * size:
                continue
            basis.append(direction / np.linalg.norm(direction))
            products.append(self._curve(basis[-1], inverse))
            waiting.append(products[-1])
        basis = np.array(basis)
        small = basis @ np.transpose(products)
        spread, turn = np.linalg.eigh(0.5 * (small + small.T))
        self._projected = LowRank((np.sqrt(np.maximum(spread, 0.0)) * turn).T @ basis)
        return self._projected

    def _curve(self, epsilon, inverse):
        """Return the curvature in the weights times weight changes of shape (n,)."""
        training, validation = self.training, self.validation
        moved = training.displacement(epsilon, inverse)
        bend = training.bend(training.sample_weight)
        pulled = curvature_product(training, bend, moved)
        pulled += curvature_product(validation, validation.bend(self.weight), moved)
        # The penalty counts once.
        pulled -= validation.penalty * moved
        return -training.respond({"utility": pulled}, inverse)["utility"]


def _weighted_slope(view, weight):
    return view.slope * weight[:, None]
