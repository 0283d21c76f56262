"""Rows as users hand them over, and the groups that they belong to."""

from sk_softunlearn._rows._groups import cross_groups, cross_levels, read_sensitive
from sk_softunlearn._rows._labels import check_known_labels, check_label_types, read_labels
from sk_softunlearn._rows._order import check_same_order
from sk_softunlearn._rows._rows import Rows, hold_out, read_rows
from sk_softunlearn._rows._scales import look_untransformed
from sk_softunlearn._rows._titles import title_columns, title_groups
from sk_softunlearn._rows._weights import read_weights

__all__ = [
    "Rows",
    "check_known_labels",
    "check_label_types",
    "check_same_order",
    "cross_groups",
    "cross_levels",
    "hold_out",
    "look_untransformed",
    "read_labels",
    "read_rows",
    "read_sensitive",
    "read_weights",
    "title_columns",
    "title_groups",
]
