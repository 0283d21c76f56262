"""From weights to corrected parameters."""

from sk_softunlearn.corrections._auto import Auto
from sk_softunlearn.corrections._bad_teacher import BadTeacher
from sk_softunlearn.corrections._base import Correction
from sk_softunlearn.corrections._cf_k import CFk
from sk_softunlearn.corrections._descent import Reweighted
from sk_softunlearn.corrections._eu_k import EUk
from sk_softunlearn.corrections._fine_tune import FineTune
from sk_softunlearn.corrections._fisher import Fisher
from sk_softunlearn.corrections._gradient_ascent import GradientAscent
from sk_softunlearn.corrections._influence import Influence
from sk_softunlearn.corrections._newton import Newton
from sk_softunlearn.corrections._ntk import NTK
from sk_softunlearn.corrections._replay import Replay
from sk_softunlearn.corrections._retrain import Retrain
from sk_softunlearn.corrections._scrub import Scrub

__all__ = [
    "CORRECTIONS",
    "NTK",
    "Auto",
    "BadTeacher",
    "CFk",
    "Correction",
    "EUk",
    "FineTune",
    "Fisher",
    "GradientAscent",
    "Influence",
    "Newton",
    "Replay",
    "Retrain",
    "Reweighted",
    "Scrub",
]

CORRECTIONS = {
    "auto": Auto,
    "influence": Influence,
    "newton": Newton,
    "retrain": Retrain,
    "replay": Replay,
    "gradient_ascent": GradientAscent,
    "fine_tune": FineTune,
    "fisher": Fisher,
    "ntk": NTK,
    "scrub": Scrub,
    "cf_k": CFk,
    "eu_k": EUk,
    "bad_teacher": BadTeacher,
}
