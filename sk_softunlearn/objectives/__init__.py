"""Scalars of the raw predictions on validation rows: metrics and guards."""

from sk_softunlearn.objectives._base import BoundObjective, EvaluationRows, Objective
from sk_softunlearn.objectives._custom import CustomObjective
from sk_softunlearn.objectives._demographic_parity import DemographicParity
from sk_softunlearn.objectives._equal_opportunity import EqualOpportunity
from sk_softunlearn.objectives._equalized_odds import EqualizedOdds
from sk_softunlearn.objectives._gap_objective import GapObjective
from sk_softunlearn.objectives._individual_fairness import IndividualFairness
from sk_softunlearn.objectives._log_loss import LogLoss
from sk_softunlearn.objectives._panel import Panel
from sk_softunlearn.objectives._robustness import Robustness
from sk_softunlearn.objectives._target_loss import TargetLoss
from sk_softunlearn.objectives._worst_group_loss import WorstGroupLoss

__all__ = [
    "OBJECTIVES",
    "BoundObjective",
    "CustomObjective",
    "DemographicParity",
    "EqualOpportunity",
    "EqualizedOdds",
    "EvaluationRows",
    "GapObjective",
    "IndividualFairness",
    "LogLoss",
    "Objective",
    "Panel",
    "Robustness",
    "TargetLoss",
    "WorstGroupLoss",
]

OBJECTIVES = {
    objective.name: objective
    for objective in (
        DemographicParity,
        EqualOpportunity,
        EqualizedOdds,
        IndividualFairness,
        LogLoss,
        Robustness,
        TargetLoss,
        WorstGroupLoss,
    )
}
