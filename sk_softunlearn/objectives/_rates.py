"""What a gap between groups is a gap of: the probability or the label of the favourable class."""

from abc import ABC, abstractmethod

import numpy as np
from scipy.special import expit

__all__ = ["RATES", "LabelRate", "LossRate", "ProbabilityRate", "Rate"]


class Rate(ABC):
    """A number per row, whose group means are compared.

    Parameters
    ----------
    raw : ndarray of shape (n, K)
        Raw predictions of the fitted classifier.
    rows : EvaluationRows
        The rows.
    """

    def __init__(self, raw, rows):
        self.rows = rows

    @abstractmethod
    def value(self, raw):
        """Return the rate of every row, of shape (n,)."""

    @abstractmethod
    def slope(self, raw):
        """Return the derivative of `value` in the raw prediction, of shape (n, K)."""

    def measured(self, raw):
        """Return what a report counts, of shape (n,); by default `value`."""
        return self.value(raw)


class ProbabilityRate(Rate):
    """The probability of the favourable class."""

    def value(self, raw):
        return self.rows.loss.probability(raw, self.rows.positive)

    def slope(self, raw):
        return self.rows.loss.probability_slope(raw, self.rows.positive)


class LabelRate(Rate):
    """Whether the favourable class is predicted, with a smooth step for the derivative.

    `P(y = 1)` is replaced by `1 / (1 + exp(-margin / tau))`. The derivative of a rate of labels is
    the density of margins at the threshold; tau makes the step a logistic kernel of Silverman's
    bandwidth (1986, eq. 3.31) for it.
    """

    def __init__(self, raw, rows):
        super().__init__(raw, rows)
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
        return expit(self._margin(raw) / self.tau)

    def slope(self, raw):
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
        return (self.rows.loss.predict(raw) == self.rows.positive).astype(float)


class LossRate(Rate):
    """The loss of the row's own label, as FERM has it (Donini et al. 2018, eq. 3)."""

    def value(self, raw):
        return self.rows.loss.value(raw, self.rows.target)

    def slope(self, raw):
        return self.rows.loss.slope(raw, self.rows.target)


RATES = {"probability": ProbabilityRate, "label": LabelRate, "loss": LossRate}
