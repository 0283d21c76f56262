"""What one round asks, linearised where the weights so far have led."""

from dataclasses import dataclass, field

import numpy as np

__all__ = ["Limit", "Subproblem", "owner", "rival"]

# Price of |e|^2 beside the utility, in nats per row: a tenth of 1/2 |e|^2, which for a model that
# fits is what the weights cost the training rows to second order.
RIDGE = 0.05


def rival(name, k):
    """Name the k-th of the other gaps that an objective may become the largest of."""
    return f"{name}, rival {k}"


def owner(name):
    """Return the objective that a limit is held for: its own, or that which it is a rival of."""
    return name.partition(", rival ")[0]


@dataclass(frozen=True)
class Limit:
    """A quantity that may change by so much and no more.

    Parameters
    ----------
    influence : ndarray of shape (n,)
        Predicted change of it when a row is removed, in its own unit.
    slack : float
        By how much it may rise; negative: it must fall.
    fall : float, default=inf
        By how much it may fall: a gap that falls past 0 is a gap in the other direction.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.weights import Limit
    >>> Limit(np.array([0.1, -0.1]), slack=0.0).fall
    inf
    """

    influence: np.ndarray
    slack: float
    fall: float = np.inf


@dataclass(frozen=True)
class Subproblem:
    """The effect of further weight changes, to first order (and the utility's to second).

    A round of a sequence of such problems starts where the weights so far have led; the first, or
    the only one, starts at the fitted classifier.

    Parameters
    ----------
    influence : ndarray of shape (n,)
        Predicted change of the metric when a row is removed.
    value : float
        The metric now.
    initial : float
        The metric without any weight changes, above 0.
    epsilon : ndarray of shape (n,)
        The weight changes so far.
    guards : dict of str to Limit, default={}
        What may not get worse, with the rivals of a guard that is the largest of several gaps.
    rivals : dict of str to Limit, default={}
        If the metric is the largest of several gaps: the others, which must not become larger
        than the metric may be.
    reward : ndarray of shape (n,), default=None
        Linear part of the utility that is gained; None: the metric is what is improved.
    quadratic : LinearOperator of shape (q, n), default=None
        R of the utility's curvature ``1/2 |R e|^2``.
    unit : float, default=1.0
        What a row counts in the utility, on average: the mean weight of the training rows.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.weights import SoftWeights, Subproblem, Terms
    >>> half_way = Subproblem(np.array([0.1, 0.1]), 0.1, 0.2, epsilon=np.array([1.0, 0.0]))
    >>> SoftWeights().weigh(half_way, Terms(delta=1.0)).epsilon
    array([1., 1.])
    """

    influence: np.ndarray
    value: float
    initial: float
    epsilon: np.ndarray
    guards: dict[str, Limit] = field(default_factory=dict)
    rivals: dict[str, Limit] = field(default_factory=dict)
    reward: np.ndarray | None = None
    quadratic: object = None
    unit: float = 1.0

    @property
    def limits(self) -> dict[str, Limit]:
        """Guards and rivals together, by name."""
        return self.guards | self.rivals

    def price(self, terms) -> float | str:
        """Return the price of ``|e|^2`` beside the utility or the metric, or "auto"."""
        if self.quadratic is None or terms.regularization != "auto":
            return terms.regularization
        return RIDGE * self.unit
