"""The gap of a group mean between two groups, bound to rows."""

from dataclasses import replace
from itertools import combinations

import numpy as np

from sk_softunlearn.objectives._base import BoundObjective
from sk_softunlearn.objectives._rates import RATES

__all__ = ["GroupGap", "group_gap"]

# Gaps that are watched beside the largest.
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
        """Return the other gaps, largest first, each of the pair as it stands at `raw`."""
        if self.refresh(raw) is self:
            return []
        return _gaps(raw, self.choices)[1:MOST_RIVALS]

    def measure(self, raw):
        """Return the signed gap of the only pair there is, or else the largest, as counted."""
        return self.refresh(raw).counted(raw)

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


def _gaps(raw, choices):
    """Return the gap of every pair of groups for every choice, the largest first."""
    found = []
    for among, rate in choices:
        rows, counted = rate.rows, rate.measured(raw)
        weight = np.where(among, rows.sample_weight, 0.0)
        total = np.bincount(rows.groups, weight, minlength=len(rows.group_names))
        present = np.flatnonzero(total > 0)
        means = np.bincount(rows.groups, weight * counted, minlength=len(total))
        order = present[np.argsort(means[present] / total[present], kind="stable")]
        for low, high in combinations(order, 2):
            contrast = weight * (
                (rows.groups == high) / total[high] - (rows.groups == low) / total[low]
            )
            found.append((contrast @ counted, GroupGap(contrast, rate, choices)))
    if not found:
        return [GroupGap(np.zeros(len(raw)), choices[0][1], choices)]
    return [gap for _, gap in sorted(found, key=lambda pair: -pair[0])]
