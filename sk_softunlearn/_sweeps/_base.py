"""What rows answer for that are read block by block."""

from abc import ABC, abstractmethod

import numpy as np

__all__ = ["RowBlocks"]


class RowBlocks(ABC):
    """A table of numbers whose rows are only ever seen block by block.

    Everything that a linear model is corrected by is a sum over rows, or a few numbers per row. A
    *kernel* computes both from one block. It is a function of a module, so that it can be sent to
    where the rows are.

    Attributes
    ----------
    shape : tuple of two int
        Number of rows and of columns.
    """

    shape: tuple[int, int]

    def __len__(self):
        return self.shape[0]

    @abstractmethod
    def sweep(self, kernel, columns=(), shared=(), beside=0):
        """Apply a kernel to every block of rows, each once.

        Parameters
        ----------
        kernel : callable
            `kernel(totals, block, *columns, *shared)` returns `(parts, totals)`. `block` has shape
            (b, p), is in double precision and valid during the call. `parts` is a tuple of arrays
            of length b. `totals` is a tuple of arrays that are summed over blocks, or None: the
            sums so far come in, None before the first block, and may be added to in place.
        columns : sequence of (ndarray of length n, `Bend`, or None), default=()
            What can be sliced by rows; the kernel sees that of its block.
        shared : sequence, default=()
            What every block needs, as coefficients.
        beside : int, default=0
            How many numbers the kernel holds per row, beside the block.

        Returns
        -------
        parts : tuple of ndarray of length n
            In the order of the rows.
        totals : tuple of ndarray, or None
            The sums.
        """

    @abstractmethod
    def blocks(self, beside=0):
        """Yield blocks of rows in double precision.

        Parameters
        ----------
        beside : int, default=0
            What else is held of every row, in entries.

        Yields
        ------
        rows : slice
            Which rows.
        block : ndarray or CSR of shape (b, p)
            Valid until the next one.
        """

    @staticmethod
    def into(parts, found, rows, n_rows):
        """Write the parts of one block into those of all rows, which are made with the first.

        Parameters
        ----------
        parts : tuple of ndarray of length `n_rows`, or None
            None before the first block.
        found : tuple of ndarray
            Of the block.
        rows : slice
            Where the block is.
        n_rows : int
            Number of all rows.

        Returns
        -------
        parts : tuple of ndarray of length `n_rows`
            The same arrays, but for the first block.
        """
        if rows == slice(0, n_rows):
            return found
        if parts is None:
            parts = tuple(np.empty((n_rows, *part.shape[1:]), part.dtype) for part in found)
        for whole, part in zip(parts, found, strict=True):
            whole[rows] = part
        return parts
