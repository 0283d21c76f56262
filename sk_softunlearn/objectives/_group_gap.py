"""The gap of a group mean between two groups, bound to rows."""

import numpy as np

from sk_softunlearn.objectives._base import BoundObjective

__all__ = ["GroupGap", "group_gap"]


class GroupGap(BoundObjective):
    """Mean probability in one group minus that in another, the pair held.

    Parameters
    ----------
    contrast : ndarray of shape (n,)
        Share of every row in the group with the larger mean, minus its share in the other.
    rows : EvaluationRows
        The rows.
    slices : list of ndarray of shape (n,)
        Boolean: the rows among which gaps are taken; the largest gap is the objective.
    """

    def __init__(self, contrast, rows, slices):
        self.contrast = contrast
        self.rows = rows
        self.slices = slices

    def value(self, raw):
        """Return the gap of the held pair at raw predictions of shape (n, K)."""
        return float(self.contrast @ self.rows.loss.probability(raw, self.rows.positive))

    def gradient(self, raw):
        """Return its derivative in the raw predictions, of shape (n, K)."""
        slope = self.rows.loss.probability_slope(raw, self.rows.positive)
        return self.contrast[:, None] * slope

    def measure(self, raw):
        """Return the signed gap of the only pair there is, or else the largest gap."""
        if len(self.slices) == 1 and len(self.rows.group_names) == 2:
            return self.value(raw)
        return group_gap(raw, self.rows, self.slices).value(raw)


def group_gap(raw, rows, slices):
    """Bind the largest gap between two groups within any of the slices.

    Parameters
    ----------
    raw : ndarray of shape (n, K)
        Raw predictions at which the pair is chosen.
    rows : EvaluationRows
        The rows.
    slices : list of ndarray of shape (n,)
        Boolean: the rows among which gaps are taken.

    Returns
    -------
    gap : GroupGap
        At least 0 at `raw`; 0 everywhere if no slice has rows of two groups.
    """
    probability = rows.loss.probability(raw, rows.positive)
    best = GroupGap(np.zeros(len(raw)), rows, slices)
    for among in slices:
        weight = np.where(among, rows.sample_weight, 0.0)
        total = np.bincount(rows.groups, weight, minlength=len(rows.group_names))
        present = np.flatnonzero(total > 0)
        if len(present) < 2:
            continue
        means = np.bincount(rows.groups, weight * probability)[present] / total[present]
        high, low = present[means.argmax()], present[means.argmin()]
        contrast = weight * (
            (rows.groups == high) / total[high] - (rows.groups == low) / total[low]
        )
        gap = GroupGap(contrast, rows, slices)
        if gap.value(raw) > best.value(raw):
            best = gap
    return best
