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
    """The ratio kappa of a change of the counted gap to that of the gap of probabilities.

    Beforehand it is the ratio of the slopes: the derivative of a rate of labels is the density of
    margins at the threshold, estimated by a logistic kernel of Silverman's bandwidth (1986, eq.
    3.31). Where both gaps have one sign it is their ratio, for both vanish at parity. Then it is
    learned: a regression, through the origin, of the differences in the one gap on those in the
    other, over everywhere that weights have led so far, later places first.

    Parameters
    ----------
    raw : ndarray of shape (n, K)
        Raw predictions of the fitted classifier.
    cell : CellRates
        Of a rate that is counted.
    """

    def __init__(self, raw, cell):
        rate, share = cell.rate, cell.share()[:, None] ** 2
        smooth, steep = rate.slope(raw), _label_slope(raw, rate.rows.positive)
        size = len(cell.total)
        self.above = np.bincount(cell.groups, (share * smooth * steep).sum(axis=1), minlength=size)
        self.below = np.bincount(cell.groups, (share * smooth**2).sum(axis=1), minlength=size)
        self.first = cell.measured(raw), cell.value(raw)

    def ratio(self, high, low, here, seen, grain):
        """Return kappa of a pair of groups, from an observation on.

        Parameters
        ----------
        high, low : int
            The groups.
        here : tuple of two ndarray of shape (G,)
            Mean label and mean probability of every group, where the step starts.
        seen : sequence of such tuples
            Where weights have led before, in order.
        grain : float
            By how much one row changes the counted gap.

        Returns
        -------
        kappa : float
            Above 0.
        """
        above = self.above[high] + self.above[low]
        start = above / max(self.below[high] + self.below[low], TINY)
        # With few margins near the threshold the kernel sees none.
        start = np.clip(start, 1 / MOST, MOST)
        counted, smooth = (means[high] - means[low] for means in self.first)
        if counted * smooth > 0:
            start = np.clip(counted / smooth, start / NEAR, start * NEAR)
        now = [means[high] - means[low] for means in here]
        above, below, certain = PRIOR * start, PRIOR, 1.0
        for earlier in reversed(seen):
            then = [means[high] - means[low] for means in earlier]
            moved = now[1] - then[1]
            if not moved:
                continue
            # Two rows' worth is what the counts cannot tell.
            share = certain / (moved**2 + (2 * grain) ** 2)
            above += share * moved * (now[0] - then[0])
            below += share * moved**2
            certain *= FORGETS
        return float(np.clip(above / below, start / FAR, start * FAR))


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
