"""Predicted against really retrained."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from sk_softunlearn.audit._display import Display
from sk_softunlearn.audit._style import BLUE, GREY, readable

__all__ = ["ValidationDisplay"]


@dataclass(kw_only=True, eq=False, repr=False)
class ValidationDisplay(Display):
    """Predicted change of an objective against the one that retraining brought.

    On the line the prediction holds.

    Parameters
    ----------
    predicted, measured : ndarray of shape (n,)
        Changes of the objective.
    name : str
        Of the objective.

    Attributes
    ----------
    points_ : matplotlib Line2D
        The pairs.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.audit import ValidationDisplay
    >>> predicted, measured = np.array([-0.01, 0.0, 0.02]), np.array([-0.02, 0.0, 0.03])
    >>> display = ValidationDisplay(predicted=predicted, measured=measured, name="log_loss")
    >>> round(display.rank_correlation(), 3)
    1.0
    """

    predicted: np.ndarray
    measured: np.ndarray
    name: str

    @classmethod
    def from_estimator(
        cls, estimator, *, method="loo", n=None, name=None, ax=None, **line_kw
    ) -> Self:
        """Retrain, and plot what was predicted against it.

        Parameters
        ----------
        estimator : SoftUnlearner
            With influence; for "retrain" also with weights.
        method : "loo" or "retrain", default="loo"
            As `SoftUnlearner.validate` takes it.
        n : int, default=None
            How many rows or shares.
        name : str, default=None
            Objective to plot; None: the metric.
        ax, **line_kw : optional
            As `plot` takes them; `line_kw` goes to matplotlib's `plot`.
        """
        name = next(iter(estimator.before_)) if name is None else name
        table = estimator.validate(method, n)
        predicted, measured = (table[f"{k}_{name}"].to_numpy() for k in ("predicted", "measured"))
        return cls(predicted=predicted, measured=measured, name=name).plot(ax=ax, **line_kw)

    def frame(self) -> pd.DataFrame:
        """Return `predicted` and `measured`, a DataFrame of n rows."""
        return pd.DataFrame({"predicted": self.predicted, "measured": self.measured})

    def rank_correlation(self) -> float:
        """Return Spearman's correlation of predicted and measured, a float."""
        predicted, measured = (np.argsort(np.argsort(v)) for v in (self.predicted, self.measured))
        return float(np.corrcoef(predicted, measured)[0, 1])

    def draw(self, ax, **line_kw):
        """Draw the pairs; `line_kw` goes to matplotlib's `plot`."""
        both = np.concatenate([self.predicted, self.measured])
        ax.plot([both.min(), both.max()], [both.min(), both.max()], color=GREY, linestyle=":")
        style = {"marker": "o", "linestyle": "none", "color": BLUE, "alpha": 0.7}
        (self.points_,) = ax.plot(self.measured, self.predicted, **(style | line_kw))
        ax.set(
            xlabel=f"measured change of {readable(self.name)}",
            ylabel="predicted change",
            title=f"Spearman {self.rank_correlation():.3f}",
        )
        ax.ticklabel_format(scilimits=(-2, 3))
