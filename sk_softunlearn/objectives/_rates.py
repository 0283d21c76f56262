"""What a gap between groups is a gap of: a probability, a label or a loss."""

__all__ = ["RATES", "LabelRate", "LossRate", "ProbabilityRate"]

# Of the rows: raw predictions may be of some of them only.
ALL = slice(None)


class ProbabilityRate:
    """The probability of the favourable class.

    Parameters
    ----------
    rows : EvaluationRows
        The rows.
    """

    # Whether what is measured is counted, and moves in steps.
    counts = False

    def __init__(self, rows):
        self.rows = rows

    def value(self, raw, rows=ALL):
        """Return the rate of some rows whose raw predictions are given, one per row."""
        return self.rows.loss.probability(raw, self.rows.positive)

    def slope(self, raw, rows=ALL):
        """Return the derivative of `value` in the raw prediction, of shape (n, K)."""
        return self.rows.loss.probability_slope(raw, self.rows.positive)

    def measured(self, raw, rows=ALL):
        """Return what a report counts, one number per row."""
        return self.value(raw, rows)


class LabelRate(ProbabilityRate):
    """Whether the favourable class is predicted; it is moved along its probability.

    A count has no derivative. `value` and `slope` are those of the probability, which the count
    follows at a ratio that is learned (`Steepness`).

    Parameters
    ----------
    rows : EvaluationRows
        The rows.
    """

    counts = True

    def measured(self, raw, rows=ALL):
        """Return 1 where the favourable class is predicted, one number per row."""
        return (self.rows.loss.predict(raw) == self.rows.positive).astype(float)


class LossRate:
    """The loss of the row's own label, as FERM has it (Donini et al. 2018, eq. 3).

    Parameters
    ----------
    rows : EvaluationRows
        The rows.
    """

    counts = False

    def __init__(self, rows):
        self.rows = rows

    def value(self, raw, rows=ALL):
        """Return the loss of some rows, one per row."""
        return self.rows.loss.value(raw, self.rows.target[rows])

    def slope(self, raw, rows=ALL):
        """Return the derivative of `value` in the raw prediction, of shape (n, K)."""
        return self.rows.loss.slope(raw, self.rows.target[rows])

    def measured(self, raw, rows=ALL):
        """Return what a report counts, one number per row."""
        return self.value(raw, rows)


RATES = {"probability": ProbabilityRate, "label": LabelRate, "loss": LossRate}
