"""How a gap that is counted follows the gap of the probabilities."""

import numpy as np
from scipy.special import expit

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
        rate, groups = cell.rate, cell.present
        share = np.where(np.isin(cell.groups, groups), cell.share(), 0.0)
        self.grain = share.max()
        self.one, self.other = (groups[side] for side in np.triu_indices(len(groups), 1))
        # The more rows a pair has, the more it counts: the variance of its gap is about this sum.
        spread = np.bincount(cell.groups, share**2, minlength=len(cell.total))
        certain = 1.0 / (spread[self.one] + spread[self.other])
        self.weight = certain / certain.sum()
        smooth, steep = rate.slope(raw), _label_slope(raw, rate.rows.positive)
        share = share[:, None] ** 2
        start = (share * smooth * steep).sum() / max((share * smooth**2).sum(), TINY)
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


def _label_slope(raw, positive):
    """Return the derivative of a smooth step at the threshold in the raw prediction, (n, K)."""
    binary = raw.shape[1] == 1
    side = 1.0 if not binary or positive == 1 else -1.0
    if binary:
        margin = side * raw[:, 0]
    else:
        others = np.where(np.arange(raw.shape[1]) == positive, -np.inf, raw)
        margin = raw[:, positive] - others.max(axis=1)
    quarter, three_quarters = np.percentile(margin, [25, 75])
    spread = min(margin.std(), (three_quarters - quarter) / 1.34) or margin.std()
    # A logistic distribution of scale tau has the standard deviation pi tau / sqrt(3).
    tau = 0.9 * spread * len(margin) ** -0.2 * np.sqrt(3) / np.pi or 1.0
    step = expit(margin / tau)
    bend = step * (1.0 - step) / tau
    slope = np.zeros_like(raw, dtype=float)
    if binary:
        slope[:, 0] = side * bend
    else:
        slope[:, positive] = bend
        slope[np.arange(len(raw)), others.argmax(axis=1)] -= bend
    return slope
