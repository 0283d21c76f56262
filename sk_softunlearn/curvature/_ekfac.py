"""The curvature as a Kronecker product per layer, with corrected eigenvalues."""

import numpy as np
from scipy.linalg import eigh

from sk_softunlearn.curvature._base import Curvature, InverseCurvature
from sk_softunlearn.curvature._damping import damp
from sk_softunlearn.exceptions import RoughCurvatureWarning, warn_caller

__all__ = ["EKFAC"]

# A solution that is longer than twice what is best along it is warned of.
LEAST_SHARE = 0.5


class EKFAC(Curvature):
    r"""Gauss-Newton matrix in the eigenbasis of a Kronecker product per layer.

    With :math:`a_i` what a layer is fed and :math:`\delta_i` the slope at its output, the block of
    the layer is approximated by a Kronecker product (K-FAC, Martens and Grosse 2015):

    .. math::

        H_{\text{layer}} = \sum_i w_i\, \delta_i \delta_i^\top \otimes a_i a_i^\top
        \approx (U_G \otimes U_A) \operatorname{diag}(D) (U_G \otimes U_A)^\top,

    with U the eigenvectors of the factors G and A, and D the exact diagonal of the block in this
    basis (George et al. 2018). Layers are independent of each other. Memory is that of the largest
    layer's squared width; nothing is d x d. The factors are one step of the power iteration for the
    nearest Kronecker product (Van Loan and Pitsianis 1993), so for a head with one output the
    inverse is exact up to the penalty. Of that the mean over a layer is added, the free intercepts'
    0 included: the penalty's own diagonal in the basis leaves the shift that all classes share
    without any, and is no nearer for networks.

    A layer is damped with its mean eigenvalue, unless the objective is convex.

    For a network it often underestimates the curvature, most of all that of the first layer. It
    then predicts several times the change that retraining gives. One product checks each solution v
    of a right-hand side g: with H the damped Gauss-Newton matrix, `g.v / v.Hv` is the share of v
    that is best along v. Below 0.5 there is a RoughCurvatureWarning. `ConjugateGradient` and `Dual`
    solve with H itself.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neural_network import MLPClassifier
    >>> from sk_softunlearn.curvature import EKFAC
    >>> from sk_softunlearn.views import read_view
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier((8,), solver="lbfgs", max_iter=2000, random_state=0).fit(X, y)
    >>> view = read_view(model, X, y, layers="all")
    >>> EKFAC().invert(view, view.sample_weight).shape
    (67, 67)
    """

    def invert(self, view, weight):
        inverse, added = self.factor(view, weight)
        if view.convex:
            return inverse

        def solve(right):
            solution = inverse.solve(right)
            _warn_if_rough(view, view.bend(weight), view.penalty + added, right, solution)
            return solution

        return InverseCurvature(solve, len(view.theta), inverse.damping)

    def factor(self, view, weight):
        """Return the inverse, whose solutions are not checked, and what damps it.

        Parameters
        ----------
        view : View
            Where the curvature is taken.
        weight : ndarray of shape (n,)
            Total weight of every row.

        Returns
        -------
        inverse : InverseCurvature
            Of shape (d, d).
        added : ndarray of shape (d,)
            What was added to the diagonal beside the penalty.
        """
        bend, layers = view.bend(weight), view.layers
        bases = [(eigh(inner)[1], eigh(outer)[1]) for inner, outer in _factors(view, bend)]
        spectra, added, damping = _spectra(view, bend, bases)

        def solve(right):
            solution = np.empty_like(right, dtype=float)
            for layer, (inner, outer), spectrum in zip(layers, bases, spectra, strict=True):
                tables = right[layer.where].T.reshape(-1, *spectrum.shape)
                turned = outer.T @ tables @ inner
                scaled = np.divide(turned, spectrum, out=np.zeros_like(turned), where=spectrum > 0)
                back = outer @ scaled @ inner.T
                solution[layer.where] = back.reshape(len(tables), -1).T
            return solution

        return InverseCurvature(solve, len(view.theta), damping), added


def _warn_if_rough(view, bend, hold, right, solution):
    """Warn if a solution is more than twice as long as is best along it."""
    promised = np.sum(right * solution, axis=0)
    resistance = hold @ solution**2
    for k, column in enumerate(solution.T):
        moved = (view.jacobian @ column).reshape(len(view.target), -1)
        resistance[k] += np.sum(moved * bend.apply(moved))
    shares = np.divide(promised, resistance, out=np.ones_like(promised), where=resistance > 0)
    if shares.min() < LEAST_SHARE:
        warn_caller(
            f"'ekfac' takes the curvature of this network for {1 / shares.min():.2g} times smaller "
            "than it is along a direction that it solved for: what it predicts, retraining will "
            "not bring. Use curvature='auto' or 'dual'.",
            RoughCurvatureWarning,
        )


def _factors(view, bend):
    """Return the Kronecker factors of every layer: of what it is fed, and of its output."""
    widths = [(layer.n_inputs + layer.intercept, layer.n_outputs) for layer in view.layers]
    factors = [tuple(np.zeros((width, width)) for width in pair) for pair in widths]
    for blocks, weights in view.layer_blocks(bend):
        for (fed, deltas), (inner, outer) in zip(blocks, factors, strict=True):
            squares = np.sum(fed**2, axis=1)
            for delta, weight in zip(deltas, weights, strict=True):
                inner += fed.T @ ((weight * np.sum(delta**2, axis=1))[:, None] * fed)
                outer += delta.T @ ((weight * squares)[:, None] * delta)
    return factors


def _spectra(view, bend, bases):
    """Return the damped diagonal of the curvature in every layer's basis, as tables, and by what.

    In any basis a layer's diagonal has the same sum, and so the same mean.
    """
    spectra = [np.zeros((len(outer), len(inner))) for inner, outer in bases]
    for blocks, weights in view.layer_blocks(bend):
        for (fed, deltas), (inner, outer), spectrum in zip(blocks, bases, spectra, strict=True):
            turned = (fed @ inner) ** 2
            for delta, weight in zip(deltas, weights, strict=True):
                spectrum += ((delta @ outer) ** 2 * weight[:, None]).T @ turned
    diagonal = np.empty(len(view.theta))
    for layer, spectrum in zip(view.layers, spectra, strict=True):
        spectrum += view.penalty[layer.where].mean()
        diagonal[layer.where] = spectrum.reshape(-1)
    added, damping = damp(view, diagonal)
    for layer, spectrum in zip(view.layers, spectra, strict=True):
        spectrum += added[layer.where].mean()
    return spectra, added, damping
