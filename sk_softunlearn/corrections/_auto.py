"""The choice of a correction that serves a model."""

from sk_softunlearn.corrections._base import Correction
from sk_softunlearn.corrections._influence import Influence
from sk_softunlearn.corrections._newton import Newton
from sk_softunlearn.corrections._replay import Replay

__all__ = ["Auto"]


class Auto(Correction):
    """`Newton` on a convex head, `Replay` of a tree ensemble, `Influence` elsewhere.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neural_network import MLPClassifier
    >>> from sk_softunlearn.corrections import Auto
    >>> from sk_softunlearn.views import read_view
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier((8,), solver="lbfgs", max_iter=2000, random_state=0).fit(X, y)
    >>> Auto().choose(read_view(model, X, y))
    Newton()
    >>> Auto().choose(read_view(model, X, y, layers="all"))
    Influence()
    """

    replays = True

    def choose(self, view):
        """Return the correction that serves a view."""
        if view.replays:
            return Replay()
        return Newton() if view.convex else Influence()

    def in_passing(self, view):
        """Return the chosen correction as it serves on the way."""
        return self.choose(view).in_passing(view)

    def linearise(self, view, epsilon, theta, curvature, inverse):
        """Return where the chosen correction linearises the effect of further changes."""
        return self.choose(view).linearise(view, epsilon, theta, curvature, inverse)

    def move(self, view, epsilon, curvature, inverse, start):
        """Return the parameters that the chosen correction moves to."""
        return self.choose(view).move(view, epsilon, curvature, inverse, start)
