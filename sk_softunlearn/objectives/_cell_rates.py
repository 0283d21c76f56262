"""The mean rate of every group, among some of the rows."""

import numpy as np

__all__ = ["CellRates"]


class CellRates:
    """Groups, the rows that their rates are taken of, and which groups count.

    Parameters
    ----------
    among : ndarray of shape (n,)
        Boolean: the rows that rates are taken of.
    rate : ProbabilityRate, LabelRate or LossRate
        What is averaged.

    Attributes
    ----------
    weight : ndarray of shape (n,)
        Weight of every row, 0 for the others.
    total : ndarray of shape (G,)
        Weight of every group.
    sizes : ndarray of shape (G,)
        Rows of every group that have a weight.
    present : ndarray of shape (g,)
        Indices of the groups that count: those with `min_group_rows` rows of a weight above 0, or
        all that have rows, if these are fewer than two.
    """

    def __init__(self, among, rate):
        rows = rate.rows
        self.rate = rate
        self.groups = rows.groups
        self.weight = np.where(among, rows.sample_weight, 0.0)
        count = len(rows.group_names)
        self.total = np.bincount(self.groups, self.weight, minlength=count)
        self.sizes = np.bincount(self.groups[among & rows.counting()], minlength=count)
        large = (self.sizes >= rows.min_group_rows) & (self.total > 0)
        chosen = large if np.count_nonzero(large) >= 2 else self.total > 0
        self.present = np.flatnonzero(chosen)

    def measured(self, raw):
        """Return the mean of what a report counts in every group, of shape (G,)."""
        return self._means(self.rate.measured(raw))

    def value(self, raw):
        """Return the mean rate of every group, of shape (G,)."""
        return self._means(self.rate.value(raw))

    def share(self):
        """Return the share of every row in the mean of its group, of shape (n,)."""
        return self.weight / np.where(self.total > 0, self.total, 1.0)[self.groups]

    def contrast(self, high, low):
        """Return what takes the mean of one group minus that of another, of shape (n,)."""
        sign = (self.groups == high).astype(float) - (self.groups == low)
        return self.share() * sign

    def _means(self, values):
        sums = np.bincount(self.groups, self.weight * values, minlength=len(self.total))
        return np.divide(sums, self.total, out=np.zeros_like(sums), where=self.total > 0)
