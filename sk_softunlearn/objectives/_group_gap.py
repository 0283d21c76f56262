"""The gap of a group mean between two groups, bound to rows."""

from copy import copy
from functools import cached_property

import numpy as np

from sk_softunlearn.objectives._base import BoundObjective
from sk_softunlearn.objectives._cell_rates import CellRates
from sk_softunlearn.objectives._steepness import Steepness

__all__ = ["GapFamily", "GroupGap"]

# Gaps that are watched, the largest among them.
MOST_RIVALS = 8


class GroupGap(BoundObjective):
    """Mean rate in one group minus that in another, the pair held.

    Parameters
    ----------
    family : GapFamily
        All gaps that it is one of.
    index : int
        Which of the family's cells it is taken in.
    high, low : int or None
        The groups; None: there are no two groups with rows, and the gap is 0.
    start : ndarray of shape (n, K)
        Raw predictions at which the pair was chosen.
    """

    signed = True

    def __init__(self, family, index, high, low, start):
        self.family = family
        self.cell = family.cells[index]
        self.index = index
        self.high = high
        self.low = low
        self.start = start

    @cached_property
    def contrast(self):
        """Share of every row in the mean of the one group, minus that in the other, (n,)."""
        if self.high is None:
            return np.zeros(len(self.cell.groups))
        return self.cell.contrast(self.high, self.low)

    @cached_property
    def steepness(self):
        """How a gap that is counted follows that of the probabilities; 1 for the others."""
        if not self.cell.rate.counts or self.high is None:
            return 1.0
        return self.family.steepness(self)

    @property
    def grain(self):
        """By how much one row changes the gap as it is counted; 0 where nothing is counted."""
        if not self.cell.rate.counts or self.high is None:
            return 0.0
        return float(self.cell.largest_share[[self.high, self.low]].max())

    @property
    def two_sided(self):
        """Whether two groups count wherever a rate is taken, so that a gap can only turn over."""
        return all(len(cell.present) <= 2 for cell in self.family.cells)

    @property
    def surrogate(self):
        """What the gap is a gap of."""
        return self.family.surrogate

    def value(self, raw):
        """Return the gap of the held pair, or what it follows, at raw predictions (n, K)."""
        return self.steepness * self._gap(self.cell.value(raw))

    def gradient(self, raw):
        """Return its derivative in the raw predictions, of shape (n, K)."""
        gradient = self.cell.rate.slope(raw)
        gradient *= self.contrast[:, None]
        if self.steepness != 1.0:
            gradient *= self.steepness
        return gradient

    def group_sizes(self):
        """Return the fewest rows of every group that one of the gaps is taken of, (G,)."""
        return np.min([cell.sizes for cell in self.family.cells], axis=0)

    def observe(self, raw):
        """Return the mean of what is counted and of its probability, by cell and group."""
        return self.family.observe(raw)

    def learn(self, seen):
        """Return the gap with the steepness that its family has seen."""
        return GroupGap(self.family.learn(seen), self.index, self.high, self.low, self.start)

    def refresh(self, raw):
        """Return the signed gap of the only pair there is, or else the largest gap at `raw`."""
        if not self.family.only_pair:
            return self.family.largest(raw)[0]
        return GroupGap(self.family, self.index, self.high, self.low, raw)

    def rivals(self, raw):
        """Return the other gaps, largest first, each of the pair that it has at `raw`."""
        return [] if self.family.only_pair else self.family.largest(raw, MOST_RIVALS)[1:]

    def counted(self, raw):
        """Return the gap of the held pair as a report counts it."""
        return self._gap(self.cell.measured(raw))

    def _gap(self, means):
        return 0.0 if self.high is None else float(means[self.high] - means[self.low])


class GapFamily:
    """All gaps between two groups, of which an objective is the largest.

    Parameters
    ----------
    raw : ndarray of shape (n, K)
        Raw predictions of the fitted classifier.
    slices : list of ndarray of shape (n,)
        Boolean: the rows among which gaps are taken.
    rates : list of ProbabilityRate, LabelRate or LossRate
        What they are gaps of, each among every slice.
    surrogate : str
        The name of that.
    """

    def __init__(self, raw, slices, rates, surrogate):
        self.surrogate = surrogate
        self.cells = [CellRates(among, rate) for among in slices for rate in rates]
        self.first = raw
        self.seen = ()
        self.known = {}

    @property
    def only_pair(self):
        """Whether there is one gap only; its sign is then held."""
        return len(self.cells) == 1 and len(self.cells[0].present) <= 2

    def observe(self, raw):
        """Return (mean of what is counted, mean rate) of every group, a list with one per cell."""
        return [
            (cell.measured(raw), cell.value(raw)) if cell.rate.counts else None
            for cell in self.cells
        ]

    def learn(self, seen):
        """Return the family with what was observed where weights have led, in order."""
        other = copy(self)
        other.seen = seen
        return other

    def steepness(self, gap):
        """Return how a gap that is counted follows that of the probabilities, from its start on."""
        index, cell = gap.index, gap.cell
        if index not in self.known:
            self.known[index] = Steepness(self.first, cell)
        here = cell.measured(gap.start), cell.value(gap.start)
        seen = [observation[index] for observation in self.seen]
        return self.known[index].ratio(here, seen)

    def largest(self, raw, most=1):
        """Return the gaps of the pairs of groups that are furthest apart, the largest first.

        Pairs are ranked by their means: a contrast is as long as the rows are many, and few of the
        G^2 pairs are looked at.

        Parameters
        ----------
        raw : ndarray of shape (n, K)
            Raw predictions at which the pairs are chosen.
        most : int, default=1
            How many at most, over all cells.

        Returns
        -------
        gaps : list of GroupGap
            Measured as at least 0 at `raw`; one that is 0 everywhere if no cell has rows of two
            groups.
        """
        found = []
        for index, cell in enumerate(self.cells):
            means = cell.measured(raw)[cell.present]
            order = np.argsort(means, kind="stable")
            low, high = (order[side] for side in np.triu_indices(len(order), 1))
            gaps = means[high] - means[low]
            for pair in np.argsort(-gaps, kind="stable")[:most]:
                groups = cell.present[high[pair]], cell.present[low[pair]]
                found.append((gaps[pair], index, *groups))
        if not found:
            return [GroupGap(self, 0, None, None, raw)]
        found.sort(key=lambda gap: -gap[0])
        return [GroupGap(self, *gap[1:], raw) for gap in found[:most]]
