"""A student that obeys its teacher on what is retained and departs from it elsewhere."""

import numpy as np

from sk_softunlearn.corrections._base import Correction
from sk_softunlearn.corrections._descent import curvature_product, descend, weigh

__all__ = ["Scrub"]


class Scrub(Correction):
    """Alternate steps away from the teacher and towards it (SCRUB, Kurmanji et al. 2023, eq. 3).

    The teacher is the fitted classifier. A max-step raises the divergence from its outputs on the
    rows with epsilon < 0, weighted by -epsilon; min-steps then lower `alpha` times the divergence
    plus `gamma` times the loss of the labels on all rows, weighted by 1 + epsilon.

    Parameters
    ----------
    n_epochs : int, default=5
        Number of alternations.
    n_ascents : int, default=3
        In how many of them, from the first, a max-step is taken.
    n_steps : int, default=40
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

    def __init__(
        self, n_epochs=5, n_ascents=3, n_steps=40, alpha=0.1, gamma=0.9, learning_rate=0.2
    ):
        self.n_epochs = n_epochs
        self.n_ascents = n_ascents
        self.n_steps = n_steps
        self.alpha = alpha
        self.gamma = gamma
        self.learning_rate = learning_rate

    def _correct(self, view, epsilon, curvature, inverse, start):
        kept = weigh(view, epsilon, "scrub")
        gone = view.sample_weight * np.maximum(-epsilon, 0.0)
        teacher = view.raw_prediction
        there = view

        def towards(student):
            departure = student.loss.departure_slope(student.raw_prediction, teacher)
            slope = self.alpha * departure + self.gamma * student.slope
            pull = student.pull(slope * kept[:, None])
            return pull + self.gamma * student.penalty * student.theta

        for epoch in range(self.n_epochs):
            if epoch < self.n_ascents:
                there = there.at(there.theta + self._ascent(view, there, teacher, gone))
            there = there.at(descend(there, towards, kept, self.n_steps))
        return there.theta

    def _ascent(self, view, student, teacher, gone):
        """Return the step that raises the divergence on the rows that are weighted down."""
        departure = student.loss.departure_slope(student.raw_prediction, teacher)
        slope = student.pull(departure * gone[:, None])
        bend = view.bend(view.sample_weight)
        resistance = slope @ curvature_product(view, bend, slope)
        if resistance <= 0:
            return np.zeros_like(slope)
        return self.learning_rate * (slope @ slope) / resistance * slope
