"""The mean rate of every group, among some of the rows."""

from functools import cached_property

import numpy as np

from sk_softunlearn.losses._by_block import slices

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
        self.among = among
        count = len(rows.group_names)
        self.total = self._sums(lambda part: 1.0)
        self.sizes = np.bincount(self.groups[among & rows.counting()], minlength=count)
        large = (self.sizes >= rows.min_group_rows) & (self.total > 0)
        chosen = large if np.count_nonzero(large) >= 2 else self.total > 0
        self.present = np.flatnonzero(chosen)

    def measured(self, raw):
        """Return the mean of what a report counts in every group, of shape (G,)."""
        return self._means(self.rate.measured, raw)

    def value(self, raw):
        """Return the mean rate of every group, of shape (G,)."""
        return self._means(self.rate.value, raw)

    def share(self, group):
        """Return the share of every row in the mean of a group, of shape (n,)."""
        return self.contrast(group, None)

    def contrast(self, high, low):
        """Return what takes the mean of one group minus that of another, of shape (n,)."""
        total = np.where(self.total > 0, self.total, 1.0)
        contrast = np.empty(len(self.groups))
        for rows in slices(len(contrast)):
            groups = self.groups[rows]
            sign = (groups == high).astype(float)
            if low is not None:
                sign -= groups == low
            contrast[rows] = self.weight(rows) / total[groups] * sign
        return contrast

    @cached_property
    def largest_share(self):
        """The largest share of a row in the mean of its group, of shape (G,)."""
        heaviest = np.zeros(len(self.total))
        for rows in slices(len(self.groups)):
            np.maximum.at(heaviest, self.groups[rows], self.weight(rows))
        return heaviest / np.where(self.total > 0, self.total, 1.0)

    def weight(self, rows):
        """Return the weight of some rows, a slice; 0 of those that rates are not taken of."""
        return np.where(self.among[rows], self.rate.rows.sample_weight[rows], 0.0)

    def _sums(self, values, width=1):
        """Return weighted sums by group, of shape (G,), of what is said of slices of rows."""
        sums = np.zeros(len(self.rate.rows.group_names))
        for rows in slices(len(self.groups), width):
            products = self.weight(rows) * values(rows)
            sums += np.bincount(self.groups[rows], products, minlength=len(sums))
        return sums

    def _means(self, rate, raw):
        """Return the mean of a rate in every group, of shape (G,)."""
        sums = self._sums(lambda rows: rate(raw[rows], rows), raw.shape[1])
        return np.divide(sums, self.total, out=np.zeros_like(sums), where=self.total > 0)
