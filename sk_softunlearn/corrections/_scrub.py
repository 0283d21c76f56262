"""A student that obeys its teacher on what is retained and departs from it elsewhere."""

from numbers import Integral, Real
from typing import ClassVar

import numpy as np

from sk_softunlearn._sklearn import Interval
from sk_softunlearn.corrections._base import Correction
from sk_softunlearn.corrections._descent import Reweighted, curvature_product, descend, weigh

__all__ = ["Scrub"]


class Scrub(Correction):
    r"""Alternate steps away from the teacher and towards it (SCRUB, Kurmanji et al. 2023, eq. 3).

    The teacher is the fitted classifier, and D the divergence from its outputs. Max-steps raise the
    first sum, min-steps lower the second:

    .. math::

        \sum_i s_i \max(-\varepsilon_i, 0)\, D_i, \qquad
        \sum_i s_i (1 + \varepsilon_i) (\alpha D_i + \gamma\, \ell_i).

    The min-steps are few. On a convex head many of them would undo the max-steps.

    Parameters
    ----------
    n_epochs : int, default=5
        Number of alternations, each of min-steps and, but for the last ones, a max-step. The
        min-steps come first: at the teacher itself the divergence has no slope.
    n_ascents : int, default=3
        After how many of them, from the first, a max-step is taken.
    n_steps : int, default=5
        Min-steps per alternation.
    alpha : float, default=0.1
        Weight of the divergence in the min-steps.
    gamma : float, default=0.9
        Weight of the labels' loss in the min-steps.
    learning_rate : float, default=0.2
        Length of a max-step, as a share of the best one on a quadratic model.

    Raises
    ------
    ValueError
        By `correct`, if an epsilon is below -1.

    Examples
    --------
    >>> from sk_softunlearn.corrections import Scrub
    >>> Scrub(alpha=0.5)
    Scrub(alpha=0.5)
    """

    _parameter_constraints: ClassVar[dict] = {
        "n_epochs": [Interval(Integral, 1, None, closed="left")],
        "n_ascents": [Interval(Integral, 0, None, closed="left")],
        "n_steps": [Interval(Integral, 1, None, closed="left")],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "gamma": [Interval(Real, 0, None, closed="neither")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(self, n_epochs=5, n_ascents=3, n_steps=5, alpha=0.1, gamma=0.9, learning_rate=0.2):
        self.n_epochs = n_epochs
        self.n_ascents = n_ascents
        self.n_steps = n_steps
        self.alpha = alpha
        self.gamma = gamma
        self.learning_rate = learning_rate

    def move(self, view, epsilon, curvature, inverse, start):
        kept = weigh(view, epsilon, "scrub")
        gone = view.sample_weight * np.maximum(-epsilon, 0.0)
        towards = _Obedience(view, kept, self.alpha, self.gamma)
        there = view
        for epoch in range(self.n_epochs):
            there = there.at(descend(there, towards, kept, self.n_steps))
            if epoch < min(self.n_ascents, self.n_epochs - 1):
                there = there.at(there.theta + self._ascent(view, there, gone))
        return there.theta

    def _ascent(self, view, student, gone):
        """Return the step that raises the divergence on the rows that are weighted down."""
        departure = student.loss.departure_slope(student.raw_prediction, view.raw_prediction)
        slope = student.pull(departure * gone[:, None])
        bend = view.bend(view.sample_weight)
        resistance = slope @ curvature_product(view, bend, slope)
        if resistance <= 0:
            return np.zeros_like(slope)
        return self.learning_rate * (slope @ slope) / resistance * slope


class _Obedience:
    """What the min-steps lower: the divergence from the teacher, and the loss of the labels."""

    def __init__(self, view, kept, alpha, gamma):
        self.teacher = view.raw_prediction
        self.kept = kept
        self.labels = Reweighted.going_on(view, kept)
        self.alpha = alpha
        self.gamma = gamma

    def value_and_gradient(self, student):
        value, gradient = self.labels.value_and_gradient(student)
        raw, loss = student.raw_prediction, student.loss
        departure = self.kept @ loss.departure(raw, self.teacher)
        slope = loss.departure_slope(raw, self.teacher) * self.kept[:, None]
        value = self.alpha * departure + self.gamma * value
        return value, self.alpha * student.pull(slope) + self.gamma * gradient
