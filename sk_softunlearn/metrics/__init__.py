"""Fairness scorers and a constrained choice, for scikit-learn's searches."""

from sk_softunlearn.metrics._constrained_refit import constrained_refit
from sk_softunlearn.metrics._fairness_scorer import FairnessScorer

__all__ = [
    "FairnessScorer",
    "constrained_refit",
    "demographic_parity_scorer",
    "equal_opportunity_scorer",
    "equalized_odds_scorer",
]

#: Minus the gap in rates of favourable predictions, ``classes_[1]``.
demographic_parity_scorer = FairnessScorer("demographic_parity")
#: Minus the gap in true positive rates, of ``classes_[1]``.
equal_opportunity_scorer = FairnessScorer("equal_opportunity")
#: Minus the gap in true positive or in false positive rates, the larger, of ``classes_[1]``.
equalized_odds_scorer = FairnessScorer("equalized_odds")
