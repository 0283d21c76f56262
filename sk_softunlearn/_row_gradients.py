"""Jacobians of networks, which know the gradients of their rows."""

from abc import ABC, abstractmethod

import numpy as np
from scipy.sparse.linalg import LinearOperator

from sk_softunlearn.exceptions import SoftUnlearnError

__all__ = ["RowGradients"]

# Largest dense matrix that `gram` forms.
MOST_BYTES = 2**32


class RowGradients(LinearOperator, ABC):
    """A Jacobian of raw predictions whose curvature comes from the gradients of its rows.

    A subclass writes `_matvec`, `_rmatvec` and `gradient_blocks`.
    """

    @abstractmethod
    def gradient_blocks(self, bend):
        """Yield, block by block of rows, the gradient of each of the bend's columns in every row.

        Parameters
        ----------
        bend : Bend
            B, one symmetric K x K matrix per row.

        Yields
        ------
        gradients : list of ndarray of shape (b, m)
            One per column, in the first m of d parameters; in the others they are 0.
        weights : list of ndarray of shape (b,)
            One per column: `J^T B J` is the sum of `weight * gradient gradient^T`.
        """

    def _matmat(self, directions):
        return np.column_stack([self._matvec(column) for column in directions.T])

    def _rmatmat(self, cotangents):
        return np.column_stack([self._rmatvec(column) for column in cotangents.T])

    def gram_diagonal(self, bend):
        """Return the diagonal of `gram(bend)`, of shape (d,)."""
        diagonal = np.zeros(self.shape[1])
        for gradients, weights in self.gradient_blocks(bend):
            for gradient, weight in zip(gradients, weights, strict=True):
                diagonal[: gradient.shape[1]] += weight @ gradient.astype(float) ** 2
        return diagonal

    def gram(self, bend):
        """Return the dense matrix `J^T B J`, accumulated in blocks of per-row gradients.

        Parameters
        ----------
        bend : Bend
            B, one symmetric K x K matrix per row; any sign.

        Returns
        -------
        gram : ndarray of shape (d, d)
            Symmetric.

        Raises
        ------
        SoftUnlearnError
            If it would take more than 4 GiB.
        """
        size = self.shape[1]
        if 8 * size**2 > MOST_BYTES:
            raise SoftUnlearnError(
                f"A dense curvature of {size} parameters takes {8 * size**2:,} bytes (allowed: "
                f"{MOST_BYTES:,}). Use layers='last', objective='metric', or a curvature without "
                "a dense matrix: 'conjugate_gradient' or 'diagonal'."
            )
        gram = np.zeros((size, size))
        for gradients, weights in self.gradient_blocks(bend):
            for gradient, weight in zip(gradients, weights, strict=True):
                rows, moved = gradient.astype(float, copy=False), gradient.shape[1]
                gram[:moved, :moved] += (rows * weight[:, None]).T @ rows
        return gram
