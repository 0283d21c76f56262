"""Training the last layers on with the changed weights."""

from sk_softunlearn.corrections._base import Correction
from sk_softunlearn.corrections._descent import descend, weigh
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
    learning_rate : float, default=1.0
        Length of each, as a share of what is safe on a quadratic.

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

    def __init__(self, k=1, n_steps=200, learning_rate=1.0):
        self.k = k
        self.n_steps = n_steps
        self.learning_rate = learning_rate

    def _correct(self, view, epsilon, curvature, inverse, start):
        weight = weigh(view, epsilon, "cf_k")
        where = last_layers(view, self.k, "cf_k")
        gradient = lambda there: there.gradient(weight)  # noqa: E731
        return descend(start, gradient, weight, self.n_steps, self.learning_rate, where)
