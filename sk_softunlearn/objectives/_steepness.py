"""How a gap that is counted follows the gap of the probabilities."""

import numpy as np
from scipy.special import expit

from sk_softunlearn.losses._by_block import in_blocks, slices

__all__ = ["Steepness"]

# Weight of what is known beforehand, and of an earlier observation against the one after it.
PRIOR, FORGETS = 0.05, 0.3
# How far the ratio of the slopes may go from 1, that of the gaps from it, and what is learned from
# both.
MOST, NEAR, FAR = 8.0, 2.0, 4.0
TINY = np.finfo(float).tiny


class Steepness:
    """The ratio kappa of a change of the counted gaps to that of the gaps of probabilities.

    It is the same for all pairs of groups. With a ratio for each, closing the gaps of a and b and
    of b and c would leave that of a and c open, and no weights would close all of them.

    Beforehand it is the ratio of the slopes: the derivative of a rate of labels is the density of
    margins at the threshold, estimated by a logistic kernel with the bandwidth of Silverman (1986,
    eq. 3.31). Where both gaps have one sign it is their ratio, for both vanish at parity. Then it
    is learned: a regression, through the origin, of the differences in the counted gaps on those in
    the others, over everywhere that weights have led so far, later places first.

    Parameters
    ----------
    raw : ndarray of shape (n, K)
        Raw predictions of the fitted classifier.
    cell : CellRates
        Of a rate that is counted; at least two groups count in it.
    """

    def __init__(self, raw, cell):
        groups = cell.present
        spread, along, smooth = _sums(raw, cell)
        self.grain = cell.largest_share[groups].max()
        self.one, self.other = (groups[side] for side in np.triu_indices(len(groups), 1))
        # The more rows a pair has, the more it counts: the variance of its gap is about this sum.
        certain = 1.0 / (spread[self.one] + spread[self.other])
        self.weight = certain / certain.sum()
        start = along / max(smooth, TINY)
        # With few margins near the threshold the kernel sees none.
        start = np.clip(start, 1 / MOST, MOST)
        counted, smooth = self._gaps((cell.measured(raw), cell.value(raw)))
        both = self.weight @ (counted * smooth)
        if both > 0:
            start = np.clip(both / (self.weight @ smooth**2), start / NEAR, start * NEAR)
        self.start = start

    def ratio(self, here, seen):
        """Return kappa, from an observation on.

        Parameters
        ----------
        here : tuple of two ndarray of shape (G,)
            Mean label and mean probability of every group, where the step starts.
        seen : sequence of such tuples
            Where weights have led before, in order.

        Returns
        -------
        kappa : float
            Above 0.
        """
        now, start = self._gaps(here), self.start
        above, below, certain = PRIOR * start, PRIOR, 1.0
        for earlier in reversed(seen):
            then = self._gaps(earlier)
            moved = now[1] - then[1]
            size = self.weight @ moved**2
            if not size:
                continue
            # Two rows' worth is what the counts cannot tell.
            share = certain / (size + (2 * self.grain) ** 2)
            above += share * (self.weight @ (moved * (now[0] - then[0])))
            below += share * size
            certain *= FORGETS
        return float(np.clip(above / below, start / FAR, start * FAR))

    def _gaps(self, observed):
        """Return the counted gap of every pair of groups, and that of the probabilities."""
        return [means[self.one] - means[self.other] for means in observed]


def _sums(raw, cell):
    """Return what is summed up over the rows of groups that count, block by block.

    Returns
    -------
    spread : ndarray of shape (G,)
        Sum of the squared shares of every group.
    along, smooth : float
        Sums, with the squared shares, of the slope of the probability times that of the label, and
        of the square of the former.
    """
    positive, scale = cell.rate.rows.positive, _scale(raw, cell.rate.rows.positive)
    counts = np.isin(np.arange(len(cell.total)), cell.present)
    divisor = np.where(counts, cell.total, np.inf)
    spread, along, smooth = np.zeros(len(counts)), 0.0, 0.0
    for rows in slices(*raw.shape):
        groups, there = cell.groups[rows], raw[rows]
        share = (cell.weight(rows) / divisor[groups]) ** 2
        spread += np.bincount(groups, share, minlength=len(spread))
        slope = cell.rate.slope(there, rows)
        along += (share[:, None] * slope * _label_slope(there, positive, scale)).sum()
        smooth += (share[:, None] * slope**2).sum()
    return spread, along, smooth


def _margin(raw, positive):
    """Return by how much the favourable class is ahead, of shape (n,)."""
    if raw.shape[1] == 1:
        return raw[:, 0] if positive == 1 else -raw[:, 0]
    others = np.where(np.arange(raw.shape[1]) == positive, -np.inf, raw)
    return raw[:, positive] - others.max(axis=1)


def _scale(raw, positive):
    """Return the bandwidth of Silverman's rule, as the scale of a logistic distribution."""
    margin = in_blocks(lambda part: _margin(part, positive), raw)
    deviation = margin.std()
    quarter, three_quarters = np.percentile(margin, [25, 75])
    spread = min(deviation, (three_quarters - quarter) / 1.34) or deviation
    # A logistic distribution of scale tau has the standard deviation pi tau / sqrt(3).
    return 0.9 * spread * len(margin) ** -0.2 * np.sqrt(3) / np.pi or 1.0


def _label_slope(raw, positive, tau):
    """Return the derivative of a smooth step at the threshold in the raw prediction, (n, K)."""
    binary = raw.shape[1] == 1
    side = 1.0 if not binary or positive == 1 else -1.0
    step = expit(_margin(raw, positive) / tau)
    bend = step * (1.0 - step) / tau
    slope = np.zeros_like(raw, dtype=float)
    if binary:
        slope[:, 0] = side * bend
    else:
        slope[:, positive] = bend
        others = np.where(np.arange(raw.shape[1]) == positive, -np.inf, raw)
        slope[np.arange(len(raw)), others.argmax(axis=1)] -= bend
    return slope
