"""How a library makes leaf values, and how they follow the rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["LeafStep", "newton_step"]

# Sum of second derivatives in a leaf below which nothing is known of it.
NOTHING = 1e-15


@dataclass(frozen=True)
class LeafStep:
    """Leaf values that were made of sums over their rows, and their derivative in these.

    Without constraints a node is a leaf. With monotone constraints the leaf values are made of
    those that nodes above them would have, too.

    Parameters
    ----------
    values : ndarray of shape (leaves,)
        Of the leaves.
    by_slope, by_bend : ndarray of shape (nodes,)
        What a node loses per unit of its sum of slopes and of bends.
    nodes : sparse matrix of shape (nodes, leaves), default=None
        Which leaves are below a node.
    parts : sparse matrix of shape (leaves, nodes), default=None
        Of which nodes' values leaf values are made.
    """

    values: np.ndarray
    by_slope: np.ndarray
    by_bend: np.ndarray
    nodes: Any = None
    parts: Any = None

    def along(self, slopes, bends):
        """Return how the values move if the sums of the leaves do so, of shape (leaves,)."""
        if self.nodes is None:
            return -(self.by_slope * slopes + self.by_bend * bends)
        moved = self.by_slope * (self.nodes @ slopes) + self.by_bend * (self.nodes @ bends)
        return -(self.parts @ moved)

    def against(self, pulled):
        """Return what a function of the values loses per unit of the sums of the leaves.

        Parameters
        ----------
        pulled : ndarray of shape (leaves,)
            Derivative of the function in the values.

        Returns
        -------
        by_slopes, by_bends : ndarray of shape (leaves,)
            In the sums of the slopes, and in those of the bends.
        """
        if self.nodes is None:
            return self.by_slope * pulled, self.by_bend * pulled
        pulled = self.parts.T @ pulled
        return self.nodes.T @ (self.by_slope * pulled), self.nodes.T @ (self.by_bend * pulled)


def newton_step(slopes, bends, l2=0.0, l1=0.0, factor=1.0, order=None, inner_l2=0.0) -> LeafStep:
    """Return `-S(G) / (factor H + l2)` of every leaf, S the soft threshold at `l1`.

    Parameters
    ----------
    slopes, bends : ndarray of shape (leaves,)
        G and H, sums over the rows of every leaf.
    l2 : float or ndarray of shape (leaves,), default=0.0
        Added to the bends.
    l1 : float, default=0.0
        Taken off the size of the slopes.
    factor : float, default=1.0
        Of the bends.
    order : Order or Chains, default=None
        Monotone constraints.
    inner_l2 : float, default=0.0
        What `l2` is for nodes that are no leaves.

    Returns
    -------
    step : LeafStep
        Within the constraints.
    """
    if order is not None:
        slopes, bends = order.nodes @ slopes, order.nodes @ bends
        l2 = order.at_nodes(l2, inner_l2)
    held = factor * bends + l2
    mass = np.where(held > NOTHING, held, np.inf)
    shrunk = np.sign(slopes) * np.maximum(np.abs(slopes) - l1, 0.0) if l1 else slopes
    values = -shrunk / mass
    # The threshold holds a leaf that it has put at 0.
    by_slope = (values != 0.0) / mass if l1 else 1.0 / mass
    if order is None:
        return LeafStep(values, by_slope, factor * values / mass)
    bound = order.bind(values, mass)
    by_bend = factor * bound.free / mass
    return LeafStep(bound.values, by_slope, by_bend, order.nodes, bound.parts)
