"""Training the last layers from scratch with the changed weights."""

import numpy as np

from sk_softunlearn.corrections._base import Correction
from sk_softunlearn.corrections._descent import descend, weigh
from sk_softunlearn.corrections._last_layers import last_layers

__all__ = ["EUk"]


class EUk(Correction):
    """Exactly unlearning the last k layers: re-initialise and train them, the others held.

    EU-k of Goel et al. 2022, section 4.3, under weights `s (1 + epsilon)`.

    Parameters
    ----------
    k : int, default=1
        How many layers; a linear classifier has one.
    n_steps : int, default=500
        Number of steps.
    learning_rate : float, default=1.0
        Length of each, as a share of what is safe on a quadratic.
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

    def __init__(self, k=1, n_steps=500, learning_rate=1.0, random_state=None):
        self.k = k
        self.n_steps = n_steps
        self.learning_rate = learning_rate
        self.random_state = random_state

    def _correct(self, view, epsilon, curvature, inverse, start):
        weight = weigh(view, epsilon, "eu_k")
        where = last_layers(view, self.k, "eu_k")
        theta = np.array(view.theta)
        theta[where] = view.fresh(self.random_state)[where]
        gradient = lambda there: there.gradient(weight)  # noqa: E731
        return descend(view.at(theta), gradient, weight, self.n_steps, self.learning_rate, where)
