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
    l2, prior = _penalties(structure, rule, weight), rule.prior_of(y, weight)
    raw, path, alike = start + prior, [], np.zeros(2)
    for trees, scale in _iterations(structure, rule):
        where = structure.where(trees)
        steps: list[LeafStep] = []
        for _ in range(rule.steps):
            sums = np.zeros((3, len(theta[where])))
            for rows, here in leaves.blocks(trees):
                p = _probabilities(_before(raw[rows], scale, here, [s.values for s in steps]))
                pulls = weight[rows, None] * (p - y[rows])
                bends = weight[rows, None] * p * (1.0 - p)
                sums += [here.total(each) for each in (pulls, bends, np.abs(pulls))]
            if not steps:
                pure = np.abs(sums[0]) >= (1.0 - ALIKE) * sums[2]
                alike += sums[2, pure].sum(), sums[2].sum()
            steps.append(rule.step(sums[0], sums[1], l2[where], structure.order(trees)))
        theta[where] = scale * rule.rate * sum(step.values for step in steps)
        leaves.add_to(raw, trees, theta[where])
        path.append(steps)
    pure = float(alike[0] / alike[1]) if alike[1] else 1.0
    return Path(structure, weight, prior, theta, path, raw, pure)


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
    structure, weight = leaves.structure, path.weight
    y, raw = indicators(target, structure.n_outputs), path.raw_prediction.copy()
    derivatives = np.zeros((len(gradients), len(weight)))
    back = np.zeros((len(gradients), *raw.shape))
    l2 = np.broadcast_to(rule.l2, len(path.theta))
    iterations = list(zip(_iterations(structure, rule), path.steps, strict=True))
    for (trees, scale), steps in reversed(iterations):
        where = structure.where(trees)
        leaves.add_to(raw, trees, -path.theta[where])
        pulled = [
            scale * rule.rate * (g[where] + leaves.total(trees, b))
            for g, b in zip(gradients, back, strict=True)
        ]
        for k, step in reversed(list(enumerate(steps))):
            against, before = [step.against(leaf) for leaf in pulled], [s.values for s in steps[:k]]
            if rule.l2_by_mean:
                for j, (_, by_bends) in enumerate(against):
                    derivatives[j] -= l2[where] @ by_bends / (rule.factor * len(weight))
            for rows, here in leaves.blocks(trees):
                p = _probabilities(_before(raw[rows], scale, here, before))
                missed, bend, turn = p - y[rows], p * (1.0 - p), 1.0 - 2.0 * p
                for j, sums in enumerate(against):
                    by_slope, by_bend = (here.gather(each) for each in sums)
                    derivatives[j, rows] -= _by_row(missed * by_slope + bend * by_bend)
                    through = _through(p, bend, by_slope + by_bend * turn) * -weight[rows, None]
                    back[j, rows] += _scaled(through, scale)
                    if k:
                        pulled[j] += here.total(through)
    starts = structure.starts[: y.shape[1] + 1]
    firsts = np.add.reduceat(gradients[:, : starts[-1]], starts[:-1], axis=1)
    derivatives += rule.prior_against(y, weight, back.sum(axis=1) + firsts)
    return derivatives


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
    structure, weight = leaves.structure, path.weight
    y, raw = indicators(target, structure.n_outputs), path.raw_prediction - leaves.add(path.theta)
    prior, theta = rule.prior_along(y, weight, change), np.empty_like(path.theta)
    moved = np.tile(prior, (len(raw), 1))
    l2 = np.broadcast_to(rule.l2, len(theta)) / rule.factor
    l2 = l2 * change.mean() if rule.l2_by_mean else np.zeros_like(theta)
    for (trees, scale), steps in zip(_iterations(structure, rule), path.steps, strict=True):
        where, moves = structure.where(trees), []
        for k, step in enumerate(steps):
            before, sums = [s.values for s in steps[:k]], np.zeros((2, len(step.values)))
            for rows, here in leaves.blocks(trees):
                p = _probabilities(_before(raw[rows], scale, here, before))
                own, through = change[rows, None], _before(moved[rows], scale, here, moves)
                bend = p * (1.0 - p)
                through = weight[rows, None] * _through(p, bend, through)
                slopes = own * (p - y[rows]) + through
                bends = own * bend + (1.0 - 2.0 * p) * through
                sums += [here.total(slopes), here.total(bends)]
            moves.append(step.along(sums[0], sums[1] + l2[where]))
        theta[where] = scale * rule.rate * sum(moves)
        leaves.add_to(raw, trees, path.theta[where])
        leaves.add_to(moved, trees, theta[where])
    for column, value in enumerate(prior):
        theta[structure.starts[column] : structure.starts[column + 1]] += value
    return theta


def _before(raw, scale, here, steps):
    """Return raw predictions of a block of rows before a step of a tree, in the scale of it."""
    raw = _scaled(raw, scale)
    return raw + here.gather(sum(steps)) if steps else raw


def _scaled(raw, scale):
    """Return raw predictions in the scale of a tree, which is 1.0 but where trees shrink."""
    return raw if scale == 1.0 else raw / scale


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


def _through(p, bend, cotangent):
    """Return the derivative of `sum(cotangent * p)` in the raw predictions, of shape (n, K)."""
    if p.shape[1] == 1:
        return cotangent * bend
    return p * (cotangent - np.sum(cotangent * p, axis=1, keepdims=True))
