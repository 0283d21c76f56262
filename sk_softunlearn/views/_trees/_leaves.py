"""In which leaf of every tree rows are."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator

from sk_softunlearn.exceptions import UnsupportedEstimatorError

__all__ = ["LeafJacobian", "Leaves", "Members", "Structure"]

# Rows that are computed with at a time.
BLOCK_ROWS = 32_768


@dataclass(frozen=True)
class Structure:
    """The trees of an ensemble: how many leaves they have, and what they add to.

    K trees in a row are one iteration, one per column of the raw prediction, in order. A tree with
    K values per leaf counts as K trees that share their leaves.

    Parameters
    ----------
    sizes : ndarray of shape (T,)
        Number of leaves of every tree.
    n_outputs : int
        K, the number of columns of the raw prediction.
    shared : int, default=1
        How many trees in a row share their leaves.
    orders : list of Order or None, default=()
        By iteration, the monotone constraints on its leaves; empty if there are none.
    """

    sizes: np.ndarray
    n_outputs: int
    shared: int = 1
    orders: Any = ()

    @cached_property
    def starts(self):
        """Position of every tree's first leaf in theta, and the length of theta."""
        return np.concatenate([[0], np.cumsum(self.sizes)])

    @property
    def code_type(self):
        """The smallest type of whole numbers that counts the leaves of every tree."""
        return np.min_scalar_type(int(self.sizes.max(initial=1)) - 1)

    def iterations(self):
        """Return the trees that were made at one time, one per output: a list of ranges."""
        return [
            range(first, first + self.n_outputs)
            for first in range(0, len(self.sizes), self.n_outputs)
        ]

    def order(self, trees):
        """Return the monotone constraints on the leaves of an iteration's trees, or None."""
        return self.orders[trees.start // self.n_outputs] if self.orders else None

    def keep(self, theta):
        """Return leaf values of shape (d,) that keep all constraints, the same if they do."""
        kept = np.array(theta)
        for trees, order in zip(self.iterations(), self.orders, strict=False):
            if order is not None:
                kept[self.where(trees)] = order.keep(kept[self.where(trees)])
        return kept

    def where(self, trees):
        """Return the slice of the leaves of a range of trees in theta."""
        return slice(self.starts[trees.start], self.starts[trees.stop])

    def split(self, theta):
        """Return the values of every tree, a list of arrays of shape (leaves,)."""
        return np.split(theta, self.starts[1:-1])


@dataclass(frozen=True)
class Leaves:
    """The leaf of every row in every tree.

    Parameters
    ----------
    structure : Structure
        Of the trees.
    codes : ndarray of shape (T / shared, n)
        Number of the leaf within its tree; whole numbers of one byte where that is enough.
    """

    structure: Structure
    codes: np.ndarray

    @classmethod
    def read(cls, structure, blocks, n):
        """Return the leaves of n rows, read block by block.

        Parameters
        ----------
        structure : Structure
            Of the trees.
        blocks : iterable of ndarray of shape (b, T / shared)
            Leaf numbers of the rows, in order.
        n : int
            How many rows there are.
        """
        codes = np.empty((len(structure.sizes) // structure.shared, n), structure.code_type)
        start = 0
        for block in blocks:
            codes[:, start : start + len(block)] = block.T
            start += len(block)
        return cls(structure, codes)

    def of(self, tree):
        """Return the leaf of every row in a tree, of shape (n,)."""
        return self.codes[tree // self.structure.shared]

    def blocks(self, trees):
        """Yield blocks of rows, slices, and their leaves in the trees of an iteration, `Members`.

        What is computed of a block stays near the processor, and takes little memory.
        """
        codes, shared = self.codes, self.structure.shared
        sizes = self.structure.sizes[trees.start : trees.stop]
        for start in range(0, codes.shape[1], BLOCK_ROWS):
            rows = slice(start, start + BLOCK_ROWS)
            # Numpy looks up and counts by whole numbers of this type alone: they are made once.
            own = {k: codes[k, rows].astype(np.intp) for k in {tree // shared for tree in trees}}
            yield rows, Members([own[tree // shared] for tree in trees], sizes)

    def add(self, theta):
        """Return the sum of one leaf value per tree, of shape (n, K)."""
        raw = np.zeros((self.codes.shape[1], self.structure.n_outputs))
        for trees in self.structure.iterations():
            self.add_to(raw, trees, theta[self.structure.where(trees)])
        return raw

    def add_to(self, raw, trees, values):
        """Add the leaf values of the trees of an iteration to an array of shape (n, K)."""
        for rows, here in self.blocks(trees):
            raw[rows] += here.gather(values)

    def total(self, trees, cotangent):
        """Return the sums over the rows of every leaf of these trees, of an array (n, K)."""
        return sum(here.total(cotangent[rows]) for rows, here in self.blocks(trees))

    def collect(self, cotangent):
        """Return the transpose of `add`, applied to an array of shape (n, K); of shape (d,)."""
        trees = self.structure.iterations()
        return np.concatenate([self.total(each, cotangent) for each in trees])


@dataclass(frozen=True)
class Members:
    """The leaf of every row in the trees of one iteration.

    Parameters
    ----------
    codes : list of K ndarray of shape (n,)
        Number of the leaf within its tree.
    sizes : ndarray of shape (K,)
        Number of leaves of every tree.
    """

    codes: list
    sizes: np.ndarray

    def gather(self, values):
        """Return the value of every row's leaf, of shape (n, K), of the values of these trees."""
        if len(self.codes) == 1:
            return np.take(values, self.codes[0])[:, None]
        parts = np.split(values, np.cumsum(self.sizes)[:-1])
        return np.column_stack([p[code] for p, code in zip(parts, self.codes, strict=True)])

    def total(self, cotangent):
        """Return the sums over the rows of every leaf, of an array of shape (n, K)."""
        counted = zip(self.codes, cotangent.T, self.sizes, strict=True)
        return np.concatenate([np.bincount(code, each, size) for code, each, size in counted])


class LeafJacobian(LinearOperator):
    """Derivative of the raw predictions in the leaf values, of shape (n K, d).

    Parameters
    ----------
    leaves : Leaves
        Of the rows.
    """

    def __init__(self, leaves):
        self.leaves = leaves
        n_outputs = leaves.structure.n_outputs
        shape = (leaves.codes.shape[1] * n_outputs, int(leaves.structure.starts[-1]))
        super().__init__(np.dtype(float), shape)

    def _matvec(self, theta):
        return self.leaves.add(theta.reshape(-1)).reshape(-1)

    def _rmatvec(self, cotangent):
        return self.leaves.collect(cotangent.reshape(-1, self.leaves.structure.n_outputs))

    def gram(self, bend):
        """Refuse: there is no curvature of leaves that were found one tree after the other."""
        raise UnsupportedEstimatorError(
            "'curvature' must be 'auto' for a tree ensemble: its leaves are made anew tree after "
            "tree, and no curvature is inverted. Leave it out."
        )

    def gram_diagonal(self, bend):
        """Refuse, as `gram`."""
        self.gram(bend)
