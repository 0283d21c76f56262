"""Whose rows count more, and whose less."""

from typing import Self

import numpy as np
import pandas as pd

from sk_softunlearn._sklearn import check_matplotlib_support
from sk_softunlearn.audit._style import BLUE, GREY, ORANGE, new_axes

__all__ = ["WeightsDisplay"]


class WeightsDisplay:
    """Weight changes by group and label.

    Parameters
    ----------
    epsilon : ndarray of shape (n,)
        Weight changes.
    cells : ndarray of shape (n,)
        Name of every row's group and label.
    order : list of str, default=None
        The cells in their order; None: sorted.

    Attributes
    ----------
    boxes_ : dict
        What matplotlib's `boxplot` returns: quartiles, whiskers at the 5th and 95th percentile.
    ax_ : matplotlib Axes
        Axes with the boxes.
    figure_ : matplotlib Figure
        Figure that contains it.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sk_softunlearn import SoftUnlearner
    >>> from sk_softunlearn.audit import WeightsDisplay
    >>> rng = np.random.default_rng(0)
    >>> group = rng.integers(2, size=500)
    >>> X = rng.normal(size=(500, 3)) + group[:, None] * [1.0, 0.0, 0.0]
    >>> y = (X.sum(axis=1) + rng.normal(size=500) > 0.5).astype(int)
    >>> soft = SoftUnlearner(LogisticRegression(), random_state=0)
    >>> soft = soft.fit(X, y, sensitive_features=group)
    >>> WeightsDisplay.from_estimator(soft).frame().index.tolist()
    ['0, label 0', '0, label 1', '1, label 0', '1, label 1']
    """

    def __init__(self, *, epsilon, cells, order=None):
        self.epsilon = epsilon
        self.cells = cells
        self.order = order

    @classmethod
    def from_estimator(cls, estimator, *, ax=None, **box_kw) -> Self:
        """Plot the weights of a SoftUnlearner's training rows.

        Parameters
        ----------
        estimator : SoftUnlearner
            With weights.
        ax : matplotlib Axes, default=None
            Axes to plot on; None: new ones.
        **box_kw : dict
            Passed on to matplotlib's `boxplot`.

        Returns
        -------
        display : WeightsDisplay
            Plotted.
        """
        rows = estimator._explained(None)
        # Rows held out for validation have neither influence nor weight change.
        rows = rows[(rows.filter(like="influence_") != 0).any(axis=1)]
        labels = "label " + rows["label"].astype(str)
        cells = rows["group"].astype(str) + ", " + labels if "group" in rows else labels
        order = [f"label {label}" for label in np.unique(rows["label"])]
        if "group" in rows:
            groups = estimator._state().rows.group_names
            order = [f"{group}, {label}" for group in groups for label in order]
        display = cls(
            epsilon=rows["epsilon"].to_numpy(), cells=cells.to_numpy(dtype=object), order=order
        )
        return display.plot(ax=ax, **box_kw)

    def _names(self):
        """Return the cells that occur, in their order."""
        occurring = set(self.cells)
        order = sorted(occurring) if self.order is None else self.order
        return [name for name in order if name in occurring]

    def frame(self) -> pd.DataFrame:
        """Tabulate the weight changes.

        Returns
        -------
        frame : DataFrame
            Indexed by group and label: `rows`, `mean`, `median`, and `weighted_down`, the share of
            rows with a negative change.
        """
        grouped = pd.Series(self.epsilon).groupby(pd.Series(self.cells))
        return pd.DataFrame(
            {
                "rows": grouped.size(),
                "mean": grouped.mean(),
                "median": grouped.median(),
                "weighted_down": grouped.apply(lambda values: np.mean(values < 0)),
            }
        ).loc[self._names()]

    def plot(self, ax=None, **box_kw) -> Self:
        """Plot one box per cell.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on; None: new ones.
        **box_kw : dict
            Passed on to matplotlib's `boxplot`.

        Returns
        -------
        display : WeightsDisplay
            With `boxes_`, `ax_` and `figure_`.
        """
        check_matplotlib_support("WeightsDisplay.plot")
        ax = new_axes(ax)
        names = self._names()[::-1]
        values = [self.epsilon[self.cells == name] for name in names]
        style = {"orientation": "horizontal", "whis": (5, 95), "showfliers": False}
        style |= {"patch_artist": True, "medianprops": {"color": ORANGE}}
        style |= {"boxprops": {"facecolor": BLUE, "alpha": 0.5}}
        self.boxes_ = ax.boxplot(values, **(style | box_kw))
        ax.axvline(0, color=GREY, linewidth=0.8)
        # A dollar sign would begin a formula.
        shown = [name.replace("$", r"\$") for name in names]
        labels = [f"{name} ({len(each)})" for name, each in zip(shown, values, strict=True)]
        ax.set_yticks(range(1, len(names) + 1), labels)
        ax.set_xlabel("weight change (5 %, quartiles, 95 %)")
        self.ax_, self.figure_ = ax, ax.figure
        return self
