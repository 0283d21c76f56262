"""Retraining with the weights: the exact reference."""

from typing import ClassVar

from sk_softunlearn._sklearn import StrOptions
from sk_softunlearn.corrections._base import Correction
from sk_softunlearn.corrections._descent import weigh

__all__ = ["Retrain"]


class Retrain(Correction):
    """Fit a clone of the classifier with sample weights `s (1 + epsilon)`.

    It is as exact as the classifier's own solver and tolerance. A tree ensemble grows other trees.
    For a network with `layers="last"` it fits a regression on the inputs of the last layer, and
    keeps the other layers. `Retrain(layers="all")` fits the whole network with the weights that
    were found for its last layer.

    Parameters
    ----------
    layers : "corrected" or "all", default="corrected"
        What is fitted anew of a network: the layers that the weights are found for, or all.

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

    _parameter_constraints: ClassVar[dict] = {"layers": [StrOptions({"corrected", "all"})]}
    replays = True
    holds_structure = False

    def __init__(self, layers="corrected"):
        self.layers = layers

    def move(self, view, epsilon, curvature, inverse, start):
        weight = weigh(view, epsilon, "retrain")
        fit = view.refitted_whole if self.layers == "all" else view.refitted
        return fit(weight).theta
