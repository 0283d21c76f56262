"""Fitted classifiers as linearised views: the only part that knows scikit-learn's estimators."""

from sk_softunlearn.views._base import View
from sk_softunlearn.views._head import Head, find_head, fit_head, is_frozen, seeded_clone, unfreeze
from sk_softunlearn.views._jacobian import LinearJacobian
from sk_softunlearn.views._logistic import LogisticView
from sk_softunlearn.views._registry import read_view, view_type

__all__ = [
    "Head",
    "LinearJacobian",
    "LogisticView",
    "View",
    "find_head",
    "fit_head",
    "is_frozen",
    "read_view",
    "seeded_clone",
    "unfreeze",
    "view_type",
]
