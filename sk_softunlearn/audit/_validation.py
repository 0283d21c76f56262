"""Predicted against really retrained."""

from typing import Self

import numpy as np

from sk_softunlearn._sklearn import check_matplotlib_support
from sk_softunlearn.audit._style import BLUE, GREY, new_axes, readable

__all__ = ["ValidationDisplay"]


class ValidationDisplay:
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
    ax_ : matplotlib Axes
        Axes with the pairs.
    figure_ : matplotlib Figure
        Figure that contains it.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sk_softunlearn import SoftUnlearner
    >>> from sk_softunlearn.audit import ValidationDisplay
    >>> rng = np.random.default_rng(0)
    >>> group = rng.integers(2, size=500)
    >>> X = rng.normal(size=(500, 3)) + group[:, None] * [1.0, 0.0, 0.0]
    >>> y = (X.sum(axis=1) + rng.normal(size=500) > 0.5).astype(int)
    >>> soft = SoftUnlearner(LogisticRegression(), random_state=0)
    >>> soft = soft.fit(X, y, sensitive_features=group)
    >>> display = ValidationDisplay.from_estimator(soft, n=20)
    >>> bool(display.rank_correlation() > 0.95)
    True
    """

    def __init__(self, *, predicted, measured, name):
        self.predicted = predicted
        self.measured = measured
        self.name = name

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
        ax : matplotlib Axes, default=None
            Axes to plot on; None: new ones.
        **line_kw : dict
            Passed on to matplotlib's `plot`.

        Returns
        -------
        display : ValidationDisplay
            Plotted.
        """
        name = next(iter(estimator.before_)) if name is None else name
        table = estimator.validate(method, n)
        predicted, measured = (table[f"{k}_{name}"].to_numpy() for k in ("predicted", "measured"))
        return cls(predicted=predicted, measured=measured, name=name).plot(ax=ax, **line_kw)

    def rank_correlation(self) -> float:
        """Return Spearman's correlation of predicted and measured, a float."""
        predicted, measured = (np.argsort(np.argsort(v)) for v in (self.predicted, self.measured))
        return float(np.corrcoef(predicted, measured)[0, 1])

    def plot(self, ax=None, **line_kw) -> Self:
        """Plot the pairs.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on; None: new ones.
        **line_kw : dict
            Passed on to matplotlib's `plot`.

        Returns
        -------
        display : ValidationDisplay
            With `points_`, `ax_` and `figure_`.
        """
        check_matplotlib_support("ValidationDisplay.plot")
        ax = new_axes(ax)
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
        self.ax_, self.figure_ = ax, ax.figure
        return self
