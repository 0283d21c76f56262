"""The gap between groups in the rate of the favourable class."""

from typing import ClassVar

import numpy as np

from sk_softunlearn.objectives._gap_objective import GapObjective

__all__ = ["DemographicParity"]


class DemographicParity(GapObjective):
    """Gap between groups in the rate of the favourable class.

    With `surrogate="label"` it is fairlearn's `demographic_parity_difference`.

    Parameters
    ----------
    surrogate : "auto", "label" or "probability", default="probability"
        What it is a gap of, as in `GapObjective`.
    per_class : bool, default=False
        Whether every class is favourable in turn. The objective is then the largest of their gaps,
        and several classes need no `pos_label`.

    Raises
    ------
    ValueError
        By `bind`, if `surrogate` is none of these.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.losses import LogisticLoss
    >>> from sk_softunlearn.objectives import DemographicParity, EvaluationRows
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
    >>> DemographicParity().bind(raw, rows).value(raw)
    0.5
    """

    name = "demographic_parity"
    _parameter_constraints: ClassVar[dict] = {"per_class": ["boolean"]}

    def __init__(self, surrogate="probability", per_class=False):
        super().__init__(surrogate)
        self.per_class = per_class

    @property
    def needs_labels(self):
        """Not if it is a gap of predictions, as all but that of losses are."""
        return self.surrogate == "loss"

    @property
    def needs_positive(self):
        """Whether one class must be favourable."""
        return not self.per_class

    def slices(self, rows):
        """Return all rows."""
        return [np.ones(len(rows.target), dtype=bool)]

    def favourable(self, rows):
        """Return the favourable class, or every class in turn."""
        return list(range(len(rows.classes))) if self.per_class else super().favourable(rows)

    def bind(self, raw, rows):
        """Choose the pair of groups, and the class if every one is favourable in turn."""
        if self.surrogate == "loss":
            raise ValueError(
                "'surrogate' of demographic parity must be 'probability' or 'label', got 'loss': "
                "a loss knows the labels. Use metric='equal_opportunity', or 'worst_group_loss'."
            )
        return super().bind(raw, rows)
