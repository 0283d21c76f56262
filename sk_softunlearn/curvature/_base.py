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
    whole : InverseCurvature, default=None
        The inverse of which this is the part with some parameters held; None: it is no part.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.curvature import InverseCurvature
    >>> InverseCurvature(lambda b: b / 2, size=2) @ np.array([2.0, 4.0])
    array([1., 2.])
    """

    damping: float
    condition: float

    def __init__(self, solve, size, damping=0.0, condition=float("nan"), rougher=None, whole=None):
        self.solve = solve
        self.rougher = rougher
        self._whole = whole
        self.damping = damping
        self.condition = condition
        super().__init__(np.dtype(float), (size, size))

    def to(self, residual) -> "InverseCurvature":
        """Return an inverse that need only be as exact as a relative residual.

        For a direction of descent, or a test against a threshold, a hundredth is enough.
        """
        return self if self.rougher is None else self.rougher(residual)

    @property
    def whole(self) -> "InverseCurvature":
        """The inverse that all parameters move with."""
        return self if self._whole is None else self._whole

    def holding(self, held) -> "InverseCurvature":
        """Return the inverse of the curvature of the other parameters, where some do not move.

        With M the inverse and E the unit vectors of those that are held, it is
        `M - M E (E^T M E)^-1 E^T M`, which is 0 in their rows and columns.

        Parameters
        ----------
        held : ndarray of shape (d,)
            Boolean: which parameters stay where they are.

        Returns
        -------
        inverse : InverseCurvature
            The same object where none is held.

        Examples
        --------
        >>> import numpy as np
        >>> from sk_softunlearn.curvature import InverseCurvature
        >>> curvature = np.array([[2.0, 1.0], [1.0, 4.0]])
        >>> inverse = InverseCurvature(lambda right: np.linalg.solve(curvature, right), size=2)
        >>> inverse.holding(np.array([False, True])) @ np.array([3.0, 5.0])
        array([1.5, 0. ])
        """
        if not held.any():
            return self
        columns = self.matmat(np.eye(len(held))[:, held])
        corner = columns[held]
        # What a diagonal curvature leaves alone has an inverse of 0: it is held already.
        corner[np.diag_indices(len(corner))] += corner.diagonal() == 0.0

        # The columns stay as exact as they are: they say what the others do without those held.
        def part(inverse):
            def solve(right):
                # What pulls at those held has no effect, but would blur a rough solution.
                solution = inverse.matmat(np.where(held[:, None], 0.0, right))
                solution -= columns @ np.linalg.solve(corner, solution[held])
                solution[held] = 0.0
                return solution

            rougher = None if inverse.rougher is None else lambda r: part(inverse.to(r))
            return InverseCurvature(
                solve, len(held), self.damping, self.condition, rougher, self.whole
            )

        return part(self)

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

    def takes_square(self, view) -> bool:
        """Say whether `invert` takes the square of a view, and that costs no sweep after a look.

        Then the curvature is best taken anew at every step, and with the look before it. By default
        it does not.

        Parameters
        ----------
        view : View
            Where the curvature is taken.
        """
        return False
