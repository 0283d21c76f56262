"""The larger of the gaps among rows with and without the favourable class."""

from sk_softunlearn.objectives._gap_objective import GapObjective

__all__ = ["EqualizedOdds"]


class EqualizedOdds(GapObjective):
    """Larger of the gaps among rows that have the favourable class and rows that have not.

    Hardt et al. 2016, definition 2.1. With `surrogate="label"` it is fairlearn's
    `equalized_odds_difference`. `GapObjective` explains `surrogate`.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.losses import LogisticLoss
    >>> from sk_softunlearn.objectives import EqualizedOdds, EvaluationRows
    >>> rows = EvaluationRows(
    ...     LogisticLoss(),
    ...     np.array([1, 1, 0, 1]),
    ...     np.ones(4),
    ...     np.array([0, 1]),
    ...     positive=1,
    ...     groups=np.array([0, 1, 0, 1]),
    ...     group_names=("a", "b"),
    ... )
    >>> raw = np.array([[0.0], [50.0], [0.0], [50.0]])
    >>> EqualizedOdds().bind(raw, rows).value(raw)
    0.5
    """

    name = "equalized_odds"

    def slices(self, rows):
        """Return the rows that have the favourable class, and those that have not."""
        favourable = rows.target == rows.positive
        return [favourable, ~favourable]
