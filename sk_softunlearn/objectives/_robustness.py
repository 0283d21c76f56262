"""The mean loss on adversarial points."""

from numbers import Integral, Real
from typing import ClassVar

import numpy as np

from sk_softunlearn._sklearn import Interval, StrOptions
from sk_softunlearn.objectives._base import Objective
from sk_softunlearn.objectives._mean_loss import MeanLoss

__all__ = ["Robustness"]


class Robustness(Objective):
    """Mean loss on points that an attack on the fitted classifier has moved.

    The points are made once, for the fitted classifier, and do not change afterwards. So this
    measures how an attack on the old model transfers to the corrected one. Three attacks:

    - "boundary": `x' = x - overshoot z / |w|^2 w` (arXiv 2505.18783, after DeepFool), across the
      nearest decision boundary, in the space of features that the corrected layers see. A new
      attack of this kind crosses the boundary of any linear model.
    - "inf" and "2": projected gradient ascent within a ball of that norm (Madry et al. 2018), in
      the space of the inputs that the classifier sees.

    Parameters
    ----------
    overshoot : float, default=1.3
        Of "boundary": length of the move, in distances to the boundary; above 1 it is crossed.
    attack : "boundary", "inf" or "2", default="boundary"
        How the points are moved.
    radius : float, default=0.1
        Of "inf" and "2": of the ball, in the unit of the inputs.
    n_steps : int, default=10
        Of "inf" and "2": steps of the ascent; 1 is the fast gradient (sign) method.

    Examples
    --------
    >>> from sk_softunlearn.objectives import Robustness
    >>> Robustness(attack="inf", radius=0.2)
    Robustness(attack='inf', radius=0.2)
    """

    name = "robustness"
    _parameter_constraints: ClassVar[dict] = {
        "overshoot": [Interval(Real, 0, np.inf, closed="neither")],
        "attack": [StrOptions({"boundary", "inf", "2"})],
        "radius": [Interval(Real, 0, np.inf, closed="left")],
        "n_steps": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, overshoot=1.3, attack="boundary", radius=0.1, n_steps=10):
        self.overshoot = overshoot
        self.attack = attack
        self.radius = radius
        self.n_steps = n_steps

    def place(self, view, rows):
        """Return the view of the adversarial points."""
        if self.attack == "boundary":
            return view.adversarial(self.overshoot)
        return view.attacked(self.radius, self.attack, self.n_steps)

    def bind(self, raw, rows):
        return MeanLoss(rows)
