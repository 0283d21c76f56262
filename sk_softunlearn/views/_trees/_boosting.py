"""Boosting again along the same trees, and the exact derivative of that in the row weights."""

from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from sk_softunlearn.views._trees._leaf_step import LeafStep
from sk_softunlearn.views._trees._leaves import Structure
from sk_softunlearn.views._trees._rule import indicators

__all__ = ["Path", "replay", "respond", "shift"]

# Rounding by which the slopes of a leaf's rows, all of one sign, may miss the sum of their sizes.
ALIKE = 1e-9


@dataclass(frozen=True)
class Path:
    """What boosting came to under some row weights.

    Parameters
    ----------
    structure : Structure
        Of the trees.
    weight : ndarray of shape (n,)
        The weights.
    prior : ndarray of shape (K,)
        Where it started, beside what is held.
    theta : ndarray of shape (d,)
        The leaf values.
    steps : list of list of LeafStep
        By iteration, the Newton steps of its leaves.
    raw_prediction : ndarray of shape (n, K)
        Where it ended.
    pure : float
        Share of the slopes, by size and over all trees, that is in leaves of one class.
    """

    structure: Structure
    weight: np.ndarray
    prior: np.ndarray
    theta: np.ndarray
    steps: list[list[LeafStep]]
    raw_prediction: np.ndarray
    pure: float

    def minus(self, other):
        """Return the difference of the leaf values, of shape (d,); that of the prior is in it.

        Every row is in one leaf of the first tree of every output: there the prior is added.
        """
        difference = self.theta - other.theta
        starts = self.structure.starts
        for column, moved in enumerate(self.prior - other.prior):
            difference[starts[column] : starts[column + 1]] += moved
        return difference


def replay(leaves, rule, target, weight, start) -> Path:
    """Make the leaf values anew, tree after tree, with other row weights.

    Parameters
    ----------
    leaves : Leaves
        Of the training rows. K trees in a row are one iteration, one per output.
    rule : Rule
        Of the library.
    target : ndarray of shape (n,)
        Class indices.
    weight : ndarray of shape (n,)
        Total weight of every row, at least 0.
    start : ndarray of shape (n, K)
        What is held: the raw prediction without the trees and the prior.

    Returns
    -------
    path : Path
        With the leaf values.
    """
    structure = leaves.structure
    y, theta = indicators(target, structure.n_outputs), np.empty(structure.starts[-1])
    l2 = _penalties(structure, rule, weight)
    prior = rule.prior_of(y, weight)
    raw, weight, path = start + prior, weight[:, None], []
    alike = everything = 0.0
    for trees, scale in _iterations(structure, rule):
        where, here, there = structure.where(trees), leaves.at(trees), raw / scale
        steps: list[LeafStep] = []
        for k in range(rule.steps):
            if k:
                there = there + here.gather(steps[-1].values)
            p = _probabilities(there)
            pulls = weight * (p - y)
            slopes = here.total(pulls)
            bends = here.total(weight * p * (1.0 - p))
            steps.append(rule.step(slopes, bends, l2[where], structure.order(trees)))
            if not k:
                sizes = here.total(np.abs(pulls))
                alike += sizes[np.abs(slopes) >= (1.0 - ALIKE) * sizes].sum()
                everything += sizes.sum()
        theta[where] = scale * rule.rate * sum(step.values for step in steps)
        raw = raw + here.gather(theta[where])
        path.append(steps)
    pure = alike / everything if everything else 1.0
    return Path(structure, weight[:, 0], prior, theta, path, raw, pure)


def respond(leaves, rule, target, path, gradients):
    """Return the derivative of functions of the leaf values in the row weights.

    One sweep back through the trees (LeafInfluence, Sharchilev et al. 2018, algorithm 1, of all
    rows at once). A Newton step v with denominator D has `dv = -(dG + factor v dH) / D`; the sums
    depend on the weights themselves, and through the raw predictions of the trees before.

    Parameters
    ----------
    leaves : Leaves
        Of the training rows.
    rule : Rule
        Of the library.
    target : ndarray of shape (n,)
        Class indices.
    path : Path
        What `replay` came to with the weights at which the derivative is taken.
    gradients : ndarray of shape (m, d)
        Of the functions in the leaf values; the prior counts as part of the first trees' leaves.

    Returns
    -------
    derivatives : ndarray of shape (m, n)
        In the weights.
    """
    structure, weight = leaves.structure, path.weight[:, None]
    y, raw = indicators(target, structure.n_outputs), path.raw_prediction
    derivatives = np.zeros((len(gradients), len(weight)))
    back = np.zeros((len(gradients), *raw.shape))
    l2 = np.broadcast_to(rule.l2, len(path.theta))
    iterations = list(zip(_iterations(structure, rule), path.steps, strict=True))
    for (trees, scale), steps in reversed(iterations):
        where, here = structure.where(trees), leaves.at(trees)
        raw = raw - here.gather(path.theta[where])
        pulled = [
            scale * rule.rate * (g[where] + here.total(b))
            for g, b in zip(gradients, back, strict=True)
        ]
        for k, step in reversed(list(enumerate(steps))):
            before = sum(step.values for step in steps[:k])
            p = _probabilities(raw / scale + (here.gather(before) if k else 0.0))
            missed, bend, turn = p - y, p * (1.0 - p), 1.0 - 2.0 * p
            for j, leaf in enumerate(pulled):
                by_slopes, by_bends = step.against(leaf)
                if rule.l2_by_mean:
                    derivatives[j] -= l2[where] @ by_bends / (rule.factor * len(weight))
                by_slope, by_bend = here.gather(by_slopes), here.gather(by_bends)
                derivatives[j] -= _by_row(missed * by_slope + bend * by_bend)
                through = -weight * _through(p, by_slope + by_bend * turn)
                back[j] += through / scale
                if k:
                    leaf += here.total(through)
    starts = structure.starts[: y.shape[1] + 1]
    firsts = np.add.reduceat(gradients[:, : starts[-1]], starts[:-1], axis=1)
    return derivatives + rule.prior_against(y, path.weight, back.sum(axis=1) + firsts)


def shift(leaves, rule, target, path, change):
    """Return the derivative of the leaf values along a change of the row weights.

    One sweep through the trees, the transpose of `respond`.

    Parameters
    ----------
    leaves : Leaves
        Of the training rows.
    rule : Rule
        Of the library.
    target : ndarray of shape (n,)
        Class indices.
    path : Path
        What `replay` came to with the weights at which the derivative is taken.
    change : ndarray of shape (n,)
        Of the weights.

    Returns
    -------
    theta : ndarray of shape (d,)
        That of the prior is in it, in the leaves of the first trees.
    """
    structure, weight = leaves.structure, path.weight[:, None]
    y, raw = indicators(target, structure.n_outputs), path.raw_prediction - leaves.add(path.theta)
    prior = rule.prior_along(y, path.weight, change)
    change, theta = change[:, None], np.empty_like(path.theta)
    moved = np.broadcast_to(prior, raw.shape)
    l2 = np.broadcast_to(rule.l2, len(theta)) / rule.factor
    l2 = l2 * change.mean() if rule.l2_by_mean else np.zeros_like(theta)
    for (trees, scale), steps in zip(_iterations(structure, rule), path.steps, strict=True):
        where, here, moves = structure.where(trees), leaves.at(trees), []
        there, so_far = raw / scale, moved / scale
        for step in steps:
            p = _probabilities(there)
            through = _through(p, so_far)
            slopes = here.total(change * (p - y) + weight * through)
            bends = here.total(change * p * (1.0 - p) + weight * (1.0 - 2.0 * p) * through)
            moves.append(step.along(slopes, bends + l2[where]))
            if len(moves) < len(steps):
                there = there + here.gather(step.values)
                so_far = so_far + here.gather(moves[-1])
        theta[where] = scale * rule.rate * sum(moves)
        raw = raw + here.gather(path.theta[where])
        moved = moved + here.gather(theta[where])
    for column, value in enumerate(prior):
        theta[structure.starts[column] : structure.starts[column + 1]] += value
    return theta


def _iterations(structure, rule):
    """Return the trees of every iteration, and what later ones have multiplied them with."""
    trees = structure.iterations()
    return list(zip(trees, rule.scales(len(trees)), strict=True))


def _penalties(structure, rule, weight):
    """Return what is added to the bends of every leaf, of shape (d,)."""
    mean = weight.mean() if rule.l2_by_mean else 1.0
    return np.broadcast_to(rule.l2 * mean, structure.starts[-1])


def _probabilities(raw):
    if raw.shape[1] > 1:
        return softmax(raw, axis=1)
    # Four times as fast as scipy's `expit`, and as exact.
    with np.errstate(over="ignore"):
        p = np.exp(-raw)
    p += 1.0
    return np.divide(1.0, p, out=p)


def _by_row(values):
    """Return the sums over the outputs, of shape (n,)."""
    return values[:, 0] if values.shape[1] == 1 else values.sum(axis=1)


def _through(p, cotangent):
    """Return the derivative of `sum(cotangent * p)` in the raw predictions, of shape (n, K)."""
    if p.shape[1] == 1:
        return cotangent * p * (1.0 - p)
    return p * (cotangent - np.sum(cotangent * p, axis=1, keepdims=True))
