"""Rows of Dask arrays and dataframes, wherever the cluster keeps them."""

import warnings

import numpy as np

from sk_softunlearn._sweeps._chunks import Chunks, add, sweep_chunk
from sk_softunlearn._sweeps._progress import told

__all__ = ["DaskRows", "is_dask"]

# So many sums are added up by one task.
FAN = 16


def is_dask(values):
    """Say whether something is a Dask collection, without importing Dask."""
    return hasattr(values, "__dask_graph__") and hasattr(values, "compute")


class DaskRows(Chunks):
    """The rows of a Dask array or dataframe.

    Kernels go to the chunks, and sums and narrow columns come back. Every sweep is a computation of
    its own on whatever scheduler is current, so that a worker that is lost is made up for as in any
    other. Rows that are not persisted are made anew in each.

    Parameters
    ----------
    table : dask.array.Array or dask.dataframe.DataFrame of shape (n, p)
        Of numbers, unless transformers make numbers of it.

    Raises
    ------
    TypeError
        If it is another collection.
    """

    def __init__(self, table):
        import dask
        import dask.array

        ndim = getattr(table, "ndim", None)
        # Of a Delayed everything is an attribute.
        if not (isinstance(ndim, int) and ndim == 2):
            raise TypeError(
                "'X' must be a Dask array or dataframe with rows and columns, got "
                f"{type(table).__name__}. Make it one."
            )
        if isinstance(table, dask.array.Array):
            if np.isnan(table.shape[0]):
                table = table.compute_chunk_sizes()
            if table.numblocks[1] > 1:
                table = table.rechunk({1: -1})
            self.parts, lengths, names = table.to_delayed()[:, 0], table.chunks[0], None
        else:
            self.parts = np.array(table.to_delayed(), dtype=object)
            # Of these parts: an optimised table may come in others.
            lengths = dask.compute(*map(dask.delayed(len), self.parts))
            names = list(table.columns)
        super().__init__(map(int, lengths), names, int(table.shape[1]))

    def load(self, k):
        return self.parts[k].compute()

    def sweep(self, kernel, columns=(), shared=(), beside=0):
        import dask

        call, plus = dask.delayed(sweep_chunk, pure=False, nout=2), dask.delayed(_sum, pure=False)
        # What all chunks need is sent once.
        shared = dask.delayed(list(shared), traverse=False)
        transformers = dask.delayed(self.transformers, traverse=False)
        where = [(k, rows) for k, rows in enumerate(self.slices) if rows.start < rows.stop]
        done = []
        for k, rows in where:
            here = [None if column is None else column[rows] for column in columns]
            here = dask.delayed(here, traverse=False)
            chosen = self.chosen[k]
            done.append(call(self.parts[k], chosen, transformers, kernel, here, shared, beside))
        sums = [total for _, total in done]
        while len(sums) > 1:
            sums = [plus(sums[k : k + FAN]) for k in range(0, len(sums), FAN)]
        with told(kernel, len(self)) as advance, warnings.catch_warnings():
            # The columns go with the tasks on purpose: a chunk's part is held where it is used.
            warnings.filterwarnings("ignore", "Sending large graph")
            found, totals = dask.compute([part for part, _ in done], sums[0])
            advance(len(self))
        parts = None
        for (_, rows), part in zip(where, found, strict=True):
            parts = self.into(parts, part, rows, len(self))
        return parts, totals


def _sum(several):
    total = several[0]
    for each in several[1:]:
        total = add(total, each)
    return total
