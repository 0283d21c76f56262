"""Rows moved within a ball so that their loss is large."""

from collections.abc import Callable

import numpy as np
from scipy import sparse

__all__ = ["attack", "crossing", "deepfool", "dense"]

# The step of Madry et al. (2018), as a multiple of what would just cross the ball.
OVERSTEP = 2.5


def attack(inputs, gradient, radius, norm, n_steps):
    """Climb the loss of every row within a ball around it.

    Parameters
    ----------
    inputs : ndarray of shape (n, p)
        The centres.
    gradient : callable
        Maps rows to the derivative of their losses, of shape (n, p).
    radius : float
        Of the ball.
    norm : "inf" or "2"
        Whose ball it is.
    n_steps : int
        1: a single step to the surface.

    Returns
    -------
    moved : ndarray of shape (n, p)
        Within `radius` of the inputs.

    Raises
    ------
    ValueError
        If `norm` is neither.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.views._attack import attack
    >>> attack(np.zeros((1, 2)), lambda x: np.array([[3.0, -4.0]]), 1.0, "2", 1)
    array([[ 0.6, -0.8]])
    """
    if norm not in BALLS:
        raise ValueError(f"'norm' must be 'inf' or '2', got {norm!r}. Choose one.")
    direction, project = BALLS[norm]
    length = radius if n_steps == 1 else OVERSTEP * radius / n_steps
    moved = inputs
    for _ in range(n_steps):
        away = moved - inputs + length * direction(gradient(moved))
        moved = inputs + project(away, radius)
    return moved


def crossing(raw, coef, overshoot):
    """Return how far along every coefficient rows go to cross the nearest linear boundary.

    Parameters
    ----------
    raw : ndarray of shape (n, K)
        Raw predictions.
    coef : ndarray of shape (K, p)
        Coefficients.
    overshoot : float
        Length of the move in units of the distance to the boundary.

    Returns
    -------
    amount : ndarray of shape (n, K)
        `x - amount @ coef` is the moved row.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.views._attack import crossing
    >>> crossing(np.array([[4.0]]), np.array([[2.0, 0.0]]), 1.5)
    array([[1.5]])
    """
    if len(coef) == 1:
        return overshoot * raw / (coef @ coef.T)
    rows = np.arange(len(raw))
    top = raw.argmax(axis=1)
    squares = np.sum((coef[:, None, :] - coef[None, :, :]) ** 2, axis=2)
    margin = raw[rows, top][:, None] - raw
    with np.errstate(invalid="ignore", divide="ignore"):
        distance = margin / np.sqrt(squares[top])
    distance[rows, top] = np.inf
    other = np.nan_to_num(distance, nan=np.inf).argmin(axis=1)
    length = overshoot * margin[rows, other] / squares[top, other]
    amount = np.zeros_like(raw)
    amount[rows, top] = length
    amount[rows, other] = -length
    return amount


def deepfool(inputs, raw, gradient, overshoot):
    """Move rows across the nearest decision boundary, linearised where they are.

    One step of DeepFool (Moosavi-Dezfooli et al. 2016, eq. 8), times `overshoot`.

    Parameters
    ----------
    inputs : ndarray of shape (n, p)
        The rows.
    raw : ndarray of shape (n, K)
        Their raw predictions.
    gradient : callable
        Maps factors of shape (n, K) to the derivative of `sum(factors * raw)` in the rows, of shape
        (n, p).
    overshoot : float
        Length of the move in units of the distance to the boundary.

    Returns
    -------
    moved : ndarray of shape (n, p)
        The rows on the other side.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.views._attack import deepfool
    >>> deepfool(np.zeros((1, 1)), np.array([[4.0]]), lambda factor: 2.0 * factor, 1.5)
    array([[-3.]])
    """
    if raw.shape[1] == 1:
        return inputs - overshoot * _to_zero(raw[:, 0], gradient(np.ones_like(raw)))
    rows, top, one_hot = np.arange(len(raw)), raw.argmax(axis=1), np.eye(raw.shape[1])
    best, nearest = np.zeros_like(inputs), np.full(len(raw), np.inf)
    for k in range(raw.shape[1]):
        move = _to_zero(raw[rows, top] - raw[:, k], gradient(one_hot[top] - one_hot[k]))
        distance = np.where(top == k, np.inf, np.linalg.norm(move, axis=1))
        closer = distance < nearest
        best[closer], nearest[closer] = move[closer], distance[closer]
    return inputs - overshoot * best


def _to_zero(margin, slope):
    """Return the move that takes a linear function of value `margin` and slope to 0."""
    square = np.sum(slope**2, axis=1)
    length = np.divide(margin, square, out=np.zeros_like(margin), where=square > 0)
    return length[:, None] * slope


def dense(features):
    """Return rows, dense or sparse, as a dense array of doubles, of shape (n, p)."""
    rows = features.toarray() if sparse.issparse(features) else features
    return np.asarray(rows, dtype=float)


def _unit(gradient):
    norm = np.linalg.norm(gradient, axis=1, keepdims=True)
    return np.divide(gradient, norm, out=np.zeros_like(gradient), where=norm > 0)


def _shorten(away, radius):
    norm = np.linalg.norm(away, axis=1, keepdims=True)
    return away * np.minimum(1.0, radius / np.maximum(norm, np.finfo(float).tiny))


BALLS: dict[str, tuple[Callable, Callable]] = {
    "inf": (np.sign, lambda away, radius: np.clip(away, -radius, radius)),
    "2": (_unit, _shorten),
}
