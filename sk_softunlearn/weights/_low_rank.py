"""A dense matrix as the low-rank term of a weight problem."""

from typing import NamedTuple

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.sparse.linalg import LinearOperator

from sk_softunlearn.exceptions import SoftUnlearnError

__all__ = ["LowRank", "Seen", "Woodbury", "gathered", "look"]


class LowRank(LinearOperator):
    """A matrix R of shape (q, n) that adds ``1/2 |R e|^2`` to the objective of a weight problem.

    If R must not be stored, use any LinearOperator with a method `gram` instead.

    Parameters
    ----------
    matrix : array-like of shape (q, n)
        R.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.weights import LowRank
    >>> LowRank(np.array([[1.0, 2.0]])).gram(np.array([1.0, 0.0]))
    array([[1.]])
    """

    def __init__(self, matrix):
        self.matrix = np.asarray(matrix, dtype=float)
        super().__init__(self.matrix.dtype, self.matrix.shape)

    def _matvec(self, direction):
        return self.matrix @ direction

    def _rmatvec(self, direction):
        return self.matrix.T @ direction

    def _matmat(self, directions):
        return self.matrix @ directions

    def gram(self, weight):
        """Return `R diag(weight) R^T`.

        Parameters
        ----------
        weight : ndarray of shape (n,)
            Weights of at least 0.

        Returns
        -------
        gram : ndarray of shape (q, q)
            A symmetric matrix.
        """
        return (self.matrix * weight) @ self.matrix.T


class Woodbury:
    """The inverse of `K = a I + R^T R` through the q x q matrix `a I + R R^T`.

    Parameters
    ----------
    gram : ndarray of shape (q, q)
        `R R^T`.
    a : float
        A number above 0.

    Raises
    ------
    SoftUnlearnError
        If `a I` is smaller than the rounding error of `R R^T`.
    """

    def __init__(self, gram, a):
        self.gram = gram
        try:
            self.factor = cho_factor(gram + a * np.eye(len(gram)))
        except LinAlgError as error:
            raise SoftUnlearnError(
                "The weights cannot be computed: beside a utility whose curvature is "
                f"{np.trace(gram):.3g}, the regularization of {a / 2:.3g} is lost in rounding. "
                "Scale the features, use objective='metric', or pass a larger 'regularization'."
            ) from error

    def inner(self, moved):
        """Return `R K^-1 right` of shape (q,) for `moved = R right`: `(a I + R R^T)^-1 moved`."""
        return cho_solve(self.factor, moved)


class Seen(NamedTuple):
    """Products with a low-rank term R.

    Parameters
    ----------
    pushed : ndarray of shape (n,)
        `R^T p`, for the given moments p.
    epsilon : ndarray of shape (n,)
        `clip(ideal - pushed / scale, bounds)`.
    moved : ndarray of shape (q,)
        `R epsilon`.
    cross : ndarray of shape (m, q)
        Products of R with the rows, over the entries of epsilon off the bounds.
    gram : ndarray of shape (q, q)
        `R R^T` over the same entries.
    """

    pushed: np.ndarray
    epsilon: np.ndarray
    moved: np.ndarray
    cross: np.ndarray
    gram: np.ndarray


def look(quadratic, moments, ideal, scale, bounds, stack, cross, gram) -> Seen:
    """Return the products with a low-rank term, by its method `look` if it has one.

    Parameters
    ----------
    quadratic : LinearOperator of shape (q, n)
        R.
    moments : ndarray of shape (q,)
        p.
    ideal : ndarray of shape (n,)
        Epsilon without R and bounds. It may be overwritten.
    scale : float
        `2 lambda`.
    bounds : tuple of two (ndarray of shape (n,) or ())
        Bounds on epsilon.
    stack : RowStack
        The rows.
    cross : ndarray of shape (m, q)
        Products of R with the rows, over all entries.
    gram : ndarray of shape (q, q)
        `R R^T`.
    """
    if hasattr(quadratic, "look"):
        given = (moments, ideal, scale, bounds, stack.vectors, cross, gram)
        return Seen(*quadratic.look(*given))
    pushed = quadratic.rmatvec(moments)
    epsilon = np.clip(ideal - pushed / scale, *bounds)
    inside = (epsilon > bounds[0]) & (epsilon < bounds[1])
    if not inside.all():
        cross = stack.cross(quadratic, inside)
        # The sum is over the smaller of the two sets.
        if 2 * np.count_nonzero(inside) < len(inside):
            gram = quadratic.gram(inside.astype(float))
        else:
            gram = gram - quadratic.gram((~inside).astype(float))
    return Seen(pushed, epsilon, quadratic.matvec(epsilon), cross, gram)


def gathered(quadratic, reward, stack):
    """Return the products with R for the solution without bounds.

    They come from the method `gathered` of R if it has one.

    Parameters
    ----------
    quadratic : LinearOperator of shape (q, n)
        R.
    reward : ndarray of shape (n,)
        Reward of every weight.
    stack : RowStack
        The rows.

    Returns
    -------
    moved : ndarray of shape (q,)
        `R reward`.
    cross : ndarray of shape (m, q)
        Products of R with the rows.
    gram : ndarray of shape (q, q)
        `R R^T`.
    """
    if hasattr(quadratic, "gathered"):
        moved, gram = quadratic.gathered((reward, *stack.vectors))
        return moved[:, 0], moved[:, 1:].T, gram
    gram = quadratic.gram(np.ones(stack.n))
    return quadratic.matvec(reward), stack.cross(quadratic), gram
