"""A dense matrix as the low-rank term of a weight problem."""

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.sparse.linalg import LinearOperator

from sk_softunlearn.exceptions import SoftUnlearnError

__all__ = ["LowRank", "Woodbury"]


class LowRank(LinearOperator):
    """A matrix R of shape (q, n) whose ``1/2 |R e|^2`` a weight problem adds to its objective.

    Any LinearOperator with a method `gram` can stand in its place where R must not be stored.

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
            At least 0.

        Returns
        -------
        gram : ndarray of shape (q, q)
            Symmetric.
        """
        return (self.matrix * weight) @ self.matrix.T


class Woodbury:
    """The inverse of `K = a I + R^T R` through the q x q matrix `a I + R R^T`.

    Parameters
    ----------
    quadratic : LinearOperator of shape (q, n) or None
        R; None: none, K is `a I`.
    a : float
        Above 0.
    n : int
        Number of columns of R.

    Raises
    ------
    SoftUnlearnError
        If `a I` is lost in the rounding of R.
    """

    def __init__(self, quadratic, a, n):
        self.quadratic = quadratic
        self.a = a
        if quadratic is not None:
            self.gram = quadratic.gram(np.ones(n))
            try:
                self.factor = cho_factor(self.gram + a * np.eye(len(self.gram)))
            except LinAlgError as error:
                raise SoftUnlearnError(
                    "The weights cannot be computed: beside a utility whose curvature is "
                    f"{np.trace(self.gram):.3g}, the regularization of {a / 2:.3g} is lost in "
                    "rounding. Scale the features, use objective='metric', or pass a larger "
                    "'regularization'."
                ) from error

    def gram_inside(self, inside):
        """Return `R diag(inside) R^T` for a boolean mask, through the smaller side of it."""
        if 2 * np.count_nonzero(inside) < len(inside):
            return self.quadratic.gram(inside.astype(float))
        return self.gram - self.quadratic.gram((~inside).astype(float))

    def inner(self, moved):
        """Return `R K^-1 right` of shape (q,) for `moved = R right`: `(a I + R R^T)^-1 moved`."""
        return cho_solve(self.factor, moved)

    def solve(self, right, inner):
        """Return `K^-1 right`, of shape (n,), where `inner` is that of `R right`."""
        return (right - self.quadratic.rmatvec(inner)) / self.a
