"""A student of two teachers, one of them ignorant."""

import numpy as np

from sk_softunlearn.corrections._base import Correction
from sk_softunlearn.corrections._descent import descend, weigh

__all__ = ["BadTeacher"]


class BadTeacher(Correction):
    """Distil from the fitted classifier and, where rows are weighted down, from a random one.

    Chundawat et al. 2023, eq. 5: the divergence from the fitted classifier's outputs has weight
    1 + epsilon, that from a randomly initialised one `max(-epsilon, 0)`. No labels are used, so
    rows that are weighted up hold the student where it is.

    Parameters
    ----------
    n_steps : int, default=200
        Number of steps.
    learning_rate : float, default=1.0
        Length of each, as a share of what is safe on a quadratic.
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

    def __init__(self, n_steps=200, learning_rate=1.0, random_state=None):
        self.n_steps = n_steps
        self.learning_rate = learning_rate
        self.random_state = random_state

    def _correct(self, view, epsilon, curvature, inverse, start):
        kept = weigh(view, epsilon, "bad_teacher")
        gone = view.sample_weight * np.maximum(-epsilon, 0.0)
        good = view.raw_prediction
        bad = view.at(view.fresh(self.random_state)).raw_prediction

        def gradient(student):
            raw, departure = student.raw_prediction, student.loss.departure_slope
            slope = departure(raw, good) * kept[:, None] + departure(raw, bad) * gone[:, None]
            return student.pull(slope)

        return descend(view, gradient, kept + gone, self.n_steps, self.learning_rate)
