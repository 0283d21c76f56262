"""The mean loss of the group that has the largest."""

import numpy as np

from sk_softunlearn.objectives._base import BoundObjective, Objective
from sk_softunlearn.objectives._group_gap import MOST_RIVALS

__all__ = ["WorstGroupLoss"]


class WorstGroupLoss(Objective):
    """Largest mean loss of a group (Sagawa et al. 2020, eq. 3).

    Raising everyone else's loss does not lower it: as a guard it says that no group may be
    levelled down below where the worst-off one is.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.losses import LogisticLoss
    >>> from sk_softunlearn.objectives import EvaluationRows, WorstGroupLoss
    >>> rows = EvaluationRows(
    ...     LogisticLoss(),
    ...     np.array([1, 1]),
    ...     np.ones(2),
    ...     np.array([0, 1]),
    ...     positive=1,
    ...     groups=np.array([0, 1]),
    ...     group_names=("a", "b"),
    ... )
    >>> raw = np.array([[0.0], [9.0]])
    >>> round(WorstGroupLoss().bind(raw, rows).value(raw), 4)
    0.6931
    """

    name = "worst_group_loss"
    needs_groups = True

    @property
    def needs_positive(self):
        """No: a loss has no favourable class."""
        return False

    def bind(self, raw, rows):
        return _by_loss(raw, rows, 1)[0]


class _GroupLoss(BoundObjective):
    """Mean loss of one group, held."""

    def __init__(self, share, rows):
        self.share = share
        self.rows = rows

    def value(self, raw):
        return float(self.share @ self.rows.loss.value(raw, self.rows.target))

    def gradient(self, raw):
        return self.share[:, None] * self.rows.loss.slope(raw, self.rows.target)

    def refresh(self, raw):
        return _by_loss(raw, self.rows, 1)[0]

    def rivals(self, raw):
        return _by_loss(raw, self.rows, 1 + MOST_RIVALS)[1:]


def _by_loss(raw, rows, most):
    """Return the mean loss of the groups where it is largest, at most so many, in order."""
    count = len(rows.group_names)
    total = np.bincount(rows.groups, rows.sample_weight, minlength=count)
    losses = rows.sample_weight * rows.loss.value(raw, rows.target)
    present = np.flatnonzero(total > 0)
    means = np.bincount(rows.groups, losses, minlength=count)[present] / total[present]
    largest = present[np.argsort(-means, kind="stable")[:most]]
    return [
        _GroupLoss(np.where(rows.groups == g, rows.sample_weight, 0.0) / total[g], rows)
        for g in largest
    ]
