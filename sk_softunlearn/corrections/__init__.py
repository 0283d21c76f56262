"""From weights to corrected parameters."""

from sk_softunlearn.corrections._base import Correction
from sk_softunlearn.corrections._influence import Influence
from sk_softunlearn.corrections._newton import Newton
from sk_softunlearn.corrections._retrain import Retrain

__all__ = ["CORRECTIONS", "Correction", "Influence", "Newton", "Retrain"]

CORRECTIONS = {"influence": Influence, "newton": Newton, "retrain": Retrain}
