"""Leaves that are weighted shares of the classes, and the derivative of that in the weights."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Shares", "average", "respond", "shift"]


@dataclass(frozen=True)
class Shares:
    """What the leaves came to under some row weights.

    Parameters
    ----------
    weight : ndarray of shape (n,)
        The weights.
    theta : ndarray of shape (d,)
        Share of a class in every leaf, divided by the number of trees; nan without weight.
    mass : ndarray of shape (d,)
        Summed weight of the leaf; inf where it is 0.
    """

    weight: np.ndarray
    theta: np.ndarray
    mass: np.ndarray

    def minus(self, other):
        """Return the difference of the leaf values, 0.0 where a leaf has no weight, (d,)."""
        return np.nan_to_num(self.theta - other.theta)


def average(leaves, bags, target, weight) -> Shares:
    """Take the share of every class in every leaf, with the draws that the trees were grown on.

    Parameters
    ----------
    leaves : Leaves
        Of the training rows.
    bags : callable
        Maps the number of a tree to how often it has drawn every row, of shape (n,).
    target : ndarray of shape (n,)
        Class indices.
    weight : ndarray of shape (n,)
        Total weight of every row, at least 0.

    Returns
    -------
    shares : Shares
        With the leaf values.
    """
    structure = leaves.structure
    theta, mass = (np.empty(structure.starts[-1]) for _ in range(2))
    for tree, size in enumerate(structure.sizes):
        where = slice(structure.starts[tree], structure.starts[tree + 1])
        drawn = weight * bags(tree // structure.shared)
        total = np.bincount(leaves.of(tree), drawn, size)
        mass[where] = np.where(total > 0, total, np.inf)
        counted = np.bincount(leaves.of(tree), drawn * _is_class(structure, tree, target), size)
        theta[where] = np.where(total > 0, counted / mass[where], np.nan)
    return Shares(weight, theta * structure.shared / len(structure.sizes), mass)


def respond(leaves, bags, target, shares, gradients):
    """Return the derivative of functions of the leaf values in the row weights.

    A leaf with share v and weight W changes by `(y_i - v) / W` per unit that a row in it weighs
    more.

    Parameters
    ----------
    leaves : Leaves
        Of the training rows.
    bags : callable
        As `average` takes it.
    target : ndarray of shape (n,)
        Class indices.
    shares : Shares
        With the weights at which the derivative is taken.
    gradients : ndarray of shape (m, d)
        Of the functions in the leaf values.

    Returns
    -------
    derivatives : ndarray of shape (m, n)
        In the weights.
    """
    structure = leaves.structure
    derivatives = np.zeros((len(gradients), len(target)))
    for tree in range(len(structure.sizes)):
        where = slice(structure.starts[tree], structure.starts[tree + 1])
        code = leaves.of(tree)
        residual = _residual(leaves, bags, target, shares, tree)
        for j, gradient in enumerate(gradients):
            derivatives[j] += residual * (gradient[where] / shares.mass[where])[code]
    return derivatives


def shift(leaves, bags, target, shares, change):
    """Return the derivative of the leaf values along a change of the row weights, of shape (d,).

    Parameters
    ----------
    leaves : Leaves
        Of the training rows.
    bags : callable
        As `average` takes it.
    target : ndarray of shape (n,)
        Class indices.
    shares : Shares
        With the weights at which the derivative is taken.
    change : ndarray of shape (n,)
        Of the weights.
    """
    structure = leaves.structure
    theta = np.empty(structure.starts[-1])
    for tree, size in enumerate(structure.sizes):
        where = slice(structure.starts[tree], structure.starts[tree + 1])
        pulled = change * _residual(leaves, bags, target, shares, tree)
        theta[where] = np.bincount(leaves.of(tree), pulled, size) / shares.mass[where]
    return theta


def _residual(leaves, bags, target, shares, tree):
    """Return `(y - v) / T`, as often as a tree has drawn every row, of shape (n,)."""
    structure = leaves.structure
    n_trees = len(structure.sizes) // structure.shared
    # No row with a weight is in a leaf without one.
    values = np.nan_to_num(shares.theta[structure.starts[tree] : structure.starts[tree + 1]])
    residual = _is_class(structure, tree, target) / n_trees - values[leaves.of(tree)]
    return residual * bags(tree // structure.shared)


def _is_class(structure, tree, target):
    """Say which rows are of the class that a tree's values are shares of."""
    return target == (1 if structure.n_outputs == 1 else tree % structure.n_outputs)
