"""What every row does to the metric and to utility, and the weight it got."""

from dataclasses import dataclass
from typing import Self

import narwhals as nw
import numpy as np
import pandas as pd
from sklearn.utils import check_random_state

from sk_softunlearn.audit._display import Display
from sk_softunlearn.audit._style import GREY, readable

__all__ = ["InfluenceDisplay"]


@dataclass(kw_only=True, eq=False, repr=False)
class InfluenceDisplay(Display):
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

    Examples
    --------
    >>> import pandas as pd
    >>> from sk_softunlearn.audit import InfluenceDisplay
    >>> rows = pd.DataFrame(
    ...     {
    ...         "epsilon": [-0.5, 0.25, 0.0],
    ...         "influence_demographic_parity": [-0.02, 0.01, 0.0],
    ...         "influence_log_loss": [0.01, 0.03, 0.01],
    ...     }
    ... )
    >>> InfluenceDisplay.from_rows(rows, metric="demographic_parity").frame()
       metric  utility  epsilon
    0   -0.02     0.01    -0.50
    1    0.01     0.03     0.25
    2    0.00     0.01     0.00
    """

    metric: np.ndarray
    utility: np.ndarray
    epsilon: np.ndarray
    metric_name: str
    utility_name: str

    @classmethod
    def from_estimator(
        cls, estimator, *, n_points=20_000, random_state=0, ax=None, **scatter_kw
    ) -> Self:
        """Plot the rows of a SoftUnlearner.

        Parameters
        ----------
        estimator : SoftUnlearner
            With weights.
        n_points, random_state, ax, **scatter_kw : optional
            As `from_rows` takes them.
        """
        # In the order of X, and without the training rows, which a loaded estimator does not have.
        scores = {f"influence_{name}": each for name, each in estimator.influence_.items()}
        return cls.from_rows(
            pd.DataFrame({"epsilon": estimator.epsilon_, **scores}),
            metric=next(iter(estimator.before_)),
            n_points=n_points,
            random_state=random_state,
            ax=ax,
            **scatter_kw,
        )

    @classmethod
    def from_rows(
        cls,
        rows,
        *,
        metric,
        utility="log_loss",
        n_points=20_000,
        random_state=0,
        ax=None,
        **scatter_kw,
    ) -> Self:
        """Plot the rows of a table.

        Parameters
        ----------
        rows : DataFrame of pandas, polars or another library
            With the columns `epsilon` and `influence_f` of both objectives f, as
            `SoftUnlearner.explain_rows(None)` returns it.
        metric, utility : str
            Names of the objectives.
        n_points : int, default=20000
            How many rows are drawn at most; more are drawn from at random.
        random_state : int, RandomState or None, default=0
            Chooses them by their position in the table.
        ax, **scatter_kw : optional
            As `plot` takes them; `scatter_kw` goes to matplotlib's `scatter`.

        Raises
        ------
        ValueError
            If the table has no influence on an objective.
        """
        table = nw.from_native(rows, eager_only=True)
        drawn = np.arange(len(table))
        if len(table) > n_points:
            drawn = check_random_state(random_state).choice(len(table), n_points, replace=False)
        return cls(
            metric=_influence(table, "metric", metric)[drawn],
            utility=_influence(table, "utility", utility)[drawn],
            epsilon=table["epsilon"].to_numpy()[drawn],
            metric_name=metric,
            utility_name=utility,
        ).plot(ax=ax, **scatter_kw)

    def frame(self) -> pd.DataFrame:
        """Return `metric`, `utility` and `epsilon` of the rows drawn, a DataFrame of n rows."""
        return pd.DataFrame(
            {"metric": self.metric, "utility": self.utility, "epsilon": self.epsilon}
        )

    def draw(self, ax, **scatter_kw):
        """Draw the rows; `scatter_kw` goes to matplotlib's `scatter`."""
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


def _influence(table, parameter, name):
    """Return the influence of the rows on an objective, of shape (n,)."""
    column = f"influence_{name}"
    if column not in table.columns:
        known = [c.removeprefix("influence_") for c in table.columns if c.startswith("influence_")]
        raise ValueError(
            f"{parameter!r} must be an objective whose influence is in 'rows', one of {known}, got "
            f"{name!r}. Choose one of them."
        )
    return table[column].to_numpy()
