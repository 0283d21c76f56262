"""Retraining with the weights: the exact reference."""

import numpy as np

from sk_softunlearn.corrections._base import Correction

__all__ = ["Retrain"]


class Retrain(Correction):
    """Fit a clone of the classifier with sample weights `s (1 + epsilon)`.

    As exact as the classifier's own solver and tolerance.

    Raises
    ------
    ValueError
        By `correct`, if an epsilon is below -1: no solver takes negative weights safely.

    Examples
    --------
    >>> from sk_softunlearn.corrections import Retrain
    >>> Retrain()
    Retrain()
    """

    def _correct(self, view, epsilon, curvature, inverse, start):
        if np.min(epsilon) < -1.0:
            raise ValueError(
                "'correction'='retrain' needs every epsilon to be at least -1, got "
                f"{np.min(epsilon):.3g}. Set the lower of 'bounds' to -1, or use 'newton'."
            )
        return view.refit(view.sample_weight * (1.0 + epsilon))
