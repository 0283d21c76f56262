"""The dense curvature, by Cholesky."""

import logging
from numbers import Real
from typing import ClassVar

import numpy as np
from scipy.linalg import cho_solve, eigvalsh
from scipy.linalg.lapack import dpocon, dpotrf

from sk_softunlearn._sklearn import Interval, StrOptions
from sk_softunlearn.curvature._base import Curvature, InverseCurvature
from sk_softunlearn.curvature._damping import damp
from sk_softunlearn.curvature._room import available
from sk_softunlearn.exceptions import SoftUnlearnError

__all__ = ["Exact"]

logger = logging.getLogger("sk_softunlearn")

# Matrices that are held while one is formed and factored.
HELD = 3


class Exact(Curvature):
    r"""Gauss-Newton matrix in full; for a linear head it is the Hessian.

    .. math:: H = \sum_i s_i J_i^\top B_i J_i + \operatorname{diag}(\Lambda)

    It is accumulated in blocks of rows, scaled to unit diagonal, and factored once. Damping is
    added only if the scaled matrix is singular to working precision. It is then the smallest of
    1e-10, 1e-8 and 1e-6 of the diagonal that makes the matrix regular, and the log says so. If the
    objective is not convex, the mean of each layer's diagonal is added first. The inverse knows the
    condition number of the matrix scaled to unit diagonal.

    Parameters
    ----------
    damping : "auto" or float, default="auto"
        Share of the diagonal that is added to it.
    max_bytes : int, default=2**32
        Largest matrix that is formed.

    Raises
    ------
    SoftUnlearnError
        By `invert`, before the work, if the matrix would be larger than `max_bytes`, or three of
        its size, which are held while it is factored, larger than the memory that is left; or if
        it is indefinite.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sk_softunlearn.curvature import Exact
    >>> from sk_softunlearn.views import read_view
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X = X / X.std(axis=0)
    >>> view = read_view(LogisticRegression(max_iter=1000).fit(X, y), X, y)
    >>> inverse = Exact().invert(view, view.sample_weight)
    >>> inverse.shape, inverse.damping
    ((31, 31), 0.0)
    """

    _parameter_constraints: ClassVar[dict] = {
        "damping": [Interval(Real, 0, np.inf, closed="left"), StrOptions({"auto"})],
        "max_bytes": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(self, damping="auto", max_bytes=2**32):
        self.damping = damping
        self.max_bytes = max_bytes

    def takes_square(self, view):
        return view.cheap_square

    def invert(self, view, weight):
        size = len(view.theta)
        if 8 * size**2 > self.max_bytes:
            raise SoftUnlearnError(
                f"'curvature' must be one without a dense matrix for {size} parameters, got "
                f"'exact', which needs {8 * size**2:,} bytes (allowed: {self.max_bytes:,}). Use "
                "'conjugate_gradient', or 'diagonal'."
            )
        _check_room(size)
        matrix = view.square(weight)
        matrix[np.diag_indices(size)] += view.penalty
        added, held = damp(view, matrix.diagonal())
        matrix[np.diag_indices(size)] += added
        # Along the gauge nothing changes, so any curvature there leaves every solution alone.
        gauge = view.gauge
        if len(gauge):
            matrix += np.trace(matrix) / size * (gauge.T @ gauge)
        diagonal = matrix.diagonal()
        scale = 1.0 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
        matrix *= scale
        matrix *= scale[:, None]
        factor, damping, condition = self._factor(matrix)

        def solve(right):
            return scale[:, None] * cho_solve((factor, True), scale[:, None] * right)

        # A share of the diagonal that has been added to is more than that share of the diagonal.
        return InverseCurvature(solve, size, held + damping * (1.0 + held), condition)

    def _factor(self, matrix):
        candidates = [0.0, 1e-10, 1e-8, 1e-6] if self.damping == "auto" else [self.damping]
        norm = np.abs(matrix).sum(axis=0).max()
        for damping in candidates:
            damped = matrix.copy(order="F")
            damped[np.diag_indices(len(damped))] += damping
            factor, failure = dpotrf(damped, lower=True, overwrite_a=True)
            reciprocal = 0.0 if failure else dpocon(factor, norm + damping, uplo="L")[0]
            if reciprocal > 10 * np.finfo(float).eps:
                if damping and self.damping == "auto":
                    logger.warning(
                        "the curvature is singular: %g of its diagonal was added to it", damping
                    )
                return factor, damping, 1.0 / reciprocal
        smallest = eigvalsh(matrix, subset_by_index=[0, 0])[0]
        raise SoftUnlearnError(
            "'curvature' must be positive definite, got a smallest eigenvalue of "
            f"{smallest:.2e} at a unit diagonal with damping {candidates[-1]:g}. Negative row "
            "weights make it so (keep the lower of 'bounds' at -1 or above), or redundant "
            "columns of an unpenalised model (refit it with a finite C)."
        )


def _check_room(size):
    """Refuse a matrix that would end in a MemoryError, or in a machine that swaps."""
    needed, left = HELD * 8 * size**2, available()
    if needed > left:
        raise SoftUnlearnError(
            f"'curvature' must be one without a dense matrix for {size} parameters, got 'exact', "
            f"which takes {needed / 2**30:.3g} GiB, and {left / 2**30:.3g} GiB of memory are left. "
            "Use 'conjugate_gradient', or 'diagonal'."
        )
