"""What changed, for people: reports and figures."""

from sk_softunlearn.audit._boundary import DecisionBoundaryDisplay
from sk_softunlearn.audit._display import Display
from sk_softunlearn.audit._influence import InfluenceDisplay
from sk_softunlearn.audit._report import AuditReport
from sk_softunlearn.audit._tradeoff import TradeoffDisplay
from sk_softunlearn.audit._validation import ValidationDisplay
from sk_softunlearn.audit._weights import WeightsDisplay

__all__ = [
    "AuditReport",
    "DecisionBoundaryDisplay",
    "Display",
    "InfluenceDisplay",
    "TradeoffDisplay",
    "ValidationDisplay",
    "WeightsDisplay",
]
