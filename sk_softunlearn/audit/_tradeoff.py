"""What every delta costs and brings, as a figure."""

from dataclasses import dataclass
from typing import Self

import narwhals as nw
import numpy as np
import pandas as pd

from sk_softunlearn._steps._path import spread
from sk_softunlearn.audit._display import Display
from sk_softunlearn.audit._style import BLUE, GREY, ORANGE, readable

__all__ = ["TradeoffDisplay"]

# Deltas that are named beside their marks, at most.
MOST_NAMES = 6


@dataclass(kw_only=True, eq=False, repr=False)
class TradeoffDisplay(Display):
    """Utility against the metric along a path of deltas.

    Made by `from_estimator`, on validation rows or others, or by `from_cv_results`.

    Parameters
    ----------
    deltas : ndarray of shape (k,)
        Shares of the metric that were asked to go, ascending.
    metric, utility : ndarray of shape (k,)
        What was measured at each; nan where a delta was infeasible.
    metric_name, utility_name : str
        Labels of the axes.
    metric_std, utility_std : ndarray of shape (k,), default=None
        Standard deviations over folds, drawn as bars.
    start : tuple of two float, default=None
        Metric and utility of the classifier as it was.
    chosen : int, default=None
        Index of the delta to point out.
    limit : float, default=None
        What the metric was to stay below.

    Attributes
    ----------
    line_ : matplotlib Line2D
        The path.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sk_softunlearn import SoftUnlearner
    >>> from sk_softunlearn.audit import TradeoffDisplay
    >>> rng = np.random.default_rng(0)
    >>> group = rng.integers(2, size=2000)
    >>> X = rng.normal(size=(2000, 3)) + group[:, None] * [1.0, 0.0, 0.0]
    >>> y = (X.sum(axis=1) + rng.normal(size=2000) > 0.5).astype(int)
    >>> soft = SoftUnlearner(LogisticRegression(), random_state=0)
    >>> soft = soft.fit(X, y, sensitive_features=group)
    >>> display = TradeoffDisplay.from_estimator(soft, deltas=[0.25, 0.5])
    >>> [round(float(value), 2) for value in display.metric]
    [0.15, 0.1]
    """

    deltas: np.ndarray
    metric: np.ndarray
    utility: np.ndarray
    metric_name: str
    utility_name: str
    metric_std: np.ndarray | None = None
    utility_std: np.ndarray | None = None
    start: tuple[float, float] | None = None
    chosen: int | None = None
    limit: float | None = None

    @classmethod
    def from_estimator(
        cls, estimator, X=None, y=None, *, sensitive_features=None, deltas=10, ax=None, **line_kw
    ) -> Self:
        """Correct for every delta, measure and plot.

        Parameters
        ----------
        estimator : SoftUnlearner
            Fitted; left as it is.
        X : array-like, DataFrame or sparse of shape (n, p), default=None
            Rows to measure on; None: the validation rows.
        y : array-like of shape (n,), default=None
            Their labels.
        sensitive_features : Series, DataFrame, dict, list or ndarray, default=None
            Their sensitive columns, as `audit` takes them.
        deltas : int or array-like of shape (k,), default=10
            Shares of the metric that must go; an int: that many, evenly spaced up to 1, or to
            `max_improvement` if that is less.
        ax, **line_kw : optional
            As `plot` takes them; `line_kw` goes to matplotlib's `plot`.
        """
        deltas = spread(deltas, estimator.max_improvement)
        features = {"sensitive_features": sensitive_features}
        path = nw.from_native(estimator.delta_path(deltas, X, y, **features), eager_only=True)
        before = estimator.before_
        if X is not None:
            before = estimator.audit(X, y, **features).measured[0]
        name = next(iter(before))
        display = cls(
            deltas=deltas,
            metric=_reached(path, before, name),
            utility=_reached(path, before, "log_loss"),
            metric_name=name,
            utility_name="log_loss",
            start=(before[name], before["log_loss"]),
        )
        return display.plot(ax=ax, **line_kw)

    @classmethod
    def from_cv_results(cls, search, *, ax=None, **line_kw) -> Self:
        """Plot what a search over delta found, with standard deviations over its folds.

        Parameters
        ----------
        search : SoftUnlearnerCV
            Fitted.
        ax, **line_kw : optional
            As `plot` takes them; `line_kw` goes to matplotlib's `plot`.
        """
        name, results = next(iter(search.unlearner_.before_)), search.cv_results_
        limit = search.constraint if np.ndim(search.constraint) == 0 else None
        display = cls(
            deltas=search.deltas_,
            metric=results[f"mean_test_{name}"],
            utility=results["mean_test_score"],
            metric_name=name,
            utility_name="score" if search.scoring else "accuracy",
            metric_std=results[f"std_test_{name}"],
            utility_std=results["std_test_score"],
            chosen=search.best_index_,
            limit=limit,
        )
        return display.plot(ax=ax, **line_kw)

    def frame(self) -> pd.DataFrame:
        """Return the path, a DataFrame of k rows.

        By `delta`: `metric` and `utility`; `metric_std` and `utility_std` if they were given.
        """
        names = ["metric", "utility", "metric_std", "utility_std"]
        given = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return pd.DataFrame(given, index=pd.Index(self.deltas, name="delta"))

    def plot(self, ax=None, *, name=None, **line_kw) -> Self:
        """Draw on the axes given, or on new ones.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None: new ones.
        name : str, default=None
            Label of the path in a legend.
        **line_kw : dict
            Passed on to matplotlib's `plot`.
        """
        return super().plot(ax, name=name, **line_kw)

    def draw(self, ax, *, name=None, **line_kw):
        """Draw the path, `name` in a legend; `line_kw` goes to matplotlib's `plot`."""
        style = {"marker": "o", "color": BLUE, "label": name} | line_kw
        if self.metric_std is not None:
            ax.errorbar(
                self.metric,
                self.utility,
                xerr=self.metric_std,
                yerr=self.utility_std,
                fmt="none",
                ecolor=GREY,
                elinewidth=0.8,
                alpha=0.6,
            )
        (self.line_,) = ax.plot(self.metric, self.utility, **style)
        if self.start is not None:
            ax.plot(*self.start, marker="s", color=GREY, linestyle="none")
            ax.plot(
                [self.start[0], self.metric[0]],
                [self.start[1], self.utility[0]],
                color=GREY,
                linestyle=":",
            )
            self._write(ax, "before", self.start, (0, -14))
        if self.chosen is not None:
            point = self.metric[self.chosen], self.utility[self.chosen]
            ax.plot(*point, marker="o", color=ORANGE, markersize=11, fillstyle="none")
        if self.limit is not None:
            ax.axvline(self.limit, color=ORANGE, linestyle="--", linewidth=1)
        # Beside the path, not on it: below where the utility rises with the metric.
        side = -12 if self._rises() else 6
        for index in self._named():
            text = rf"$\delta$ = {self.deltas[index]:.3g}"
            self._write(ax, text, (self.metric[index], self.utility[index]), (6, side))
        ax.set(xlabel=readable(self.metric_name), ylabel=readable(self.utility_name))
        ax.margins(0.15)

    def _rises(self):
        """Say whether the utility of the path is larger where the metric is."""
        found = np.flatnonzero(np.isfinite(self.metric))
        if len(found) < 2:
            return False
        ends = found[[0, -1]]
        return bool(np.diff(self.utility[ends]) * np.diff(self.metric[ends]) > 0)

    def _named(self):
        """Return the indices of the deltas to write: the ends, the chosen and some between."""
        found = np.flatnonzero(np.isfinite(self.metric))
        if not len(found):
            return []
        spread = np.linspace(0, len(found) - 1, min(MOST_NAMES, len(found))).round().astype(int)
        named = set(found[spread])
        if self.chosen is not None:
            near = {i for i in named if abs(i - self.chosen) == 1 and len(found) > MOST_NAMES}
            named = (named - near) | {self.chosen}
        return sorted(named)

    @staticmethod
    def _write(ax, text, point, place):
        ax.annotate(text, point, xytext=place, textcoords="offset points", fontsize=8)


def _reached(path, before, name):
    """Return an objective at every delta of a path, nan at those that are infeasible."""
    column = f"measured_{name}"
    if column not in path.columns:
        # All are infeasible.
        return np.full(len(path), np.nan)
    return before[name] + path[column].to_numpy().astype(float)
