"""What a gap between groups is a gap of: the probability or the label of the favourable class."""

import numpy as np
from scipy.special import expit

__all__ = ["RATES", "LabelRate", "LossRate", "ProbabilityRate"]


class ProbabilityRate:
    """The probability of the favourable class.

    Parameters
    ----------
    raw : ndarray of shape (n, K)
        Raw predictions of the fitted classifier; not used.
    rows : EvaluationRows
        The rows.
    """

    def __init__(self, raw, rows):
        self.rows = rows

    def value(self, raw):
        """Return the rate of every row, of shape (n,)."""
        return self.rows.loss.probability(raw, self.rows.positive)

    def slope(self, raw):
        """Return the derivative of `value` in the raw prediction, of shape (n, K)."""
        return self.rows.loss.probability_slope(raw, self.rows.positive)

    def measured(self, raw):
        """Return what a report counts, of shape (n,)."""
        return self.value(raw)


class LabelRate:
    """Whether the favourable class is predicted, with a smooth step for the derivative.

    `P(y = 1)` is replaced by `1 / (1 + exp(-margin / tau))`. The derivative of a rate of labels is
    the density of margins at the threshold; tau makes the step a logistic kernel of Silverman's
    bandwidth (1986, eq. 3.31) for it.

    Parameters
    ----------
    raw : ndarray of shape (n, K)
        Raw predictions of the fitted classifier.
    rows : EvaluationRows
        The rows.
    """

    def __init__(self, raw, rows):
        self.rows = rows
        margin = self._margin(raw)
        quarter, three_quarters = np.percentile(margin, [25, 75])
        spread = min(margin.std(), (three_quarters - quarter) / 1.34) or margin.std()
        bandwidth = 0.9 * spread * len(margin) ** -0.2
        # A logistic distribution of scale tau has the standard deviation pi tau / sqrt(3).
        self.tau = bandwidth * np.sqrt(3) / np.pi or 1.0

    def _margin(self, raw):
        positive = self.rows.positive
        if raw.shape[1] == 1:
            return raw[:, 0] if positive == 1 else -raw[:, 0]
        return raw[:, positive] - np.delete(raw, positive, axis=1).max(axis=1)

    def value(self, raw):
        """Return the smooth step of every row, of shape (n,)."""
        return expit(self._margin(raw) / self.tau)

    def slope(self, raw):
        """Return the derivative of `value` in the raw prediction, of shape (n, K)."""
        step = self.value(raw)
        bend = step * (1.0 - step) / self.tau
        positive = self.rows.positive
        if raw.shape[1] == 1:
            return (bend if positive == 1 else -bend)[:, None]
        slope = np.zeros_like(raw)
        slope[:, positive] = bend
        others = np.where(np.arange(raw.shape[1]) == positive, -np.inf, raw)
        slope[np.arange(len(raw)), others.argmax(axis=1)] -= bend
        return slope

    def measured(self, raw):
        """Return 1 where the favourable class is predicted, of shape (n,)."""
        return (self.rows.loss.predict(raw) == self.rows.positive).astype(float)


class LossRate:
    """The loss of the row's own label, as FERM has it (Donini et al. 2018, eq. 3).

    Parameters
    ----------
    raw : ndarray of shape (n, K)
        Raw predictions of the fitted classifier; not used.
    rows : EvaluationRows
        The rows.
    """

    def __init__(self, raw, rows):
        self.rows = rows

    def value(self, raw):
        """Return the loss of every row, of shape (n,)."""
        return self.rows.loss.value(raw, self.rows.target)

    def slope(self, raw):
        """Return the derivative of `value` in the raw prediction, of shape (n, K)."""
        return self.rows.loss.slope(raw, self.rows.target)

    def measured(self, raw):
        """Return what a report counts, of shape (n,)."""
        return self.value(raw)


RATES = {"probability": ProbabilityRate, "label": LabelRate, "loss": LossRate}
