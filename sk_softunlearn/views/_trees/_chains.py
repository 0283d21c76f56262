"""Monotone constraints along the trees of CatBoost, all of whose nodes at a depth split alike."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.isotonic import isotonic_regression

from sk_softunlearn.views._trees._order import Bound

__all__ = ["Chains", "chains_of"]


@dataclass(frozen=True)
class Chains:
    """The monotone constraints on the leaves of one tree: in every chain they may not fall.

    CatBoost puts all leaves that only constrained splits set apart in one line, in which the first
    split counts most, and takes the nearest values that do not fall along it, weighted by the
    denominators of the leaves: neighbours that would fall are pooled.

    Parameters
    ----------
    lines : ndarray of shape (chains, length)
        The leaves of every chain, in order.
    """

    lines: np.ndarray

    @property
    def nodes(self):
        """Which leaves a node has: here each is its own, a sparse matrix."""
        return sparse.identity(self.lines.size, format="csr")

    def at_nodes(self, values, inside):
        """Return values of leaves at all nodes, which are the leaves."""
        return np.broadcast_to(values, self.lines.size)

    def bind(self, values, mass) -> Bound:
        """Return the leaf values that the library takes.

        Parameters
        ----------
        values, mass : ndarray of shape (leaves,)
            The leaf values without constraints, and their denominators.
        """
        # Of a leaf that nothing is known of, nothing is taken.
        weight = np.where(np.isfinite(mass), mass, np.finfo(float).tiny)
        pooled, pool, first = np.empty(self.lines.size), np.empty(self.lines.size, int), 0
        for line in self.lines:
            pooled[line] = isotonic_regression(values[line], sample_weight=weight[line])
            rises = np.diff(pooled[line], prepend=-np.inf) > 0.0
            pool[line] = first + np.cumsum(rises)
            first = pool[line[-1]]
        share = weight / np.bincount(pool, weight)[pool]
        leaves = np.arange(self.lines.size)
        members = sparse.csr_matrix((np.ones(len(pool)), (pool, leaves)))
        parts = members.T @ members @ sparse.diags(share)
        return Bound(pooled, parts.tocsr(), pooled)

    def keep(self, values):
        """Return the nearest leaf values that keep the constraints."""
        kept = values.copy()
        for line in self.lines:
            if np.any(np.diff(values[line]) < 0.0):
                kept[line] = isotonic_regression(values[line])
        return kept


def chains_of(signs):
    """Return the constraints on a tree, None if there are none.

    Parameters
    ----------
    signs : list of int
        1, -1 or 0 for the split at every depth. The first is the lowest bit of the number of a
        leaf, which is set where the feature is above the border.
    """
    signs = np.asarray(signs, dtype=int)
    if not signs.any():
        return None
    bits = (np.arange(2 ** len(signs))[:, None] >> np.arange(len(signs))) & 1
    free, bound = bits[:, signs == 0], np.where(signs > 0, bits, 1 - bits)[:, signs != 0]
    # The first split counts most.
    place = bound @ (2 ** np.arange(bound.shape[1])[::-1])
    chain = free @ (2 ** np.arange(free.shape[1]))
    return Chains(np.lexsort((place, chain)).reshape(-1, 2 ** bound.shape[1]))
