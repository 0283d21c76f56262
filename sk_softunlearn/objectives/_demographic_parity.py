"""The gap of mean probabilities between groups."""

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

    def __init__(self, surrogate="probability"):
        self.surrogate = surrogate

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
        return group_gap(raw, rows, [np.ones(len(raw), dtype=bool)], self.surrogate)
