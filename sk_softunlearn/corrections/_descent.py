"""Gradient steps, scaled so that their length needs no tuning."""

import logging

import numpy as np

__all__ = ["curvature_product", "descend", "weigh"]

logger = logging.getLogger("sk_softunlearn")

POWER_STEPS = 20
# The largest eigenvalue is found from below.
MARGIN = 1.1


def weigh(view, epsilon, name):
    """Return the total weights `s (1 + epsilon)`, of shape (n,).

    Raises
    ------
    ValueError
        If one is negative: descent on a negative loss has no end, and no solver takes it safely.
    """
    if np.min(epsilon) < -1.0:
        raise ValueError(
            f"'correction'={name!r} needs every epsilon to be at least -1, got "
            f"{np.min(epsilon):.3g}. Set the lower of 'bounds' to -1, or use 'newton'."
        )
    return view.sample_weight * (1.0 + epsilon)


def curvature_product(view, bend, direction):
    """Return the Gauss-Newton matrix of a view times a direction of shape (d,)."""
    moved = view.jacobian.matvec(direction).reshape(len(view.target), -1)
    return view.pull(bend.apply(moved)) + view.penalty * direction


def descend(view, gradient, weight, n_steps, learning_rate=1.0, movable=slice(None)):
    """Take accelerated gradient steps in coordinates of unit curvature.

    Nesterov's method (1983) with restarts where the momentum points uphill (O'Donoghue and Candes
    2015). Each parameter is measured in units of its curvature's root; the step is
    `learning_rate` over the largest eigenvalue of the curvature in these units, so that 1 is safe
    on a quadratic.

    Parameters
    ----------
    view : View
        Where the descent starts.
    gradient : callable
        Maps the view at other parameters to what is descended, of shape (d,).
    weight : ndarray of shape (n,)
        At least 0: weights of the rows in the curvature.
    n_steps : int
        Number of steps.
    learning_rate : float, default=1.0
        Share of the safe step.
    movable : slice, default=slice(None)
        The parameters that may move.

    Returns
    -------
    theta : ndarray of shape (d,)
        Where the steps end.
    """
    bend = view.bend(weight)
    diagonal = view.jacobian.gram_diagonal(bend) + view.penalty
    scale = np.zeros_like(diagonal)
    chosen = np.zeros(len(diagonal), dtype=bool)
    chosen[movable] = True
    np.divide(1.0, np.sqrt(diagonal, where=diagonal > 0, out=np.ones_like(diagonal)), out=scale)
    scale[~chosen | (diagonal <= 0)] = 0.0
    step = learning_rate / _largest(view, bend, scale) * scale**2
    theta = ahead = view.theta
    momentum = 1.0
    for k in range(n_steps):
        slope = gradient(view.at(ahead))
        following = ahead - step * slope
        if slope @ (following - theta) > 0:
            momentum = 1.0
        grown = (1.0 + np.sqrt(1.0 + 4.0 * momentum**2)) / 2.0
        ahead = following + (momentum - 1.0) / grown * (following - theta)
        theta, momentum = following, grown
        if (k + 1) % max(n_steps // 10, 1) == 0:
            logger.info("step %d of %d: slope %.1e", k + 1, n_steps, np.abs(slope).max())
    return theta


def _largest(view, bend, scale):
    """Return the largest eigenvalue of the scaled curvature, or a little more."""
    direction = np.where(scale > 0, 1.0, 0.0) * np.cos(np.arange(len(scale)))
    largest = 1.0
    for _ in range(POWER_STEPS):
        norm = np.linalg.norm(direction)
        if norm == 0:
            break
        direction = scale * curvature_product(view, bend, scale * direction / norm)
        largest = np.linalg.norm(direction)
    return MARGIN * largest
