"""Gradient steps on the change of the weights alone."""

from numbers import Integral, Real
from typing import ClassVar

from sk_softunlearn._sklearn import Interval
from sk_softunlearn.corrections._base import Correction
from sk_softunlearn.corrections._descent import curvature_product

__all__ = ["GradientAscent"]


class GradientAscent(Correction):
    r"""Up the loss of rows that are weighted down, down that of rows that are weighted up.

    A few steps of

    .. math:: \theta \leftarrow \theta - \eta \sum_i s_i \varepsilon_i \nabla \ell_i(\theta)

    (Golatkar et al. 2020a, "negative gradient"; Thudi et al. 2022, eq. 6, for hard removal).
    :math:`\eta` is a share of the step that is best on the quadratic model of the fitted objective
    along that gradient, so the defaults add up to one such step. It is fast, and rough, because it
    knows the curvature in one direction only.

    Parameters
    ----------
    n_steps : int, default=5
        Number of steps.
    learning_rate : float, default=0.2
        Length of each, as a share of the best step on the quadratic model.

    Examples
    --------
    >>> from sk_softunlearn.corrections import GradientAscent
    >>> GradientAscent(n_steps=10)
    GradientAscent(n_steps=10)
    """

    _parameter_constraints: ClassVar[dict] = {
        "n_steps": [Interval(Integral, 1, None, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(self, n_steps=5, learning_rate=0.2):
        self.n_steps = n_steps
        self.learning_rate = learning_rate

    def move(self, view, epsilon, curvature, inverse, start):
        weight = view.sample_weight * epsilon
        bend = view.bend(view.sample_weight)
        there = view
        for _ in range(self.n_steps):
            slope = there.pull(there.slope * weight[:, None])
            resistance = slope @ curvature_product(view, bend, slope)
            if resistance <= 0:
                break
            length = self.learning_rate * (slope @ slope) / resistance
            there = there.at(there.theta - length * slope)
        return there.theta
