"""A Newton step with noise that hides what it leaves."""

from numbers import Real
from typing import ClassVar

import numpy as np
from sklearn.utils import check_random_state

from sk_softunlearn._sklearn import Interval
from sk_softunlearn.corrections._base import Correction
from sk_softunlearn.corrections._descent import Reweighted, weigh

__all__ = ["Fisher"]

# Information per row below which the noise grows no more, as in the code of the paper.
LEAST = 1e-3


class Fisher(Correction):
    r"""Fisher forgetting: a weighted Newton step, then noise where the loss is flat.

    .. math:: \theta - H_w^{-1} g_w + \mathtt{noise}^{1/4} F_w^{-1/4} \xi

    (Golatkar et al. 2020a, eq. 7 and 8). Under weights `s (1 + epsilon)`, :math:`H_w` is the
    curvature, :math:`g_w` the gradient without the slope that training left, and :math:`F_w` the
    diagonal Fisher information per row; :math:`\xi` is standard normal. A direction that the data
    determine gets little noise, one that they leave open gets much.

    Parameters
    ----------
    noise : float, default=1e-9
        `alpha sigma^2` of the paper; 0 leaves the Newton step.
    random_state : int, RandomState or None, default=None
        For the noise.

    Raises
    ------
    ValueError
        By `correct`, if an epsilon is below -1.

    Examples
    --------
    >>> from sk_softunlearn.corrections import Fisher
    >>> Fisher(noise=1e-8, random_state=0)
    Fisher(noise=1e-08, random_state=0)
    """

    _parameter_constraints: ClassVar[dict] = {
        "noise": [Interval(Real, 0, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(self, noise=1e-9, random_state=None):
        self.noise = noise
        self.random_state = random_state

    def move(self, view, epsilon, curvature, inverse, start):
        weight = weigh(view, epsilon, "fisher")
        step = curvature.invert(view, weight) @ Reweighted.going_on(view, weight).gradient(view)
        information = view.jacobian.gram_diagonal(view.bend(weight)) + view.penalty
        spread = (self.noise / np.maximum(information / weight.sum(), LEAST)) ** 0.25
        return (
            view.theta
            - step
            + spread * check_random_state(self.random_state).normal(size=len(spread))
        )
