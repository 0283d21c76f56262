"""Training on with the changed weights."""

from numbers import Integral
from typing import ClassVar

from sk_softunlearn._sklearn import Interval
from sk_softunlearn.corrections._base import Correction
from sk_softunlearn.corrections._descent import Reweighted, descend, weigh

__all__ = ["FineTune"]


class FineTune(Correction):
    """Descend the objective with weights `s (1 + epsilon)` from the fitted parameters.

    Fine-tuning on what is retained (Golatkar et al. 2020a, "fine-tune"; Warnecke et al. 2023), by
    quasi-Newton steps over all rows, or by epochs of mini-batches. On a convex head with a fit at
    its minimum, enough steps end where retraining does. If the fit stopped short of its minimum,
    the correction does not finish it.

    Parameters
    ----------
    n_steps : int, default=200
        Number of steps over all rows.
    n_epochs : int, default=None
        Passes over the rows in mini-batches, in place of the steps, by the classifier's own
        optimizer (`View.trained_on`). They are for large networks, where a step over all rows is
        dear. They start from the fit and, like the steps, do not finish the training. Only their
        small number holds the parameters near the fit.

    Raises
    ------
    ValueError
        By `correct`, if an epsilon is below -1.
    UnsupportedEstimatorError
        By `correct`, with `n_epochs` for a model that is not trained in mini-batches.

    Examples
    --------
    >>> from sk_softunlearn.corrections import FineTune
    >>> FineTune(n_steps=50)
    FineTune(n_steps=50)
    """

    _parameter_constraints: ClassVar[dict] = {
        "n_steps": [Interval(Integral, 1, None, closed="left")],
        "n_epochs": [Interval(Integral, 1, None, closed="left"), None],
    }

    def __init__(self, n_steps=200, n_epochs=None):
        self.n_steps = n_steps
        self.n_epochs = n_epochs

    def move(self, view, epsilon, curvature, inverse, start):
        weight = weigh(view, epsilon, "fine_tune")
        if self.n_epochs is not None:
            return view.trained_on(weight, self.n_epochs).theta
        return descend(start, Reweighted.going_on(view, weight), weight, self.n_steps)
