"""Pointwise losses of the raw prediction: value, slope and bend."""

from sk_softunlearn.losses._base import Bend, Loss
from sk_softunlearn.losses._logistic import LogisticLoss
from sk_softunlearn.losses._multinomial import MultinomialLoss

__all__ = ["Bend", "LogisticLoss", "Loss", "MultinomialLoss"]
