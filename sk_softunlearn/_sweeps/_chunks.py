"""Rows that are loaded in chunks."""

from abc import abstractmethod
from copy import copy

import numpy as np
import pandas as pd
from scipy import sparse

from sk_softunlearn._sweeps._base import RowBlocks
from sk_softunlearn._sweeps._in_memory import InMemory
from sk_softunlearn._sweeps._progress import told

__all__ = ["Chunks", "sweep_chunk"]


class Chunks(RowBlocks):
    """Rows that come in chunks which fit into memory, one after the other.

    Parameters
    ----------
    lengths : sequence of int
        Number of rows of every chunk.
    names : sequence of str or None
        Names of the columns; None where they have none.
    n_columns : int
        Number of columns.

    Attributes
    ----------
    transformers : tuple of estimator
        What every chunk passes through, in order.
    chosen : list of (ndarray of int, or None)
        Of every chunk the positions of the rows that are taken; None: all.
    """

    def __init__(self, lengths, names, n_columns):
        self.lengths = list(lengths)
        self.names = None if names is None else list(names)
        self.transformers: tuple = ()
        self.chosen = [None] * len(self.lengths)
        self.shape = (sum(self.lengths), n_columns)

    @abstractmethod
    def load(self, k):
        """Return chunk k as it is stored, a DataFrame, an ndarray or a sparse matrix."""

    @property
    def slices(self):
        """Where the rows of every chunk are among all that are taken, a list of slice."""
        ends = np.cumsum(
            [
                length if chosen is None else len(chosen)
                for length, chosen in zip(self.lengths, self.chosen, strict=True)
            ]
        ).tolist()
        return [slice(*pair) for pair in zip([0, *ends[:-1]], ends, strict=True)]

    def through(self, transformers) -> "Chunks":
        """Return the rows as fitted transformers give them, chunk by chunk.

        Parameters
        ----------
        transformers : sequence of estimator
            In order. What they do to a row must not depend on other rows.
        """
        other = copy(self)
        other.transformers = (*self.transformers, *transformers)
        if transformers:
            row = self.take([0])
            first = _transformed(next(row.chunks()), other.transformers)
            other.shape, other.names = (len(self), first.shape[1]), None
        return other

    def take(self, positions) -> "Chunks":
        """Return some of the rows, in the order in which they are stored.

        Parameters
        ----------
        positions : ndarray of int
            Among the rows of this object, ascending.

        Raises
        ------
        ValueError
            If they are in another order.
        """
        other, chosen, positions = copy(self), [], np.asarray(positions, dtype=int)
        if np.any(np.diff(positions) < 0):
            raise ValueError("'positions' must be ascending, got another order. Sort them.")
        for rows, here in zip(self.slices, self.chosen, strict=True):
            start, stop = np.searchsorted(positions, [rows.start, rows.stop])
            part = positions[start:stop] - rows.start
            chosen.append(part if here is None else here[part])
        other.chosen, other.shape = chosen, (len(positions), self.shape[1])
        return other

    def first(self, n_rows):
        """Return at least the first `n_rows` rows as they are stored, and their number.

        Parameters
        ----------
        n_rows : int
            All rows where there are fewer.

        Returns
        -------
        rows : DataFrame or ndarray
            Whole chunks.
        count : int
            Of these rows.
        """
        parts, count = [], 0
        for part in self.chunks():
            parts.append(part)
            count += part.shape[0]
            if count >= n_rows:
                break
        if _is_frame(parts[0]):
            return pd.concat(parts, ignore_index=True), count
        stack = sparse.vstack if sparse.issparse(parts[0]) else np.vstack
        return stack(parts), count

    def chunks(self):
        """Yield the rows as they are stored, chunk by chunk; none without rows."""
        for k, (rows, chosen) in enumerate(zip(self.slices, self.chosen, strict=True)):
            if rows.start < rows.stop:
                chunk = self.load(k)
                yield chunk if chosen is None else _rows(chunk, chosen)

    def blocks(self, beside=0):
        filled = (rows for rows in self.slices if rows.start < rows.stop)
        for rows, chunk in zip(filled, self.chunks(), strict=True):
            for part, block in InMemory(_transformed(chunk, self.transformers)).blocks(beside):
                yield slice(rows.start + part.start, rows.start + part.stop), block

    def __array__(self, *_, **__):
        """Refuse to be all in memory: numpy would make one object of the rows."""
        raise TypeError(
            f"{type(self).__name__} cannot be made an array: its rows are read chunk by chunk. "
            "Pass it to a SoftUnlearner, or pass fewer rows in memory."
        )

    def sweep(self, kernel, columns=(), shared=(), beside=0):
        n_rows, parts, totals = len(self), None, None
        with told(kernel, n_rows) as advance:
            for k, rows in enumerate(self.slices):
                if rows.start == rows.stop:
                    continue
                here = [None if column is None else column[rows] for column in columns]
                found, sums = sweep_chunk(
                    self.load(k), self.chosen[k], self.transformers, kernel, here, shared, beside
                )
                parts = self.into(parts, found, rows, n_rows)
                totals = sums if totals is None else add(totals, sums)
                advance(rows.stop - rows.start)
        return parts, totals


def sweep_chunk(chunk, chosen, transformers, kernel, columns, shared, beside):
    """Apply a kernel to the blocks of one chunk, as `RowBlocks.sweep` does to all rows."""
    if chosen is not None:
        chunk = _rows(chunk, chosen)
    numbers = _transformed(chunk, transformers)
    return InMemory(numbers).sweep(kernel, columns, shared, beside)


def add(totals, sums):
    """Return the sums of two parts of the rows."""
    if totals is None:
        return None
    return tuple(one + other for one, other in zip(totals, sums, strict=True))


def _is_frame(chunk):
    return isinstance(chunk, pd.DataFrame)


def _rows(chunk, chosen):
    return chunk.iloc[chosen] if _is_frame(chunk) else chunk[chosen]


def _transformed(chunk, transformers):
    """Return a chunk as a matrix of numbers, float32 or float64, dense or CSR."""
    for transformer in transformers:
        chunk = transformer.transform(chunk)
    if sparse.issparse(chunk):
        return chunk.tocsr()
    # Columns side by side in memory would be read as slowly as they lie.
    numbers = np.ascontiguousarray(chunk)
    if numbers.dtype in (np.float32, np.float64):
        return numbers
    try:
        # What pandas holds as missing is nan, as scikit-learn has it.
        return chunk.to_numpy(float, na_value=np.nan) if _is_frame(chunk) else numbers.astype(float)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"'X' must hold numbers where the classifier reads it, got others: {error}. Encode "
            "these columns by a Pipeline, or leave them out."
        ) from error
