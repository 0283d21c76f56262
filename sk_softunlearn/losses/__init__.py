"""Pointwise losses of the raw prediction: value, slope and bend."""

from sk_softunlearn.losses._base import Bend, Loss
from sk_softunlearn.losses._logistic import LogisticLoss
from sk_softunlearn.losses._margin import MarginLoss
from sk_softunlearn.losses._modified_huber import ModifiedHuberLoss
from sk_softunlearn.losses._multinomial import MultinomialLoss
from sk_softunlearn.losses._one_versus_rest import OneVersusRestLoss
from sk_softunlearn.losses._share import ShareLoss
from sk_softunlearn.losses._squared import SquaredLoss
from sk_softunlearn.losses._squared_hinge import SquaredHingeLoss

__all__ = [
    "Bend",
    "LogisticLoss",
    "Loss",
    "MarginLoss",
    "ModifiedHuberLoss",
    "MultinomialLoss",
    "OneVersusRestLoss",
    "ShareLoss",
    "SquaredHingeLoss",
    "SquaredLoss",
]
