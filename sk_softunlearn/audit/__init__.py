"""What changed, for people: reports and figures."""

from sk_softunlearn.audit._report import AuditReport
from sk_softunlearn.audit._tradeoff import TradeoffDisplay

__all__ = ["AuditReport", "TradeoffDisplay"]
