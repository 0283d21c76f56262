"""What every curvature answers for."""

from abc import ABC, abstractmethod

import numpy as np
from scipy.sparse.linalg import LinearOperator
from sklearn.base import BaseEstimator

__all__ = ["Curvature", "InverseCurvature"]


class InverseCurvature(LinearOperator):
    """The inverse of a curvature, applied by a solver.

    Parameters
    ----------
    solve : callable
        Maps right-hand sides of shape (d, m) to solutions of the same shape.
    size : int
        d.
    damping : float, default=0.0
        What was added to the diagonal of the curvature before inverting, beside the penalty: as a
        share of the mean of that diagonal in a layer. 0.0 on a convex objective, unless a singular
        matrix needed something; `PROXIMAL_SHARE` and that of a network.
    condition : float, default=nan
        Estimated condition number; nan where the method does not know it.
    rougher : callable, default=None
        Maps a relative residual to the same inverse, solved to that only; None: a rougher solution
        would be no cheaper.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.curvature import InverseCurvature
    >>> InverseCurvature(lambda b: b / 2, size=2) @ np.array([2.0, 4.0])
    array([1., 2.])
    """

    damping: float
    condition: float

    def __init__(self, solve, size, damping=0.0, condition=float("nan"), rougher=None):
        self.solve = solve
        self.rougher = rougher
        self.damping = damping
        self.condition = condition
        super().__init__(np.dtype(float), (size, size))

    def to(self, residual) -> "InverseCurvature":
        """Return an inverse that need only be as exact as a relative residual.

        For a direction of descent, or a test against a threshold, a hundredth is enough.
        """
        return self if self.rougher is None else self.rougher(residual)

    def _matmat(self, right):
        return self.solve(right)

    def _matvec(self, right):
        return self.solve(right.reshape(-1, 1)).reshape(-1)

    def _adjoint(self):
        return self


class Curvature(BaseEstimator, ABC):
    """A way to invert `H = sum_i w_i J_i^T B_i J_i + diag(penalty)`."""

    @abstractmethod
    def invert(self, view, weight) -> InverseCurvature:
        """Invert the curvature of a view.

        Parameters
        ----------
        view : View
            Where the curvature is taken.
        weight : ndarray of shape (n,)
            Total weight of every row.

        Returns
        -------
        inverse : InverseCurvature
            Of shape (d, d), symmetric.
        """
