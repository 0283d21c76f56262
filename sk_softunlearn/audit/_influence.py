"""What every row does to the metric and to utility, and the weight it got."""

from typing import Self

import numpy as np
from sklearn.utils import check_random_state

from sk_softunlearn._sklearn import check_matplotlib_support
from sk_softunlearn.audit._style import GREY, new_axes, readable

__all__ = ["InfluenceDisplay"]


class InfluenceDisplay:
    """Influence of every row on the metric against that on utility, coloured by weight change.

    Rows to the left hurt the metric: it falls without them. Rows below hurt utility. Deleting
    the leftmost would take useful rows along; the colours show what soft weights do instead.

    Parameters
    ----------
    metric, utility : ndarray of shape (n,)
        Influence scores: predicted change when the row is removed.
    epsilon : ndarray of shape (n,)
        Weight changes.
    metric_name, utility_name : str
        Of the objectives.

    Attributes
    ----------
    points_ : matplotlib PathCollection
        The rows.
    ax_ : matplotlib Axes
        Axes with the rows.
    figure_ : matplotlib Figure
        Figure that contains it.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sk_softunlearn import SoftUnlearner
    >>> from sk_softunlearn.audit import InfluenceDisplay
    >>> rng = np.random.default_rng(0)
    >>> group = rng.integers(2, size=500)
    >>> X = rng.normal(size=(500, 3)) + group[:, None] * [1.0, 0.0, 0.0]
    >>> y = (X.sum(axis=1) + rng.normal(size=500) > 0.5).astype(int)
    >>> soft = SoftUnlearner(LogisticRegression(), random_state=0)
    >>> soft = soft.fit(X, y, sensitive_features=group)
    >>> InfluenceDisplay.from_estimator(soft).epsilon.shape
    (500,)
    """

    def __init__(self, *, metric, utility, epsilon, metric_name, utility_name):
        self.metric = metric
        self.utility = utility
        self.epsilon = epsilon
        self.metric_name = metric_name
        self.utility_name = utility_name

    @classmethod
    def from_estimator(
        cls, estimator, *, n_points=20_000, random_state=0, ax=None, **scatter_kw
    ) -> Self:
        """Plot the rows of a SoftUnlearner.

        Parameters
        ----------
        estimator : SoftUnlearner
            With weights.
        n_points : int, default=20000
            How many rows are drawn at most; more are drawn from at random.
        random_state : int, RandomState or None, default=0
            Chooses them.
        ax : matplotlib Axes, default=None
            Axes to plot on; None: new ones.
        **scatter_kw : dict
            Passed on to matplotlib's `scatter`.

        Returns
        -------
        display : InfluenceDisplay
            Plotted.
        """
        name, count = next(iter(estimator.before_)), len(estimator.epsilon_)
        drawn = np.arange(count)
        if count > n_points:
            drawn = check_random_state(random_state).choice(count, n_points, replace=False)
        display = cls(
            metric=estimator.influence_[name][drawn],
            utility=estimator.influence_["log_loss"][drawn],
            epsilon=estimator.epsilon_[drawn],
            metric_name=name,
            utility_name="log_loss",
        )
        return display.plot(ax=ax, **scatter_kw)

    def plot(self, ax=None, **scatter_kw) -> Self:
        """Plot the rows.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on; None: new ones.
        **scatter_kw : dict
            Passed on to matplotlib's `scatter`.

        Returns
        -------
        display : InfluenceDisplay
            With `points_`, `ax_` and `figure_`.
        """
        check_matplotlib_support("InfluenceDisplay.plot")
        ax = new_axes(ax)
        # The rows that moved most are drawn last; a few of them must not wash out the others.
        order = np.argsort(np.abs(self.epsilon), kind="stable")
        largest = np.percentile(np.abs(self.epsilon), 99) or 1.0
        style = {"s": 6, "cmap": "RdBu", "vmin": -largest, "vmax": largest, "rasterized": True}
        ax.axhline(0, color=GREY, linewidth=0.6, zorder=0)
        ax.axvline(0, color=GREY, linewidth=0.6, zorder=0)
        self.points_ = ax.scatter(
            self.metric[order],
            self.utility[order],
            c=self.epsilon[order],
            edgecolors=GREY,
            linewidths=0.1,
            **(style | scatter_kw),
        )
        ax.figure.colorbar(self.points_, ax=ax, label="weight change", extend="both")
        ax.set(
            xlabel=f"influence on {readable(self.metric_name)}",
            ylabel=f"influence on {readable(self.utility_name)}",
        )
        ax.ticklabel_format(scilimits=(-2, 3))
        self.ax_, self.figure_ = ax, ax.figure
        return self
