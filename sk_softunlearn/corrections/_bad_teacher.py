"""A student of two teachers, one of them ignorant."""

from numbers import Integral
from typing import ClassVar

import numpy as np

from sk_softunlearn._sklearn import Interval
from sk_softunlearn.corrections._base import Correction
from sk_softunlearn.corrections._descent import descend, weigh

__all__ = ["BadTeacher"]


class BadTeacher(Correction):
    r"""Distil from the fitted classifier and, where rows are weighted down, from a random one.

    With D the divergence from the fitted classifier's outputs and :math:`D'` that from those of a
    randomly initialised one,

    .. math::

        \min_\theta \sum_i s_i \big((1 + \varepsilon_i) D_i + \max(-\varepsilon_i, 0) D'_i\big)

    (Chundawat et al. 2023, eq. 5). No labels are used, so rows that are weighted up hold the
    student where it is.

    Parameters
    ----------
    n_steps : int, default=50
        Number of quasi-Newton steps.
    random_state : int, RandomState or None, default=None
        For the random teacher.

    Raises
    ------
    ValueError
        By `correct`, if an epsilon is below -1.

    Examples
    --------
    >>> from sk_softunlearn.corrections import BadTeacher
    >>> BadTeacher(random_state=0)
    BadTeacher(random_state=0)
    """

    _parameter_constraints: ClassVar[dict] = {
        "n_steps": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(self, n_steps=50, random_state=None):
        self.n_steps = n_steps
        self.random_state = random_state

    def move(self, view, epsilon, curvature, inverse, start):
        kept = weigh(view, epsilon, "bad_teacher")
        gone = view.sample_weight * np.maximum(-epsilon, 0.0)
        bad = view.at(view.fresh(self.random_state)).raw_prediction
        lessons = [(view.raw_prediction, kept), (bad, gone)]
        return descend(view, _Distilled(lessons), kept + gone, self.n_steps)


class _Distilled:
    """Divergence from several teachers, each with weights of its own on the rows."""

    def __init__(self, lessons):
        self.lessons = lessons

    def value_and_gradient(self, student):
        raw, loss, value, slope = student.raw_prediction, student.loss, 0.0, 0.0
        for teacher, weight in self.lessons:
            value += weight @ loss.departure(raw, teacher)
            slope += loss.departure_slope(raw, teacher) * weight[:, None]
        return float(value), student.pull(slope)
