"""The correction that fits the classifier."""

from sk_softunlearn.corrections._base import Correction
from sk_softunlearn.corrections._influence import Influence
from sk_softunlearn.corrections._newton import Newton

__all__ = ["Auto"]


class Auto(Correction):
    """`Newton` on a convex head, `Influence` elsewhere."""

    def choose(self, view):
        return Newton() if view.convex else Influence()

    def linearise(self, view, epsilon, theta, curvature, inverse):
        return self.choose(view).linearise(view, epsilon, theta, curvature, inverse)

    def move(self, view, epsilon, curvature, inverse, start):
        return self.choose(view).move(view, epsilon, curvature, inverse, start)
