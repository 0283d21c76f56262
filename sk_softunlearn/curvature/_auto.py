"""The choice between a dense factorisation and conjugate gradients."""

from numbers import Real
from typing import ClassVar

from scipy.sparse import issparse

from sk_softunlearn._sklearn import Interval
from sk_softunlearn.curvature._base import Curvature
from sk_softunlearn.curvature._conjugate_gradient import ConjugateGradient
from sk_softunlearn.curvature._exact import Exact
from sk_softunlearn.curvature._none import NoCurvature
from sk_softunlearn.curvature._room import available
from sk_softunlearn.views._sparse_gram import SPARSE_COST, pairs_of_entries

__all__ = ["Auto"]

# Parameters up to which a dense matrix costs little in any case.
SMALL = 500
# Matrices that are held in rounds: three while one is factored, and two that are known.
HELD = 5
# Steps of conjugate gradients that one curvature serves for, and what an entry of a sparse row
# costs in a product, in multiplications of dense rows.
STEPS, PRODUCT_COST = 70, 20


class Auto(Curvature):
    """`Exact` while its matrix is affordable, `ConjugateGradient` beyond and for networks.

    For all layers of a network, conjugate gradients take about as long as a fit, and a
    factorisation takes minutes. Retraining with the weights then closes about the predicted share
    of the gap (`benchmarks/network_influence.py --weights`). Tree ensembles need no curvature.

    Parameters
    ----------
    max_bytes : int, default=2**30
        Largest dense matrix: 2**30 bytes are 11,585 parameters. The memory that is left must hold
        five of them.
    max_products : float, default=4e12
        Largest number of multiplications, n K d^2, spent on it. Of sparse rows the matrix must also
        cost less than conjugate gradients do, unless it is small.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sk_softunlearn.curvature import Auto
    >>> from sk_softunlearn.views import read_view
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X = X / X.std(axis=0)
    >>> view = read_view(LogisticRegression(max_iter=1000).fit(X, y), X, y)
    >>> Auto().choose(view)
    Exact(max_bytes=1073741824)
    >>> Auto(max_bytes=1000).choose(view)
    ConjugateGradient()
    """

    _parameter_constraints: ClassVar[dict] = {
        "max_bytes": [Interval(Real, 0, None, closed="left")],
        "max_products": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(self, max_bytes=2**30, max_products=4e12):
        self.max_bytes = max_bytes
        self.max_products = max_products

    def choose(self, view):
        """Return the curvature that `invert` will use for a view."""
        if view.replays:
            return NoCurvature()
        n_outputs, size = view.jacobian.shape
        fits = 8 * size**2 <= self.max_bytes and n_outputs * size**2 <= self.max_products
        # A look at the memory costs something, too.
        fits = fits and (size <= SMALL or HELD * 8 * size**2 <= available())
        dense = view.convex or not view.layerwise
        if dense and fits and (size <= SMALL or _pays(view)):
            return Exact(max_bytes=self.max_bytes)
        return ConjugateGradient()

    def takes_square(self, view):
        return self.choose(view).takes_square(view)

    def invert(self, view, weight):
        return self.choose(view).invert(view, weight)


def _pays(view):
    """Say whether a dense matrix costs less than the products that take its place."""
    features = getattr(view.jacobian, "features", None)
    if not issparse(features):
        return True
    rows, columns = features.shape
    size, outputs = view.jacobian.shape[1], view.jacobian.shape[0] // rows
    squares = min(SPARSE_COST * pairs_of_entries(features), rows * columns**2)
    exact = squares * outputs * (outputs + 1) / 2 + size**3 / 3
    return exact <= STEPS * 2 * PRODUCT_COST * features.nnz * outputs
