"""The gap of a group mean between two groups, bound to rows."""

import numpy as np

from sk_softunlearn.objectives._base import BoundObjective

__all__ = ["GroupGap", "largest_gaps"]

# Gaps that are watched, the largest among them.
MOST_RIVALS = 8


class GroupGap(BoundObjective):
    """Mean rate in one group minus that in another, the pair held.

    Parameters
    ----------
    contrast : ndarray of shape (n,)
        Share of every row in the group with the larger mean, minus its share in the other.
    rate : Rate
        What is averaged.
    choices : list of (ndarray of shape (n,), Rate)
        Boolean, the rows among which gaps are taken, and of what; the largest is the objective.
    """

    signed = True

    def __init__(self, contrast, rate, choices):
        self.contrast = contrast
        self.rate = rate
        self.choices = choices

    def value(self, raw):
        return float(self.contrast @ self.rate.value(raw))

    def gradient(self, raw):
        return self.contrast[:, None] * self.rate.slope(raw)

    def refresh(self, raw):
        """Return the signed gap of the only pair there is, or else the largest gap at `raw`."""
        if len(self.choices) == 1 and len(self.rate.rows.group_names) == 2:
            return self
        return largest_gaps(raw, self.choices)[0]

    def rivals(self, raw):
        """Return the other gaps, largest first, each of the pair that it has at `raw`."""
        if self.refresh(raw) is self:
            return []
        return largest_gaps(raw, self.choices, MOST_RIVALS)[1:]

    def counted(self, raw):
        return float(self.contrast @ self.rate.measured(raw))


def largest_gaps(raw, choices, most=1):
    """Return the gaps of the pairs of groups that are furthest apart, the largest first.

    Pairs are ranked by their means: a contrast is as long as the rows are many, and few of the G^2
    pairs are looked at.

    Parameters
    ----------
    raw : ndarray of shape (n, K)
        Raw predictions at which the pairs are chosen.
    choices : list of (ndarray of shape (n,), Rate)
        Boolean, the rows among which gaps are taken, and of what.
    most : int, default=1
        How many at most, over all choices.

    Returns
    -------
    gaps : list of GroupGap
        Measured as at least 0 at `raw`; one that is 0 everywhere if no choice has rows of two
        groups.
    """
    found = []
    for among, rate in choices:
        rows = rate.rows
        weight = np.where(among, rows.sample_weight, 0.0)
        total = np.bincount(rows.groups, weight, minlength=len(rows.group_names))
        present = np.flatnonzero(total > 0)
        sums = np.bincount(rows.groups, weight * rate.measured(raw), minlength=len(total))
        means = sums[present] / total[present]
        order = np.argsort(means, kind="stable")
        low, high = (order[side] for side in np.triu_indices(len(order), 1))
        gaps = means[high] - means[low]
        for pair in np.argsort(-gaps, kind="stable")[:most]:
            groups = present[high[pair]], present[low[pair]]
            found.append((gaps[pair], groups, total, weight, rate))
    if not found:
        return [GroupGap(np.zeros(len(raw)), choices[0][1], choices)]
    found.sort(key=lambda gap: -gap[0])
    return [_between(*gap[1:], choices) for gap in found[:most]]


def _between(groups, total, weight, rate, choices):
    """Return the gap between two groups, the first the one with the larger mean."""
    high, low = groups
    of_row = rate.rows.groups
    contrast = weight * ((of_row == high) / total[high] - (of_row == low) / total[low])
    return GroupGap(contrast, rate, choices)
