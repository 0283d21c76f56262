"""Leaves that are weighted shares of the classes, and the derivative of that in the weights."""

from dataclasses import dataclass

import numpy as np

from sk_softunlearn.views._trees._leaf_step import newton_step

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
    steps : list of LeafStep
        By tree: the shares, and their derivative in the weights of a leaf's rows.
    """

    weight: np.ndarray
    theta: np.ndarray
    steps: list

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
    structure, steps, theta = leaves.structure, [], []
    for tree, size in enumerate(structure.sizes):
        drawn = weight * bags(tree // structure.shared)
        total = np.bincount(leaves.of(tree), drawn, size)
        counted = np.bincount(leaves.of(tree), drawn * _is_class(structure, tree, target), size)
        # A share is what a Newton step of the squared loss comes to from 0.
        steps.append(newton_step(-counted, total, order=structure.order(range(tree, tree + 1))))
        theta.append(np.where(total > 0, steps[-1].values, np.nan) / _n_trees(structure))
    return Shares(weight, np.concatenate(theta), steps)


def respond(leaves, bags, target, shares, gradients):
    """Return the derivative of functions of the leaf values in the row weights.

    A leaf with share v and weight W changes by `(y_i - v) / W` per unit that a row in it weighs
    more; with monotone constraints, the shares that it is made of.

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
    for tree, step in enumerate(shares.steps):
        where = slice(structure.starts[tree], structure.starts[tree + 1])
        code, drawn = leaves.of(tree), bags(tree // structure.shared) / _n_trees(structure)
        is_class = _is_class(structure, tree, target)
        for j, gradient in enumerate(gradients):
            by_class, by_weight = step.against(gradient[where])
            derivatives[j] += drawn * (is_class * by_class[code] - by_weight[code])
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
    structure, theta = leaves.structure, []
    for tree, (size, step) in enumerate(zip(structure.sizes, shares.steps, strict=True)):
        drawn = change * bags(tree // structure.shared) / _n_trees(structure)
        total = np.bincount(leaves.of(tree), drawn, size)
        counted = np.bincount(leaves.of(tree), drawn * _is_class(structure, tree, target), size)
        theta.append(step.along(-counted, total))
    return np.concatenate(theta)


def _n_trees(structure):
    """Return the number of trees, however many values a leaf has."""
    return len(structure.sizes) // structure.shared


def _is_class(structure, tree, target):
    """Say which rows are of the class that a tree's values are shares of."""
    return target == (1 if structure.n_outputs == 1 else tree % structure.n_outputs)
