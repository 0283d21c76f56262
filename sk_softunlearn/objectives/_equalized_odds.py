"""The larger of the gaps among rows with and without the favourable class."""

from sk_softunlearn.objectives._base import Objective
from sk_softunlearn.objectives._group_gap import group_gap

__all__ = ["EqualizedOdds"]


class EqualizedOdds(Objective):
    """Larger of the gaps among rows that have the favourable class and rows that have not.

    Hardt et al. 2016, definition 2.1, on probabilities; the same gap of hard predictions is
    fairlearn's `equalized_odds_difference`.

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
            The larger gap, at least 0 at `raw`; its label and pair are held.
        """
        favourable = rows.target == rows.positive
        return group_gap(raw, rows, [favourable, ~favourable], self.surrogate)
