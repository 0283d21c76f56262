"""What the gaps between groups share."""

from abc import abstractmethod
from dataclasses import replace

from sk_softunlearn.objectives._base import Objective
from sk_softunlearn.objectives._group_gap import largest_gaps
from sk_softunlearn.objectives._rates import RATES

__all__ = ["GapObjective"]


class GapObjective(Objective):
    """Largest gap of a group mean between two groups, among some of the rows.

    A subclass says its name and among which rows gaps are taken. With more than two groups, or
    several sets of rows, the largest of the gaps is the objective: the largest group mean minus the
    smallest, the pair held.

    Parameters
    ----------
    surrogate : "probability", "label" or "loss", default="probability"
        What the mean is of. "probability": the probability of the favourable class; "label": the
        gap is that of hard predictions; "loss": the loss of the row's own label (FERM, Donini et
        al. 2018).

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
        if self.surrogate not in RATES:
            raise ValueError(
                f"'surrogate' must be one of {sorted(RATES)}, got {self.surrogate!r}. 'label' is "
                "what is counted on hard predictions."
            )
        rate = RATES[self.surrogate]
        rates = [rate(raw, replace(rows, positive=k)) for k in self.favourable(rows)]
        choices = [(among, each) for among in self.slices(rows) for each in rates]
        return largest_gaps(raw, choices)[0]
