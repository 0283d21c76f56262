"""One weight change per row, by a small convex QP: no estimator needed."""

from sk_softunlearn.weights._base import Weighting
from sk_softunlearn.weights._hard import HardWeights
from sk_softunlearn.weights._low_rank import LowRank
from sk_softunlearn.weights._problem import WeightProblem
from sk_softunlearn.weights._soft import SoftWeights
from sk_softunlearn.weights._solution import WeightSolution
from sk_softunlearn.weights._subproblem import Limit, Subproblem
from sk_softunlearn.weights._terms import Terms

__all__ = [
    "HardWeights",
    "Limit",
    "LowRank",
    "SoftWeights",
    "Subproblem",
    "Terms",
    "WeightProblem",
    "WeightSolution",
    "Weighting",
]
