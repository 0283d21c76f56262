"""Rows as users hand them over, and the groups that they belong to."""

from sk_softunlearn._rows._groups import cross_groups
from sk_softunlearn._rows._rows import Rows, hold_out, read_rows

__all__ = ["Rows", "cross_groups", "hold_out", "read_rows"]
