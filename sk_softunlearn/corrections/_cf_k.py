"""Training the last layers on with the changed weights."""

from numbers import Integral
from typing import ClassVar

from sk_softunlearn._sklearn import Interval
from sk_softunlearn.corrections._base import Correction
from sk_softunlearn.corrections._descent import Reweighted, descend, weigh
from sk_softunlearn.corrections._last_layers import last_layers

__all__ = ["CFk"]


class CFk(Correction):
    """Catastrophically forgetting the last k layers: fine-tune them, the others held.

    CF-k of Goel et al. 2022, section 4.3, under weights `s (1 + epsilon)`.

    Parameters
    ----------
    k : int, default=1
        How many layers; a linear classifier has one.
    n_steps : int, default=200
        Number of steps.

    Raises
    ------
    ValueError
        By `correct`, if there are fewer layers, or an epsilon is below -1.

    Examples
    --------
    >>> from sk_softunlearn.corrections import CFk
    >>> CFk(k=2)
    CFk(k=2)
    """

    _parameter_constraints: ClassVar[dict] = {
        "k": [Interval(Integral, 1, None, closed="left")],
        "n_steps": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, k=1, n_steps=200):
        self.k = k
        self.n_steps = n_steps

    def move(self, view, epsilon, curvature, inverse, start):
        weight = weigh(view, epsilon, "cf_k")
        where = last_layers(view, self.k, "cf_k")
        return descend(start, Reweighted.going_on(view, weight), weight, self.n_steps, where)
