"""Boosting again along the same trees, and the exact derivative of that in the row weights."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, softmax

from sk_softunlearn.views._trees._leaves import Structure

__all__ = ["Path", "Rule", "prior_of", "replay", "respond"]

# Sum of second derivatives in a leaf below which nothing is known of it.
NOTHING = 1e-15


@dataclass(frozen=True)
class Rule:
    """How a library makes the leaf values of one tree.

    A leaf is `-rate S(G) / (factor H + l2)`, with G and H the weighted sums, over its rows, of the
    slopes `p - y` and the bends `p (1 - p)` of the log loss, and S the soft threshold at `l1`.

    Parameters
    ----------
    rate : float
        Learning rate.
    l2 : float, default=0.0
        Added to the sum of the bends.
    l1 : float, default=0.0
        Taken off the size of the sum of the slopes.
    factor : float, default=1.0
        Of the bends: libraries differ where there are several classes.
    prior : bool, default=True
        Whether boosting starts at the log odds of the weighted rows; if not, at what is held.
    """

    rate: float
    l2: float = 0.0
    l1: float = 0.0
    factor: float = 1.0
    prior: bool = True


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
    rate : ndarray of shape (d,)
        Derivative of every leaf's numerator: the learning rate, 0 where the threshold holds it.
    mass : ndarray of shape (d,)
        Denominators of the leaf values; inf where a leaf has no rows that weigh.
    raw_prediction : ndarray of shape (n, K)
        Where it ended.
    """

    structure: Structure
    weight: np.ndarray
    prior: np.ndarray
    theta: np.ndarray
    rate: np.ndarray
    mass: np.ndarray
    raw_prediction: np.ndarray

    def minus(self, other):
        """Return the difference of the leaf values, of shape (d,); that of the prior is in it.

        Every row is in one leaf of the first tree of every output: there the prior is added.
        """
        difference = self.theta - other.theta
        starts = self.structure.starts
        for column, moved in enumerate(self.prior - other.prior):
            difference[starts[column] : starts[column + 1]] += moved
        return difference


def _probabilities(raw):
    return expit(raw) if raw.shape[1] == 1 else softmax(raw, axis=1)


def _through(p, cotangent):
    """Return the derivative of `sum(cotangent * p)` in the raw predictions, of shape (n, K)."""
    if p.shape[1] == 1:
        return cotangent * p * (1.0 - p)
    return p * (cotangent - np.sum(cotangent * p, axis=1, keepdims=True))


def _indicators(target, n_outputs):
    """Return y of shape (n, K): of the second class, or of every one."""
    return (target[:, None] == (1 if n_outputs == 1 else np.arange(n_outputs))).astype(float)


def _shares(indicators, weight):
    shares = weight @ indicators / weight.sum()
    return np.clip(shares, np.finfo(float).tiny, 1.0)


def prior_of(target, weight, n_outputs):
    """Return the log odds of weighted rows, of shape (K,): of the second class, or of every one.

    Parameters
    ----------
    target : ndarray of shape (n,)
        Class indices.
    weight : ndarray of shape (n,)
        Weights.
    n_outputs : int
        K.
    """
    shares = _shares(_indicators(target, n_outputs), weight)
    return np.log(shares) - np.log1p(-shares) if len(shares) == 1 else np.log(shares)


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
    n_outputs = structure.n_outputs
    y = _indicators(target, n_outputs)
    prior = prior_of(target, weight, n_outputs) if rule.prior else np.zeros(n_outputs)
    raw = start + prior
    theta, rate, mass = (np.zeros(structure.starts[-1]) for _ in range(3))
    for tree in range(len(structure.sizes)):
        column = structure.output[tree]
        if column == 0:
            p = _probabilities(raw)
            force, bend = weight[:, None] * (p - y), weight[:, None] * p * (1.0 - p)
        where = slice(structure.starts[tree], structure.starts[tree + 1])
        code, size = leaves.of(tree), structure.sizes[tree]
        slopes = np.bincount(code, force[:, column], size)
        below = np.abs(slopes) <= rule.l1 if rule.l1 else np.zeros(size, bool)
        held = rule.factor * np.bincount(code, bend[:, column], size) + rule.l2
        mass[where] = np.where(held > NOTHING, held, np.inf)
        rate[where] = np.where(below, 0.0, rule.rate)
        theta[where] = -rate[where] * (slopes - np.sign(slopes) * rule.l1) / mass[where]
        raw[:, column] += theta[where][code]
    return Path(structure, weight, prior, theta, rate, mass, raw)


def respond(leaves, rule, target, path, gradients):
    """Return the derivative of functions of the leaf values in the row weights.

    One sweep back through the trees (LeafInfluence, Sharchilev et al. 2018, algorithm 1, of all
    rows at once). A tree with leaf values v and denominators D has
    `dv = -(rate dG + factor v dH) / D`; the sums depend on the weights themselves, and through the
    raw predictions of the trees before.

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
    n_outputs = structure.n_outputs
    y, raw = _indicators(target, n_outputs), path.raw_prediction.copy()
    derivatives = np.zeros((len(gradients), len(weight)))
    back = np.zeros((len(gradients), n_outputs, len(weight)))
    for first in range(len(structure.sizes) - n_outputs, -1, -n_outputs):
        trees = range(first, first + n_outputs)
        wheres = [slice(structure.starts[tree], structure.starts[tree + 1]) for tree in trees]
        values = _gather(leaves, trees, path.theta)
        raw -= values
        p = _probabilities(raw)
        rate = _gather(leaves, trees, path.rate) if rule.l1 else rule.rate
        slope = rate * (p - y) + rule.factor * values * p * (1.0 - p)
        bend = rate + rule.factor * values * (1.0 - 2.0 * p)
        for j, gradient in enumerate(gradients):
            share = np.empty_like(raw)
            for column, (tree, where) in enumerate(zip(trees, wheres, strict=True)):
                code = leaves.of(tree)
                pulled = gradient[where] + np.bincount(code, back[j, column], structure.sizes[tree])
                share[:, column] = (pulled / path.mass[where])[code]
            derivatives[j] -= np.einsum("nk,nk->n", slope, share)
            back[j] -= (weight[:, None] * _through(p, share * bend)).T
    if rule.prior:
        derivatives += _through_prior(structure, y, weight, gradients, back)
    return derivatives


def _gather(leaves, trees, values):
    """Return a value per leaf where every row is, for the trees of an iteration, (n, K)."""
    structure = leaves.structure
    return np.column_stack(
        [values[structure.starts[t] : structure.starts[t + 1]][leaves.of(t)] for t in trees]
    )


def _through_prior(structure, y, weight, gradients, back):
    """Return the part of the derivatives that goes through the log odds at the start."""
    shares = _shares(y, weight)
    total = np.stack(
        [
            back[:, k].sum(axis=1)
            + gradients[:, structure.starts[k] : structure.starts[k + 1]].sum(axis=1)
            for k in range(len(shares))
        ],
        axis=1,
    )
    slope = 1.0 / (shares * (1.0 - shares)) if len(shares) == 1 else 1.0 / shares
    return (total * slope) @ ((y - shares) / weight.sum()).T
