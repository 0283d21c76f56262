"""One Newton-type step."""

from sk_softunlearn.corrections._base import Correction

__all__ = ["Influence"]


class Influence(Correction):
    r"""The one step that the influence scores predict.

    .. math:: \theta - H^{-1} J^\top (s\, \varepsilon\, r)

    Exact to first order in epsilon (Koh and Liang 2017; Guo et al. 2020, eq. 2, for hard removal).
    The curvature of the original weights is used.

    Examples
    --------
    >>> from sk_softunlearn.corrections import Influence
    >>> Influence()
    Influence()
    """

    def linearise(self, view, epsilon, theta, curvature, inverse):
        """Return the fitted view and its inverse: the step is linear in the weights from there."""
        return view, inverse

    def move(self, view, epsilon, curvature, inverse, start):
        return view.theta + view.displacement(epsilon, inverse)
