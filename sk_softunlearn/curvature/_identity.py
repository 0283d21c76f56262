"""A multiple of the identity in place of the curvature."""

from sk_softunlearn.curvature._base import Curvature, InverseCurvature

__all__ = ["Identity"]


class Identity(Curvature):
    r"""The multiple of the identity that has the trace of the Gauss-Newton matrix.

    .. math:: \frac{\operatorname{tr} H}{d}\, I

    Influence is then the inner product of gradients, in the right unit (TracIn at the last
    checkpoint, Pruthi et al. 2020).

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sk_softunlearn.curvature import Identity
    >>> from sk_softunlearn.views import read_view
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X = X / X.std(axis=0)
    >>> view = read_view(LogisticRegression(max_iter=1000).fit(X, y), X, y)
    >>> Identity().invert(view, view.sample_weight).shape
    (31, 31)
    """

    def invert(self, view, weight):
        diagonal = view.jacobian.gram_diagonal(view.bend(weight)) + view.penalty
        scale = diagonal.mean()
        return InverseCurvature(lambda right: right / scale, len(diagonal))
