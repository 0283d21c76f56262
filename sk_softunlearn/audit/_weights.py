"""Whose rows count more, and whose less."""

from dataclasses import dataclass
from typing import Self

import narwhals as nw
import numpy as np
import pandas as pd

from sk_softunlearn.audit._display import Display
from sk_softunlearn.audit._style import BLUE, GREY, ORANGE, plain

__all__ = ["WeightsDisplay"]


@dataclass(kw_only=True, eq=False, repr=False)
class WeightsDisplay(Display):
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

    Examples
    --------
    >>> import pandas as pd
    >>> from sk_softunlearn.audit import WeightsDisplay
    >>> rows = pd.DataFrame(
    ...     {
    ...         "epsilon": [-0.5, 0.25, 0.0],
    ...         "label": [1, 1, 0],
    ...         "group": ["a", "a", "b"],
    ...         "influence_log_loss": [0.02, -0.01, 0.01],
    ...     }
    ... )
    >>> WeightsDisplay.from_rows(rows).frame()
                rows   mean  median  weighted_down
    a, label 1     2 -0.125  -0.125            0.5
    b, label 0     1  0.000   0.000            0.0
    """

    epsilon: np.ndarray
    cells: np.ndarray
    order: list | None = None

    @classmethod
    def from_estimator(cls, estimator, *, ax=None, **box_kw) -> Self:
        """Plot the weights of a SoftUnlearner's training rows.

        Parameters
        ----------
        estimator : SoftUnlearner
            With weights.
        ax, **box_kw : optional
            As `plot` takes them; `box_kw` goes to matplotlib's `boxplot`.
        """
        groups = dict(zip(estimator.groups_, estimator.group_titles_, strict=True))
        return cls.from_rows(estimator.explain_rows(None), groups=groups, ax=ax, **box_kw)

    @classmethod
    def from_rows(cls, rows, *, groups=None, ax=None, **box_kw) -> Self:
        """Plot the weights of the training rows in a table.

        Parameters
        ----------
        rows : DataFrame of pandas, polars or another library
            With the columns `epsilon`, `label`, `influence_f` of the objectives f and, if there
            are groups, `group`, as `SoftUnlearner.explain_rows(None)` returns it.
        groups : sequence of str or dict of str to str, default=None
            Names of the groups in their order; None: sorted. A dict: from them to what is shown.
        ax, **box_kw : optional
            As `plot` takes them; `box_kw` goes to matplotlib's `boxplot`.
        """
        table = nw.from_native(rows, eager_only=True)
        scores = [name for name in table.columns if name.startswith("influence_")]
        # Rows held out for validation have neither influence nor weight change.
        weighed = np.any([table[name].to_numpy() != 0 for name in scores], axis=0)
        cells = labels = "label " + _words(table["label"])
        order = list(dict.fromkeys(np.sort(labels)))
        if "group" in table.columns:
            named = _words(table["group"])
            groups = sorted(set(named)) if groups is None else groups
            titles = groups if isinstance(groups, dict) else {name: name for name in groups}
            cells = pd.Series(named).map(titles).to_numpy(object) + ", " + labels
            order = [f"{title}, {label}" for title in titles.values() for label in order]
        epsilon = table["epsilon"].to_numpy()
        display = cls(epsilon=epsilon[weighed], cells=cells[weighed], order=order)
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

    def draw(self, ax, **box_kw):
        """Draw one box per cell; `box_kw` goes to matplotlib's `boxplot`."""
        names = self._names()[::-1]
        values = [self.epsilon[self.cells == name] for name in names]
        style = _horizontal() | {"whis": (5, 95), "showfliers": False}
        style |= {"patch_artist": True, "medianprops": {"color": ORANGE}}
        style |= {"boxprops": {"facecolor": BLUE, "alpha": 0.5}}
        self.boxes_ = ax.boxplot(values, **(style | box_kw))
        ax.axvline(0, color=GREY, linewidth=0.8)
        labels = [f"{plain(n)} ({len(each)})" for n, each in zip(names, values, strict=True)]
        ax.set_yticks(range(1, len(names) + 1), labels)
        ax.set_xlabel("weight change (5 %, quartiles, 95 %)")


def _words(column):
    """Return the values of a column as strings, an ndarray of objects."""
    return column.to_numpy().astype(str).astype(object)


def _horizontal():
    """Return the keywords with which matplotlib's boxes lie."""
    from matplotlib import __version_info__

    # `orientation` came with 3.10, which also began to deprecate `vert`.
    return {"orientation": "horizontal"} if __version_info__ >= (3, 10) else {"vert": False}
