"""Which leaves may not be above which others: monotone constraints along trees that are held."""

from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

__all__ = ["Bound", "Order", "order_of"]

# What bounds a node from below and above until a split does.
NO_BOUNDS = ((-np.inf, None), (np.inf, None))


@dataclass(frozen=True)
class Bound:
    """Leaf values within their bounds.

    Parameters
    ----------
    values : ndarray of shape (leaves,)
        Of the leaves.
    parts : sparse matrix of shape (leaves, nodes)
        Their derivative in the values that the nodes would have without bounds.
    free : ndarray of shape (nodes,)
        The values at which the bends of a node count.
    """

    values: np.ndarray
    parts: sparse.csr_matrix
    free: np.ndarray


@dataclass(frozen=True)
class Order:
    """The monotone constraints on the leaves of the trees of one iteration.

    A split on a constrained feature bounds everything below it: by the middle of the values that
    its two children would have as leaves, which are bounded by the splits above. scikit-learn,
    LightGBM (its basic method) and XGBoost all do so.

    Parameters
    ----------
    splits : list of tuple of int
        Node, left child, right child and sign of every split, parents first. The sign says whether
        the right may not be below the left (1), not above it (-1), or is free (0).
    leaf_nodes : ndarray of shape (leaves,)
        The node that every leaf is.
    nodes : sparse matrix of shape (nodes, leaves)
        Which leaves are below a node, or are it.
    """

    splits: list = field(repr=False)
    leaf_nodes: np.ndarray
    nodes: sparse.csr_matrix

    def at_nodes(self, values, inside):
        """Return values of leaves at all nodes, where those that are no leaves have another."""
        full = np.full(self.nodes.shape[0], inside)
        full[self.leaf_nodes] = values
        return full

    def bind(self, values, mass) -> Bound:
        """Return the leaf values that the library takes.

        Parameters
        ----------
        values : ndarray of shape (nodes,)
            What every node would have as a leaf, without bounds.
        mass : ndarray of shape (nodes,)
            Their denominators, which count for nothing here.
        """
        free = values.tolist()
        bounds = [NO_BOUNDS] * len(free)
        for node, left, right, sign in self.splits:
            low, high = bounds[left] = bounds[right] = bounds[node]
            if sign:
                below, above = (left, right) if sign > 0 else (right, left)
                ends = _within(free, below, bounds[node]), _within(free, above, bounds[node])
                middle = 0.5 * (ends[0][0] + ends[1][0]), ends
                bounds[below], bounds[above] = (low, middle), (middle, high)
        found = [_within(free, node, bounds[node]) for node in self.leaf_nodes.tolist()]
        return Bound(np.array([value for value, _ in found]), self._parts(found), values)

    def _parts(self, found):
        """Return of which nodes' values bounded ones are made, a sparse matrix."""
        rows, columns, shares = [], [], []
        for leaf, (_, source) in enumerate(found):
            open_yet = [(source, 1.0)]
            while open_yet:
                source, share = open_yet.pop()
                if isinstance(source, tuple):
                    open_yet += [(end, 0.5 * share) for _, end in source]
                else:
                    rows.append(leaf)
                    columns.append(source)
                    shares.append(share)
        shape = len(found), self.nodes.shape[0]
        return sparse.csr_matrix((shares, (rows, columns)), shape=shape)

    def keep(self, values):
        """Return leaf values that keep the constraints, the same where they do already."""
        kept = values.copy()
        for left, right in self._sides:
            highest, lowest = kept[left].max(), kept[right].min()
            if highest > lowest:
                middle = 0.5 * (highest + lowest)
                kept[left] = np.minimum(kept[left], middle)
                kept[right] = np.maximum(kept[right], middle)
        return kept

    @property
    def _sides(self):
        """Leaves that may not be above others, and these, by constrained split, parents first."""
        for _, left, right, sign in self.splits:
            if sign:
                ends = (left, right) if sign > 0 else (right, left)
                starts = self.nodes.indptr
                yield tuple(self.nodes.indices[starts[end] : starts[end + 1]] for end in ends)


def order_of(trees):
    """Return the constraints on the trees of one iteration, None if there are none.

    Parameters
    ----------
    trees : list of tuple of ndarray
        Of every tree the left child, the right child and the sign of every node, from 0 on, and
        the nodes that are its leaves, in their order. The root is node 0; of leaves the children
        and the sign say nothing.

    Returns
    -------
    order : Order or None
        With the nodes of all trees in a row.
    """
    if not any(np.any(np.delete(sign, leaves)) for _, _, sign, leaves in trees):
        return None
    splits, leaf_nodes, start = [], [], 0
    for left, right, sign, leaves in trees:
        is_leaf = np.isin(np.arange(len(left)), leaves)
        open_yet = [0]
        while open_yet:
            node = open_yet.pop()
            if not is_leaf[node]:
                ends = int(left[node]), int(right[node])
                splits.append((node + start, *(e + start for e in ends), int(sign[node])))
                open_yet += ends
        leaf_nodes.append(leaves + start)
        start += len(left)
    leaf_nodes = np.concatenate(leaf_nodes)
    return Order(splits, leaf_nodes, _below(splits, leaf_nodes, start))


def _below(splits, leaf_nodes, n_nodes):
    """Return which leaves are below every node, a sparse matrix of shape (nodes, leaves)."""
    below = [[] for _ in range(n_nodes)]
    for leaf, node in enumerate(leaf_nodes.tolist()):
        below[node] = [leaf]
    for node, left, right, _ in reversed(splits):
        below[node] = below[left] + below[right]
    ends = np.cumsum([0, *map(len, below)])
    leaves = np.array([leaf for each in below for leaf in each])
    shape = n_nodes, len(leaf_nodes)
    return sparse.csr_matrix((np.ones(len(leaves)), leaves, ends), shape=shape)


def _within(free, node, bounds):
    """Return the value of a node within its bounds, and what that is made of."""
    (low, _), (high, _) = bounds
    if free[node] < low:
        return bounds[0]
    return bounds[1] if free[node] > high else (free[node], node)
