"""The gap between groups in the rate of the favourable class, among rows that have it."""

from sk_softunlearn.objectives._gap_objective import GapObjective

__all__ = ["EqualOpportunity"]


class EqualOpportunity(GapObjective):
    """Gap between groups in the rate of the favourable class, among rows that have it.

    Hardt et al. 2016, definition 2.2. With `surrogate="label"` it is fairlearn's
    `equal_opportunity_difference`. `GapObjective` explains `surrogate`.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.losses import LogisticLoss
    >>> from sk_softunlearn.objectives import EqualOpportunity, EvaluationRows
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
    >>> EqualOpportunity().bind(raw, rows).value(raw)
    0.5
    """

    name = "equal_opportunity"

    def slices(self, rows):
        """Return the rows that have the favourable class."""
        return [rows.target == rows.positive]
