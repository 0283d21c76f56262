"""What the gaps between groups share."""

from abc import abstractmethod
from dataclasses import replace

from sk_softunlearn.objectives._base import Objective
from sk_softunlearn.objectives._cell_rates import CellRates
from sk_softunlearn.objectives._group_gap import GapFamily
from sk_softunlearn.objectives._rates import RATES, ProbabilityRate

__all__ = ["GapObjective"]

# Rows of a group from which on its rate of labels is counted: one row is then a hundredth.
ENOUGH = 100


class GapObjective(Objective):
    """Largest gap of a group mean between two groups, among some of the rows.

    A subclass says its name and among which rows gaps are taken. With more than two groups, or
    several sets of rows, the objective is the largest of the gaps: the largest group mean minus the
    smallest. Once chosen, the pair of groups stays the same.

    Parameters
    ----------
    surrogate : "auto", "label", "probability" or "loss", default="probability"
        What the mean is taken of. "label": hard predictions, counted; its slope is that of the
        probabilities. "probability": the probability of the favourable class. "auto": "label" if
        every group that counts has at least 100 rows in every rate, "probability" otherwise.
        "loss": the loss of the row's own label (FERM, Donini et al. 2018).

    Raises
    ------
    ValueError
        By `bind`, if `surrogate` is none of these.

    Examples
    --------
    Predictive equality (Corbett-Davies et al. 2017) is the gap among rows without the favourable
    class:

    >>> from sk_softunlearn.objectives import GapObjective
    >>> class PredictiveEquality(GapObjective):
    ...     name = "predictive_equality"
    ...
    ...     def slices(self, rows):
    ...         return [rows.target != rows.positive]
    >>> PredictiveEquality(surrogate="label")
    PredictiveEquality(surrogate='label')
    """

    needs_groups = True

    def __init__(self, surrogate="probability"):
        self.surrogate = surrogate

    @abstractmethod
    def slices(self, rows) -> list:
        """Return among which rows gaps are taken, a list of boolean ndarrays of shape (n,)."""

    def favourable(self, rows) -> list:
        """Return the classes that are favourable in turn, a list of class indices."""
        return [rows.positive]

    def bind(self, raw, rows):
        """Choose the pair of groups, the slice and the class, and hold them."""
        known = ["auto", *RATES]
        if self.surrogate not in known:
            raise ValueError(
                f"'surrogate' must be one of {sorted(known)}, got {self.surrogate!r}. 'label' is "
                "what is counted on hard predictions."
            )
        slices = self.slices(rows)
        surrogate = _enough(slices, rows) if self.surrogate == "auto" else self.surrogate
        turns = [replace(rows, positive=k) for k in self.favourable(rows)]
        rates = [RATES[surrogate](turn) for turn in turns]
        return GapFamily(raw, slices, rates, surrogate).largest(raw)[0]


def _enough(slices, rows):
    """Return "label" if every group that counts has rows enough for a gap that is counted."""
    cells = [CellRates(among, ProbabilityRate(rows)) for among in slices]
    fewest = min(min(cell.sizes[cell.present], default=0) for cell in cells)
    return "label" if fewest >= ENOUGH else "probability"
