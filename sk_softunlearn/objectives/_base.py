"""What every objective answers for."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from sk_softunlearn.losses import Loss

__all__ = ["BoundObjective", "EvaluationRows", "Objective"]


@dataclass(frozen=True)
class EvaluationRows:
    """What objectives know of the rows they are measured on.

    Parameters
    ----------
    loss : Loss
        Of the classifier: it knows probabilities and the predicted class.
    target : ndarray of shape (n,)
        Class index of every row.
    sample_weight : ndarray of shape (n,)
        Weight of every row.
    classes : ndarray of shape (K,)
        The labels, in the order of the class indices.
    positive : int or None
        Index of the favourable class; None: none of several is known to be.
    groups : ndarray of shape (n,), default=None
        Group index of every row.
    group_names : tuple of str, default=()
        Names of the groups.
    X : array-like, DataFrame or sparse of shape (n, p), default=None
        The rows as the estimator takes them.
    min_group_rows : int, default=1
        Rows that a group needs, among those that its rate is taken of, to count in a gap.
    counted_rows : ndarray of shape (n,), default=None
        Boolean: the rows that are counted there; None: those of a weight above 0.
    """

    loss: Loss
    target: np.ndarray
    sample_weight: np.ndarray
    classes: np.ndarray
    positive: int | None
    groups: np.ndarray | None = None
    group_names: tuple = ()
    X: Any = None
    min_group_rows: int = 1
    counted_rows: np.ndarray | None = None

    def counting(self) -> np.ndarray:
        """Return which rows count in the size of a group, a boolean ndarray of shape (n,)."""
        return self.sample_weight > 0 if self.counted_rows is None else self.counted_rows


class BoundObjective(ABC):
    """An objective on fixed rows.

    A gap keeps the pair of groups and the sign that it was bound with.

    `signed` says whether values below 0 are as bad as those above. `two_sided` says the same of its
    rivals, which are then gaps of the same two groups.

    Notes
    -----
    Every objective writes `value` and `gradient`. An objective that is the largest of several, as
    the largest gap between any two groups, writes one bound objective per candidate. Each knows how
    to find the others, and overrides two more methods:

    - `refresh` returns the candidate that is the largest at other raw predictions. Influence and
      measurements are about this candidate.
    - `rivals` returns the other candidates. Rounds (`n_rounds` above 1) hold each rival of the
      metric below the value that the maximum is to reach. Otherwise a step that lowers the largest
      candidate may make another one the new maximum. The rivals of a guard are not held.

    An objective whose gradient is that of a smooth stand-in, as a gap of hard predictions, also
    overrides `counted` and `grain`, and may learn how the count follows by `observe` and `learn`.
    Nothing needs to override `measure`.

    Examples
    --------
    The larger of the mean raw predictions of two halves of the rows:

    >>> import numpy as np
    >>> from sk_softunlearn.objectives import BoundObjective
    >>> class LargerHalf(BoundObjective):
    ...     def __init__(self, share):
    ...         self.share = share
    ...
    ...     def value(self, raw):
    ...         return float(self.share @ raw[:, 0])
    ...
    ...     def gradient(self, raw):
    ...         return self.share[:, None]
    ...
    ...     def refresh(self, raw):
    ...         return self._largest_first(raw)[0]
    ...
    ...     def rivals(self, raw):
    ...         return self._largest_first(raw)[1:]
    ...
    ...     def _largest_first(self, raw):
    ...         halves = [LargerHalf(np.array(h) / 2) for h in ([1, 1, 0, 0], [0, 0, 1, 1])]
    ...         return sorted(halves, key=lambda half: -half.value(raw))
    >>> raw = np.array([[0.0], [2.0], [5.0], [3.0]])
    >>> first = LargerHalf(np.array([1, 1, 0, 0]) / 2)
    >>> first.value(raw), first.measure(raw), [rival.value(raw) for rival in first.rivals(raw)]
    (1.0, 4.0, [1.0])
    """

    signed = False
    two_sided = False

    @property
    def grain(self) -> float:
        """By how much one row changes what is counted: less cannot be told. By default 0."""
        return 0.0

    @abstractmethod
    def value(self, raw) -> float:
        """Return the objective at raw predictions of shape (n, K), a float."""

    @abstractmethod
    def gradient(self, raw) -> np.ndarray:
        """Return the derivative of `value` in the raw predictions, of shape (n, K)."""

    def refresh(self, raw) -> "BoundObjective":
        """Return the objective with its choice, such as the pair of a gap, made again at `raw`.

        By default the objective itself: there is nothing to choose.
        """
        return self

    def rivals(self, raw) -> list["BoundObjective"]:
        """Return the candidates that could become the largest, besides the one that is at `raw`.

        Largest first; what `refresh` returns at `raw` is not among them. By default there are none.
        """
        return []

    def group_sizes(self) -> np.ndarray | None:
        """Return from how many rows of every group the objective is computed, of shape (G,).

        None, the default: of all rows, or the objective knows no groups.
        """
        return None

    def observe(self, raw) -> Any:
        """Return what `learn` wants to be told of raw predictions that weights have led to."""
        return None

    def learn(self, seen) -> "BoundObjective":
        """Return the objective after what was observed so far, a tuple of answers of `observe`.

        By default the objective itself: a gradient needs no experience.
        """
        return self

    def counted(self, raw) -> float:
        """Return what a report counts of the choice that is held; by default its `value`."""
        return self.value(raw)

    def measure(self, raw) -> float:
        """Return what a report states: what is `counted` of the choice made anew at `raw`."""
        return self.refresh(raw).counted(raw)


class Objective(BaseEstimator, ABC):
    """A scalar of the raw predictions on validation rows.

    `name` is what it is called in `influence_`, `before_` and `after_`; `needs_groups` says
    whether it is a function of the sensitive features.
    """

    name: str
    needs_groups = False

    @property
    def needs_labels(self) -> bool:
        """Whether it is a function of the labels."""
        return True

    @property
    def needs_positive(self) -> bool:
        """Whether it must be said which of several classes is favourable."""
        return self.needs_groups

    def place(self, view, rows):
        """Return the view of what the objective is measured on.

        Parameters
        ----------
        view : View
            Of the validation rows, at the fitted parameters.
        rows : EvaluationRows
            What is known of them.

        Returns
        -------
        view : View
            With `at`, `raw_prediction` and `pull`.
        """
        return view

    @abstractmethod
    def bind(self, raw, rows) -> BoundObjective:
        """Fix the rows and, for a gap, the pair of groups and its sign.

        Parameters
        ----------
        raw : ndarray of shape (n, K)
            Raw predictions of the fitted classifier on `place(view)`.
        rows : EvaluationRows
            The rows.

        Returns
        -------
        bound : BoundObjective
            At least 0 at `raw` where the objective is a gap.
        """
