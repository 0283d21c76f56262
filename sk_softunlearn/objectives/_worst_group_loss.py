"""The mean loss of the group that has the largest."""

from dataclasses import replace

import numpy as np

from sk_softunlearn.objectives._base import BoundObjective, Objective
from sk_softunlearn.objectives._cell_rates import CellRates
from sk_softunlearn.objectives._group_gap import MOST_RIVALS
from sk_softunlearn.objectives._rates import LossRate

__all__ = ["WorstGroupLoss"]


class WorstGroupLoss(Objective):
    """Largest mean loss of a group (Sagawa et al. 2020, eq. 3).

    A larger loss of the other groups does not lower it. As a guard it says that no group may end
    with a larger loss than the worst-off group has now.

    Examples
    --------
    >>> from dataclasses import replace

    import numpy as np
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
        # However few rows a group has: the worst-off is not to be overlooked.
        rate = LossRate(replace(rows, min_group_rows=1))
        return _by_loss(raw, CellRates(np.ones(len(raw), dtype=bool), rate), 1)[0]


class _GroupLoss(BoundObjective):
    """Mean loss of one group, held."""

    def __init__(self, group, cell):
        self.group = group
        self.cell = cell

    def value(self, raw):
        return float(self.cell.value(raw)[self.group])

    def gradient(self, raw):
        gradient = self.cell.rate.slope(raw)
        gradient *= self.cell.share(self.group)[:, None]
        return gradient

    def refresh(self, raw):
        return _by_loss(raw, self.cell, 1)[0]

    def rivals(self, raw):
        return _by_loss(raw, self.cell, 1 + MOST_RIVALS)[1:]


def _by_loss(raw, cell, most):
    """Return the mean loss of the groups where it is largest, at most so many, in order."""
    means = cell.value(raw)[cell.present]
    largest = cell.present[np.argsort(-means, kind="stable")[:most]]
    return [_GroupLoss(group, cell) for group in largest]
