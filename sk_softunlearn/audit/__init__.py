"""What changed, for people: reports."""

from sk_softunlearn.audit._report import AuditReport

__all__ = ["AuditReport"]
