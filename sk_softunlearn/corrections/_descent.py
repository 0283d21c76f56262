"""Descent from where a classifier stands, under changed weights."""

import logging
from itertools import count

import numpy as np
from scipy.optimize import Bounds, minimize

from sk_softunlearn._narrow import reweighted

__all__ = ["Reweighted", "curvature_product", "descend", "weigh"]

logger = logging.getLogger("sk_softunlearn")

# Least curvature of a parameter, as a share of the mean, that its unit is taken from.
LEAST = 1e-6


class Reweighted:
    """The objective with other row weights.

    Parameters
    ----------
    weight : ndarray of shape (n,)
        Total weights.
    origin : View, default=None
        The fit that is gone on from, as `going_on` says; None: the objective as it is.
    """

    def __init__(self, weight, origin=None):
        self.weight = weight
        self.origin = origin
        if origin is not None:
            self.hold = origin.proximal()
        if origin is not None and not origin.convex:
            self.left = origin.slope * origin.sample_weight[:, None]

    @classmethod
    def going_on(cls, view, weight):
        r"""Return the re-weighted objective minus the gradient that training left.

        Without it, a fit that stopped early would mostly just be trained further. With
        :math:`r_i` the slope of a row's loss at the fit,

        .. math::

            \sum_i w_i\, \ell_i(z_i) - s_i\, r_i^\top (z_i - z_i^{\text{fit}})
            + \tfrac12 \sum_j \mathtt{hold}_j\, (\theta_j - \theta_j^{\text{fit}})^2.

        If no weight changes, the first sum is the rows' Bregman divergence from the fit. That is
        convex in z, so the fit is its minimum, of a network too. Then only a change of the weights
        moves the parameters.

        The slope is subtracted in z and not in the parameters: a network could lower a linear term
        in the parameters without end. If z is linear in the parameters, the two are the same up to
        a constant, and the gradient is subtracted.

        `hold` is the penalty, and of a network also the term that damps its influence
        (`View.proximal`). Influence predicts the minimum of this objective (the proximal response
        function of Bae et al. 2022, eq. 8).
        """
        return cls(weight, view)

    def value_and_gradient(self, view, square=False):
        """Return the objective at the parameters of a view of the same rows, and its gradient.

        Parameters
        ----------
        view : View
            Of the rows that the weights are of.
        square : bool, default=False
            Whether the view's square with these weights is asked for next.

        Returns
        -------
        value : float
            The objective, up to a constant.
        gradient : ndarray of shape (d,)
            Its derivative in theta.
        """
        if self.origin is None:
            return view.value_and_gradient(self.weight, square)
        moved = view.theta - self.origin.theta
        held = self.hold * moved
        if self.origin.convex:
            value, gradient = view.value_and_gradient(self.weight, square)
            left = self.origin.remainder
            return value + (0.5 * held - left) @ moved, gradient + held - left
        held += self.origin.penalty * moved
        losses, slope = view.loss.value_and_slope(view.raw_prediction, view.target)
        left = np.sum(self.left * (view.raw_prediction - self.origin.raw_prediction))
        pulled = view.pull(slope * self.weight[:, None] - self.left)
        return self.weight @ losses - left + 0.5 * held @ moved, pulled + held

    def value(self, view):
        """Return the objective at the parameters of a view of the same rows, a float."""
        return self.value_and_gradient(view)[0]

    def gradient(self, view):
        """Return its gradient there, of shape (d,)."""
        return self.value_and_gradient(view)[1]


def weigh(view, epsilon, name):
    """Return the total weights `s (1 + epsilon)`, of shape (n,).

    Raises
    ------
    ValueError
        If one is negative: descent on a negative loss has no end, and no solver takes it safely;
        or if all are 0.
    """
    if np.min(epsilon) < -1.0:
        # Trees are corrected by rules that all come here.
        other = "" if view.replays else ", or use 'newton'"
        raise ValueError(
            f"'correction'={name!r} needs every epsilon to be at least -1, got "
            f"{np.min(epsilon):.3g}. Set the lower of 'bounds' to -1{other}."
        )
    weight = reweighted(view.sample_weight, epsilon)
    if not weight.any():
        raise ValueError(
            f"'correction'={name!r} needs rows that keep some weight, got an epsilon of -1 on all "
            "of them. Remove a smaller 'fraction'."
        )
    return weight


def curvature_product(view, bend, direction):
    """Return the Gauss-Newton matrix of a view times a direction of shape (d,)."""
    moved = view.jacobian.matvec(direction).reshape(len(view.target), -1)
    return view.pull(bend.apply(moved)) + view.penalty * direction


def descend(view, objective, weight, n_steps, movable=slice(None)):
    """Take quasi-Newton steps over all rows.

    L-BFGS with a line search (scipy), so that no step raises the objective; each parameter is
    measured in units of its curvature's root at the start. A coefficient under an L1 penalty
    stops at 0.

    Parameters
    ----------
    view : View
        Where the descent starts.
    objective : object
        With `value_and_gradient(view)`, a float and an array of shape (d,).
    weight : ndarray of shape (n,)
        At least 0: weights of the rows in the curvature.
    n_steps : int
        Number of steps at most; fewer where nothing is left to descend.
    movable : slice, default=slice(None)
        The parameters that may move.

    Returns
    -------
    theta : ndarray of shape (d,)
        Where the steps end.
    """
    start, total = view.theta, weight.sum()
    diagonal = (view.jacobian.gram_diagonal(view.bend(weight)) + view.penalty)[movable]
    scale = 1.0 / np.sqrt(np.maximum(diagonal, LEAST * diagonal.mean()) / total)
    tilt = np.broadcast_to(view.tilt, start.shape)[movable]
    zero = -start[movable] / scale
    lowest, highest = np.where(tilt > 0, zero, -np.inf), np.where(tilt < 0, zero, np.inf)

    def place(moved):
        theta = np.array(start)
        theta[movable] += scale * moved
        theta[movable] = np.where((tilt != 0) & (moved == zero), 0.0, theta[movable])
        return view.at(theta)

    def evaluate(moved):
        there = place(moved)
        value, gradient = objective.value_and_gradient(there)
        return value / total, scale * gradient[movable] / total

    steps = count(1)

    def report(intermediate_result):
        step = next(steps)
        if step % max(n_steps // 10, 1) == 0:
            logger.info("step %d of %d: %.6g", step, n_steps, intermediate_result.fun)

    result = minimize(
        evaluate,
        np.zeros(len(scale)),
        jac=True,
        method="L-BFGS-B",
        bounds=Bounds(lowest, highest) if tilt.any() else None,
        callback=report,
        options={"maxiter": n_steps, "maxfun": 20 * n_steps, "ftol": 0.0, "gtol": 1e-12},
    )
    return place(result.x).theta
