"""Making the parameters anew along a structure that is held."""

from sk_softunlearn.corrections._base import Correction
from sk_softunlearn.corrections._descent import weigh

__all__ = ["Replay"]


class Replay(Correction):
    r"""Make the leaves of every tree anew with sample weights `s (1 + epsilon)`, tree after tree.

    The trees keep their splits. With R(s) the leaves that weights s lead to, the corrected leaves
    are the fitted ones plus the difference that the weights make,

    .. math:: \theta + R(s (1 + \varepsilon)) - R(s).

    If the replay differs from a library in some detail, the difference cancels.

    Raises
    ------
    ValueError
        By `correct`, if an epsilon is below -1.
    UnsupportedEstimatorError
        By `correct`, if the classifier is not a tree ensemble.

    Examples
    --------
    >>> from sk_softunlearn.corrections import Replay
    >>> Replay()
    Replay()
    """

    replays = True

    def move(self, view, epsilon, curvature, inverse, start):
        return view.replayed(weigh(view, epsilon, "replay")).theta
