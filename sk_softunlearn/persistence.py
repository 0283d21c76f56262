"""What skops must be told to trust, to load what this package saves."""

from sk_softunlearn._sklearn import FITTED_TYPES
from sk_softunlearn._steps._objectives import Objectives
from sk_softunlearn._steps._request import Request
from sk_softunlearn._unlearner import SoftUnlearner
from sk_softunlearn._unlearner_cv import SoftUnlearnerCV
from sk_softunlearn.audit import AuditReport
from sk_softunlearn.corrections import CORRECTIONS
from sk_softunlearn.curvature import CURVATURES
from sk_softunlearn.losses import (
    LogisticLoss,
    ModifiedHuberLoss,
    MultinomialLoss,
    OneVersusRestLoss,
    ShareLoss,
    SquaredHingeLoss,
    SquaredLoss,
)
from sk_softunlearn.metrics import FairnessScorer
from sk_softunlearn.metrics._constrained_refit import ConstrainedRefit
from sk_softunlearn.model_selection import GroupStratifiedKFold
from sk_softunlearn.objectives import OBJECTIVES, CustomObjective, EvaluationRows
from sk_softunlearn.weights import HardWeights, SoftWeights, Terms, WeightSolution

__all__ = ["TRUSTED_TYPES"]

_SAVED = (
    SoftUnlearner,
    SoftUnlearnerCV,
    AuditReport,
    EvaluationRows,
    WeightSolution,
    Request,
    Objectives,
    Terms,
    HardWeights,
    SoftWeights,
    CustomObjective,
    FairnessScorer,
    ConstrainedRefit,
    GroupStratifiedKFold,
    LogisticLoss,
    ModifiedHuberLoss,
    MultinomialLoss,
    OneVersusRestLoss,
    ShareLoss,
    SquaredHingeLoss,
    SquaredLoss,
    *OBJECTIVES.values(),
    *CORRECTIONS.values(),
    *CURVATURES.values(),
)

#: Names of the types, for ``skops.io.load(path, trusted=TRUSTED_TYPES)``.
TRUSTED_TYPES: tuple[str, ...] = (
    *sorted(f"{kind.__module__}.{kind.__qualname__}" for kind in _SAVED),
    # scikit-learn's own, which skops does not trust by itself.
    *FITTED_TYPES,
)
