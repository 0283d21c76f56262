"""The gap of mean probabilities among rows of the favourable class."""

from sk_softunlearn.objectives._base import Objective
from sk_softunlearn.objectives._group_gap import group_gap

__all__ = ["EqualOpportunity"]


class EqualOpportunity(Objective):
    """Gap of the mean probability of the favourable class among rows that have it.

    Hardt et al. 2016, definition 2.2, on probabilities; the same gap of hard predictions is
    fairlearn's `equal_opportunity_difference`. With more than two groups: the largest group
    mean minus the smallest, the pair held.

    Parameters
    ----------
    surrogate : "probability", "label" or "loss", default="probability"
        "label": the gap is that of hard predictions; "loss": of the mean loss (FERM, Donini et
        al. 2018).

    Raises
    ------
    ValueError
        By `bind`, if `surrogate` is none of these.

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
        return group_gap(raw, rows, [rows.target == rows.positive], self.surrogate)
