"""The curvature of a view's objective, inverted as a linear operator."""

from sk_softunlearn.curvature._auto import Auto
from sk_softunlearn.curvature._base import Curvature, InverseCurvature
from sk_softunlearn.curvature._conjugate_gradient import ConjugateGradient
from sk_softunlearn.curvature._diagonal import Diagonal
from sk_softunlearn.curvature._dual import Dual
from sk_softunlearn.curvature._ekfac import EKFAC
from sk_softunlearn.curvature._exact import Exact
from sk_softunlearn.curvature._identity import Identity

__all__ = [
    "CURVATURES",
    "EKFAC",
    "Auto",
    "ConjugateGradient",
    "Curvature",
    "Diagonal",
    "Dual",
    "Exact",
    "Identity",
    "InverseCurvature",
]

CURVATURES = {
    "auto": Auto,
    "exact": Exact,
    "conjugate_gradient": ConjugateGradient,
    "diagonal": Diagonal,
    "dual": Dual,
    "ekfac": EKFAC,
    "identity": Identity,
}
