"""The gap of mean probabilities between groups."""

from typing import ClassVar

import numpy as np

from sk_softunlearn.objectives._base import Objective
from sk_softunlearn.objectives._group_gap import group_gap

__all__ = ["DemographicParity"]


class DemographicParity(Objective):
    """Gap of the mean probability of the favourable class between groups.

    With more than two groups: the largest group mean minus the smallest, the pair held. The
    same gap of hard predictions is fairlearn's `demographic_parity_difference`.

    Parameters
    ----------
    surrogate : "probability" or "label", default="probability"
        "label": the gap is that of hard predictions.
    per_class : bool, default=False
        Whether every class is favourable in turn, and the largest gap is the objective; no
        `pos_label` is then needed with several classes.

    Raises
    ------
    ValueError
        By `bind`, if `surrogate` is neither.

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
    needs_groups = True
    _parameter_constraints: ClassVar[dict] = {"per_class": ["boolean"]}

    def __init__(self, surrogate="probability", per_class=False):
        self.surrogate = surrogate
        self.per_class = per_class

    @property
    def needs_positive(self):
        """Whether one class must be favourable."""
        return not self.per_class

    def bind(self, raw, rows):
        """Choose the pair of groups.

        Parameters
        ----------
        raw : ndarray of shape (n, K)
            Raw predictions of the fitted classifier.
        rows : EvaluationRows
            The rows, with their groups.

        Returns
        -------
        bound : BoundObjective
            The gap of that pair, at least 0 at `raw`.
        """
        if self.surrogate == "loss":
            raise ValueError(
                "'surrogate' of demographic parity must be 'probability' or 'label', got 'loss': "
                "a loss knows the labels. Use metric='equal_opportunity', or 'worst_group_loss'."
            )
        everyone = [np.ones(len(raw), dtype=bool)]
        turns = range(len(rows.classes)) if self.per_class else None
        return group_gap(raw, rows, everyone, self.surrogate, turns)
