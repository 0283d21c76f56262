"""Boosting again along the same trees, and the exact derivative of that in the row weights."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, softmax

from sk_softunlearn.views._trees._leaves import Structure

__all__ = ["Path", "Rule", "replay", "respond", "shift"]

# Sum of second derivatives in a leaf below which nothing is known of it.
NOTHING = 1e-15
# Rounding by which the slopes of a leaf's rows, all of one sign, may miss the sum of their sizes.
ALIKE = 1e-9
# No class is taken to be rarer: of one that has lost all weight the log odds would be infinite.
RARE = np.finfo(float).eps


@dataclass(frozen=True)
class Rule:
    """How a library makes the leaf values of one tree.

    A leaf is `rate` times a Newton step, or several. Each is `-S(G) / (factor H + l2)`, with G and
    H the weighted sums, over its rows, of the slopes `p - y` and the bends `p (1 - p)` of the log
    loss, and S the soft threshold at `l1`.

    Parameters
    ----------
    rate : float
        Learning rate.
    l2 : float or ndarray of shape (d,), default=0.0
        Added to the sum of the bends.
    l2_by_mean : bool, default=False
        Whether that is so many times the mean weight of the rows.
    l1 : float, default=0.0
        Taken off the size of the sum of the slopes.
    factor : float, default=1.0
        Of the bends: libraries differ where there are several classes.
    steps : int, default=1
        How many Newton steps a leaf takes.
    prior : bool, default=True
        Whether boosting starts at the log odds of the weighted rows; if not, at what is held.
    prior_factor : float or ndarray of shape (n,), default=1.0
        Of the weights in these log odds.
    prior_step : bool, default=False
        Whether it starts, with two classes, one Newton step from even odds instead.
    """

    rate: float
    l2: Any = 0.0
    l2_by_mean: bool = False
    l1: float = 0.0
    factor: float = 1.0
    steps: int = 1
    prior: bool = True
    prior_factor: Any = 1.0
    prior_step: bool = False

    def prior_of(self, target, weight, n_outputs):
        """Return the log odds of weighted rows, of shape (K,): of the second class, or of each."""
        if not self.prior:
            return np.zeros(n_outputs)
        shares = _shares(_indicators(target, n_outputs), weight * self.prior_factor)
        if n_outputs > 1:
            return np.log(shares)
        return 4.0 * shares - 2.0 if self.prior_step else np.log(shares) - np.log1p(-shares)


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
    steps : ndarray of shape (steps, d)
        The Newton steps of every leaf.
    mass : ndarray of shape (steps, d)
        Their denominators; inf where a leaf has no rows that weigh.
    raw_prediction : ndarray of shape (n, K)
        Where it ended.
    pure : float
        Share of the slopes, by size and over all trees, that is in leaves of one class.
    """

    structure: Structure
    weight: np.ndarray
    prior: np.ndarray
    theta: np.ndarray
    steps: np.ndarray
    mass: np.ndarray
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
    n_outputs, d = structure.n_outputs, structure.starts[-1]
    y, l2 = _indicators(target, n_outputs), np.broadcast_to(rule.l2, d)
    if rule.l2_by_mean:
        l2 = l2 * weight.mean()
    prior = rule.prior_of(target, weight, n_outputs)
    raw, theta = start + prior, np.zeros(d)
    steps, mass = np.zeros((rule.steps, d)), np.empty((rule.steps, d))
    alike = everything = 0.0
    for trees in structure.iterations():
        where = structure.where(trees)
        there = raw
        for k in range(rule.steps):
            if k:
                there = there + leaves.gather(trees, steps[k - 1])
            p = _probabilities(there)
            pulls = weight[:, None] * (p - y)
            slopes = leaves.total(trees, pulls)
            bends = leaves.total(trees, weight[:, None] * p * (1.0 - p))
            if not k:
                sizes = leaves.total(trees, np.abs(pulls))
                alike += sizes[np.abs(slopes) >= (1.0 - ALIKE) * sizes].sum()
                everything += sizes.sum()
            held = rule.factor * bends + l2[where]
            mass[k, where] = np.where(held > NOTHING, held, np.inf)
            steps[k, where] = -_threshold(slopes, rule.l1) / mass[k, where]
        theta[where] = rule.rate * steps[:, where].sum(axis=0)
        raw = raw + leaves.gather(trees, theta)
    pure = alike / everything if everything else 1.0
    return Path(structure, weight, prior, theta, steps, mass, raw, pure)


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
    y, raw = _indicators(target, structure.n_outputs), path.raw_prediction
    derivatives = np.zeros((len(gradients), len(weight)))
    back = np.zeros((len(gradients), *raw.shape))
    for trees in reversed(structure.iterations()):
        where = structure.where(trees)
        raw = raw - leaves.gather(trees, path.theta)
        pulled = [
            rule.rate * (g[where] + leaves.total(trees, b))
            for g, b in zip(gradients, back, strict=True)
        ]
        before = path.steps.sum(axis=0)
        for k in reversed(range(rule.steps)):
            before = before - path.steps[k]
            step = leaves.gather(trees, path.steps[k])
            p = _probabilities(raw + leaves.gather(trees, before) if k else raw)
            moves = 1.0
            if rule.l1:
                # The threshold holds a leaf that it has put at 0.
                moves = leaves.gather(trees, (path.steps[k] != 0.0).astype(float))
            slope = moves * (p - y) + rule.factor * step * p * (1.0 - p)
            bend = moves + rule.factor * step * (1.0 - 2.0 * p)
            for j, leaf in enumerate(pulled):
                ratio = leaf / path.mass[k, where]
                share = leaves.gather_part(trees, ratio)
                if rule.l2_by_mean:
                    l2 = np.broadcast_to(rule.l2, len(path.theta))[where]
                    derivatives[j] -= l2 * path.steps[k, where] @ ratio / len(weight)
                derivatives[j] -= np.einsum("nk,nk->n", slope, share)
                through = -weight[:, None] * _through(p, share * bend)
                back[j] += through
                if k:
                    leaf += leaves.total(trees, through)
    if rule.prior:
        derivatives += _through_prior(structure, rule, y, weight, gradients, back)
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
    structure, weight, change = leaves.structure, path.weight[:, None], change[:, None]
    n_outputs, starts = structure.n_outputs, structure.starts
    y, raw = _indicators(target, n_outputs), path.raw_prediction - leaves.add(path.theta)
    prior = _prior_shift(rule, y, path.weight, change)
    moved, theta = np.broadcast_to(prior, raw.shape), np.zeros(starts[-1])
    for trees in structure.iterations():
        where = structure.where(trees)
        there, so_far = raw, moved
        for k in range(rule.steps):
            step = path.steps[k, where]
            p, slope = _probabilities(there), leaves.gather_part(trees, step)
            through = _through(p, so_far)
            slopes = leaves.total(trees, change * (p - y) + weight * through)
            bends = leaves.total(trees, change * p * (1.0 - p) + weight * (1.0 - 2.0 * p) * through)
            moves = step != 0.0 if rule.l1 else 1.0
            held = rule.factor * bends
            if rule.l2_by_mean:
                held = held + np.broadcast_to(rule.l2, len(theta))[where] * change.mean()
            moved_step = -(moves * slopes + step * held) / path.mass[k, where]
            theta[where] += rule.rate * moved_step
            if k + 1 < rule.steps:
                there = there + slope
                so_far = so_far + leaves.gather_part(trees, moved_step)
        raw = raw + leaves.gather(trees, path.theta)
        moved = moved + leaves.gather(trees, theta)
    for column, value in enumerate(prior):
        theta[starts[column] : starts[column + 1]] += value
    return theta


def _prior_shift(rule, y, weight, change):
    """Return the derivative of the log odds at the start, of shape (K,)."""
    if not rule.prior:
        return np.zeros(y.shape[1])
    weight = weight * rule.prior_factor
    shares = _shares(y, weight)
    moved = (change[:, 0] * rule.prior_factor) @ (y - shares) / weight.sum()
    return moved * _prior_slope(rule, shares)


def _probabilities(raw):
    return expit(raw) if raw.shape[1] == 1 else softmax(raw, axis=1)


def _through(p, cotangent):
    """Return the derivative of `sum(cotangent * p)` in the raw predictions, of shape (n, K)."""
    if p.shape[1] == 1:
        return cotangent * p * (1.0 - p)
    return p * (cotangent - np.sum(cotangent * p, axis=1, keepdims=True))


def _threshold(slopes, l1):
    return np.sign(slopes) * np.maximum(np.abs(slopes) - l1, 0.0) if l1 else slopes


def _indicators(target, n_outputs):
    """Return y of shape (n, K): of the second class, or of every one."""
    return (target[:, None] == (1 if n_outputs == 1 else np.arange(n_outputs))).astype(float)


def _shares(indicators, weight):
    shares = weight @ indicators / weight.sum()
    return np.clip(shares, RARE, 1.0 - RARE)


def _prior_slope(rule, shares):
    if len(shares) > 1:
        return 1.0 / shares
    return np.full(1, 4.0) if rule.prior_step else 1.0 / (shares * (1.0 - shares))


def _through_prior(structure, rule, y, weight, gradients, back):
    """Return the part of the derivatives that goes through the log odds at the start."""
    weight = weight * rule.prior_factor
    shares = _shares(y, weight)
    starts = structure.starts
    firsts = [gradients[:, starts[k] : starts[k + 1]].sum(axis=1) for k in range(len(shares))]
    total = back.sum(axis=1) + np.stack(firsts, axis=1)
    return (
        (total * _prior_slope(rule, shares)) @ ((y - shares) / weight.sum()).T * rule.prior_factor
    )
