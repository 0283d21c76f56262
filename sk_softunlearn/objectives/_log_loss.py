"""The mean loss: utility."""

from sk_softunlearn.objectives._base import Objective
from sk_softunlearn.objectives._mean_loss import MeanLoss

__all__ = ["LogLoss"]


class LogLoss(Objective):
    """Mean log loss on the validation rows, in nats.

    With `objective="utility"` the weights keep it as low as they can. As a guard it may not rise.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.losses import LogisticLoss
    >>> from sk_softunlearn.objectives import EvaluationRows, LogLoss
    >>> y = np.array([0, 1])
    >>> rows = EvaluationRows(LogisticLoss(), y, np.ones(2), np.array([0, 1]), positive=1)
    >>> raw = np.zeros((2, 1))
    >>> round(LogLoss().bind(raw, rows).value(raw), 4)
    0.6931
    """

    name = "log_loss"

    def bind(self, raw, rows):
        return MeanLoss(rows)
