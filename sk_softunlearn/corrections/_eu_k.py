"""Training the last layers from scratch with the changed weights."""

from numbers import Integral
from typing import ClassVar

import numpy as np

from sk_softunlearn._sklearn import Interval
from sk_softunlearn.corrections._base import Correction
from sk_softunlearn.corrections._descent import Reweighted, descend, weigh
from sk_softunlearn.corrections._last_layers import last_layers

__all__ = ["EUk"]


class EUk(Correction):
    """Exactly unlearning the last k layers: re-initialise and train them, the others held.

    EU-k of Goel et al. 2022, section 4.3, under weights `s (1 + epsilon)`. These layers are trained
    to the end, even if the fit stopped early.

    Parameters
    ----------
    k : int, default=1
        How many layers; a linear classifier has one.
    n_steps : int, default=500
        Number of steps.
    random_state : int, RandomState or None, default=None
        For the parameters that training starts from.

    Raises
    ------
    ValueError
        By `correct`, if there are fewer layers, or an epsilon is below -1.

    Examples
    --------
    >>> from sk_softunlearn.corrections import EUk
    >>> EUk(k=2, random_state=0)
    EUk(k=2, random_state=0)
    """

    _parameter_constraints: ClassVar[dict] = {
        "k": [Interval(Integral, 1, None, closed="left")],
        "n_steps": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(self, k=1, n_steps=500, random_state=None):
        self.k = k
        self.n_steps = n_steps
        self.random_state = random_state

    def move(self, view, epsilon, curvature, inverse, start):
        weight = weigh(view, epsilon, "eu_k")
        where = last_layers(view, self.k, "eu_k")
        theta = np.array(view.theta)
        theta[where] = view.fresh(self.random_state)[where]
        fresh = view.at(theta)
        return descend(fresh, Reweighted(weight), weight, self.n_steps, where)
