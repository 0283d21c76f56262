"""Descent from where a classifier stands, under changed weights."""

import logging
from itertools import count

import numpy as np
from scipy.optimize import Bounds, minimize

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
    left : ndarray of shape (d,) or 0.0, default=0.0
        A slope that is taken off.
    anchor, hold : ndarray of shape (d,) or 0.0, default=0.0
        `1/2 sum(hold (theta - anchor)^2)` is added.
    """

    def __init__(self, weight, left=0.0, anchor=0.0, hold=0.0):
        self.weight = weight
        self.left = left
        self.anchor = anchor
        self.hold = hold

    @classmethod
    def going_on(cls, view, weight):
        """Return the objective of what goes on from a fit.

        Where the fit stopped short of its minimum, early on purpose or by its tolerance, going on
        with changed weights would above all go on training. So the slope that training left at the
        view is taken off: the fitted parameters are stationary where no weight changes, and what
        moves them is the change of the weights alone. Of a fit at its minimum nothing is taken off.

        A network is held near its fit by the term that damps its influence (`View.proximal`): what
        is minimised is what influence predicts the minimum of (the proximal response function of
        Bae et al. 2022, with the slope in place of the Bregman divergence).
        """
        return cls(weight, view.remainder, view.theta, view.proximal())

    def value(self, view):
        """Return the objective at the parameters of a view of the same rows, a float."""
        moved = view.theta - self.anchor
        return view.value(self.weight) + np.sum((0.5 * self.hold * moved - self.left) * moved)

    def gradient(self, view):
        """Return its gradient there, of shape (d,)."""
        return view.gradient(self.weight) - self.left + self.hold * (view.theta - self.anchor)

    def value_and_gradient(self, view):
        """Return both, which may be cheaper together."""
        moved = view.theta - self.anchor
        value, gradient = view.value_and_gradient(self.weight)
        value += np.sum((0.5 * self.hold * moved - self.left) * moved)
        return value, gradient - self.left + self.hold * moved


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
    weight = view.sample_weight * (1.0 + epsilon)
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
