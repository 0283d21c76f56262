"""Retraining with the weights: the exact reference."""

from sk_softunlearn.corrections._base import Correction
from sk_softunlearn.corrections._descent import weigh

__all__ = ["Retrain"]


class Retrain(Correction):
    """Fit a clone of the classifier with sample weights `s (1 + epsilon)`.

    As exact as the classifier's own solver and tolerance. Of the last layer of a network: a
    regression on what that layer is fed, the other layers held. A tree ensemble grows other trees.

    Raises
    ------
    ValueError
        By `correct`, if an epsilon is below -1: no solver takes negative weights safely.
    UnsupportedEstimatorError
        By `correct`, if the view does not say how a clone is fitted. Under an L1 penalty also if
        the clone has a coefficient that the penalty had put at 0, or one of the other sign.

    Examples
    --------
    >>> from sk_softunlearn.corrections import Retrain
    >>> Retrain()
    Retrain()
    """

    replays = True
    holds_structure = False

    def move(self, view, epsilon, curvature, inverse, start):
        return view.refitted(weigh(view, epsilon, "retrain")).theta
