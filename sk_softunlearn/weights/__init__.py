"""One weight change per row, by a small convex QP: no estimator needed."""

from sk_softunlearn.weights._hard import HardWeights
from sk_softunlearn.weights._low_rank import LowRank
from sk_softunlearn.weights._problem import WeightProblem
from sk_softunlearn.weights._soft import SoftWeights, Standing
from sk_softunlearn.weights._solution import WeightSolution

__all__ = ["HardWeights", "LowRank", "SoftWeights", "Standing", "WeightProblem", "WeightSolution"]
