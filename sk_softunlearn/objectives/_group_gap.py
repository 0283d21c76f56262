"""The gap of a group mean between two groups, bound to rows."""

from dataclasses import replace

import numpy as np

from sk_softunlearn.objectives._base import BoundObjective
from sk_softunlearn.objectives._rates import RATES

__all__ = ["GroupGap", "group_gap"]

# Gaps that are watched, the largest among them.
MOST_RIVALS = 8


class GroupGap(BoundObjective):
    """Mean rate in one group minus that in another, the pair held.

    Parameters
    ----------
    contrast : ndarray of shape (n,)
        Share of every row in the group with the larger mean, minus its share in the other.
    rate : ProbabilityRate, LabelRate or LossRate
        What is averaged.
    choices : list of (ndarray of shape (n,), rate)
        Boolean, the rows among which gaps are taken, and of what; the largest is the objective.
    """

    signed = True

    def __init__(self, contrast, rate, choices):
        self.contrast = contrast
        self.rate = rate
        self.choices = choices

    def value(self, raw):
        """Return the gap of the held pair at raw predictions of shape (n, K)."""
        return float(self.contrast @ self.rate.value(raw))

    def gradient(self, raw):
        """Return its derivative in the raw predictions, of shape (n, K)."""
        return self.contrast[:, None] * self.rate.slope(raw)

    def refresh(self, raw):
        """Return the signed gap of the only pair there is, or else the largest gap at `raw`."""
        if len(self.choices) == 1 and len(self.rate.rows.group_names) == 2:
            return self
        return _gaps(raw, self.choices)[0]

    def rivals(self, raw):
        """Return the other gaps, largest first, each of the pair that it has at `raw`."""
        if self.refresh(raw) is self:
            return []
        return _gaps(raw, self.choices, MOST_RIVALS)[1:]

    def counted(self, raw):
        """Return the gap of the held pair as a report counts it."""
        return float(self.contrast @ self.rate.measured(raw))


def group_gap(raw, rows, slices, surrogate, positives=None):
    """Bind the largest gap between two groups within any of the slices.

    Parameters
    ----------
    raw : ndarray of shape (n, K)
        Raw predictions at which the pair is chosen.
    rows : EvaluationRows
        The rows.
    slices : list of ndarray of shape (n,)
        Boolean: the rows among which gaps are taken.
    surrogate : "probability", "label" or "loss"
        What is averaged.
    positives : list of int, default=None
        Classes that are favourable in turn; None: the one of the rows.

    Returns
    -------
    gap : GroupGap
        Measured as at least 0 at `raw`; 0 everywhere if no slice has rows of two groups.

    Raises
    ------
    ValueError
        If `surrogate` is none of these.
    """
    if surrogate not in RATES:
        raise ValueError(
            f"'surrogate' must be one of {sorted(RATES)}, got {surrogate!r}. 'label' is what is "
            "counted on hard predictions."
        )
    turns = [rows.positive] if positives is None else positives
    rates = [RATES[surrogate](raw, replace(rows, positive=positive)) for positive in turns]
    return _gaps(raw, [(among, rate) for among in slices for rate in rates])[0]


def _gaps(raw, choices, most=1):
    """Return the gaps of the pairs of groups that are furthest apart, at most so many.

    Over all choices, the largest first. Pairs are ranked by their means: a contrast is as long as
    the rows are many, and few of the G^2 pairs are looked at.
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
