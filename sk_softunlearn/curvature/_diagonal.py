"""The diagonal of the curvature."""

import numpy as np

from sk_softunlearn.curvature._base import Curvature, InverseCurvature
from sk_softunlearn.curvature._damping import damp

__all__ = ["Diagonal"]


class Diagonal(Curvature):
    r"""Only the diagonal of the Gauss-Newton matrix, in O(n d).

    .. math:: H_{jj} = \sum_i s_i\, (J_i^\top B_i J_i)_{jj} + \Lambda_j

    Rough: it takes the parameters for independent of each other. A parameter without any curvature
    stays where it is.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sk_softunlearn.curvature import Diagonal
    >>> from sk_softunlearn.views import read_view
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X = X / X.std(axis=0)
    >>> view = read_view(LogisticRegression(max_iter=1000).fit(X, y), X, y)
    >>> Diagonal().invert(view, view.sample_weight).shape
    (31, 31)
    """

    def invert(self, view, weight):
        diagonal = view.jacobian.gram_diagonal(view.bend(weight)) + view.penalty
        added, damping = damp(view, diagonal)
        diagonal += added
        inverse = np.zeros_like(diagonal)
        np.divide(1.0, diagonal, out=inverse, where=diagonal > 0)
        return InverseCurvature(lambda right: inverse[:, None] * right, len(diagonal), damping)
