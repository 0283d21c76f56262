"""Splitters that keep every sensitive group in every fold."""

from sk_softunlearn.model_selection._group_stratified import GroupStratifiedKFold

__all__ = ["GroupStratifiedKFold"]
