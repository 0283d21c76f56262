"""Where the classifier decides, before and after, in principal components."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.decomposition import PCA
from sklearn.utils import check_random_state, column_or_1d

from sk_softunlearn._rows import check_same_order, cross_levels, read_sensitive, title_columns
from sk_softunlearn.audit._display import Display
from sk_softunlearn.audit._style import BLUE, GREY, ORANGE, plain
from sk_softunlearn.views import find_head

__all__ = ["DecisionBoundaryDisplay"]

# Entries of the grid's points that are held at a time.
BLOCK_ENTRIES = 2**22
MARKERS = "os^DvP*X<>"


@dataclass(kw_only=True, eq=False, repr=False)
class DecisionBoundaryDisplay(Display):
    """Rows in the plane of two principal components, and the decision boundary in that plane.

    The plane lies through the mean row as the classifier sees rows, after the Pipeline's
    transformers. What moves in other directions is not seen: the labels of the rows are those of
    the rows themselves, not of their projections.

    Parameters
    ----------
    points : ndarray of shape (n, 2)
        Rows in the two components.
    cells : ndarray of shape (n,)
        Group of every row, drawn as its marker; its label where there are no groups.
    changed : ndarray of shape (n,)
        Boolean: whether the predicted label is another after the correction.
    xx, yy : ndarray of shape (m, m)
        Grid in the plane.
    before, after : ndarray of shape (m, m)
        Index of the predicted class on the grid.
    explained : ndarray of shape (2,)
        Share of the variance that each component has.
    order : list of str, default=None
        The groups in the order of their markers; None: sorted.

    Attributes
    ----------
    points_ : list of matplotlib PathCollection
        One per group.
    boundaries_ : list of matplotlib QuadContourSet
        Before and after; none where the whole plane has one label.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sk_softunlearn import SoftUnlearner
    >>> from sk_softunlearn.audit import DecisionBoundaryDisplay
    >>> rng = np.random.default_rng(0)
    >>> group = rng.integers(2, size=500)
    >>> X = rng.normal(size=(500, 3)) + group[:, None] * [1.0, 0.0, 0.0]
    >>> y = (X.sum(axis=1) + rng.normal(size=500) > 0.5).astype(int)
    >>> soft = SoftUnlearner(LogisticRegression(), random_state=0)
    >>> soft = soft.fit(X, y, sensitive_features=group)
    >>> display = DecisionBoundaryDisplay.from_estimator(soft, X, sensitive_features=group)
    >>> display.points.shape, len(display.points_)
    ((500, 2), 2)
    """

    points: np.ndarray
    cells: np.ndarray
    changed: np.ndarray
    xx: np.ndarray
    yy: np.ndarray
    before: np.ndarray
    after: np.ndarray
    explained: np.ndarray
    order: list | None = None

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        *,
        sensitive_features=None,
        n_points=1000,
        grid_resolution=200,
        random_state=0,
        ax=None,
        **scatter_kw,
    ) -> Self:
        """Project rows, decide on the plane, and plot.

        Parameters
        ----------
        estimator : SoftUnlearner
            Corrected.
        X : array-like, DataFrame or sparse of shape (n, p)
            Rows, as the estimator takes them.
        sensitive_features : array-like of shape (n,), default=None
            What the markers tell apart; None: the label predicted before.
        n_points : int, default=1000
            How many rows are drawn, at random; the components are those of all.
        grid_resolution : int, default=200
            Points of the grid along each component.
        random_state : int, RandomState or None, default=0
            Chooses the rows that are drawn.
        ax, **scatter_kw : optional
            As `plot` takes them; `scatter_kw` goes to matplotlib's `scatter`.

        Raises
        ------
        ValueError
            If the rows have fewer than two columns as the classifier sees them, or the sensitive
            features are more than one column, have missing values or their rows in another order
            than X.
        """
        heads = [find_head(e) for e in (estimator.estimator_, estimator.unlearned_estimator_)]
        features = _features(heads[0].transform(X))
        if features.shape[1] < 2:
            raise ValueError(
                "'X' must have at least two columns as the classifier sees it, got "
                f"{features.shape[1]}: one column has no plane."
            )
        solver = "arpack" if sparse.issparse(features) else "auto"
        pca = PCA(2, svd_solver=solver, random_state=0).fit(features)
        label, corrected = (_decide(head.classifier, features) for head in heads)
        count = features.shape[0]
        chosen = check_random_state(random_state).permutation(count)[:n_points]
        points = pca.transform(features[chosen])
        xx, yy = _grid(points, grid_resolution)
        before, after = (_on_plane(head.classifier, pca, xx, yy) for head in heads)
        names = heads[0].classifier.classes_.astype(str)
        codes = label
        if sensitive_features is not None:
            check_same_order({"X": X, "sensitive_features": sensitive_features})
            column_or_1d(sensitive_features)
            columns = title_columns(read_sensitive(sensitive_features, count))
            codes, names = cross_levels(list(columns.values()), count)
        display = cls(
            points=points,
            cells=np.array(names)[codes[chosen]],
            changed=(label != corrected)[chosen],
            xx=xx,
            yy=yy,
            before=before,
            after=after,
            explained=pca.explained_variance_ratio_,
            order=list(names),
        )
        return display.plot(ax=ax, **scatter_kw)

    def frame(self) -> pd.DataFrame:
        """Return the rows that are drawn, a DataFrame of n rows.

        `first` and `second` are the principal components; beside them `cell` and `changed`.
        """
        first, second = self.points.T
        columns = {"first": first, "second": second, "cell": self.cells}
        return pd.DataFrame(columns | {"changed": self.changed})

    def draw(self, ax, **scatter_kw):
        """Draw rows and boundaries; `scatter_kw` goes to matplotlib's `scatter`."""
        self.points_ = []
        drawn = set(self.cells)
        names = sorted(drawn) if self.order is None else [n for n in self.order if n in drawn]
        for k, name in enumerate(names):
            own = self.cells == name
            style = {"s": 14, "marker": MARKERS[k % len(MARKERS)], "linewidths": 0.7}
            style |= {"facecolors": np.where(self.changed[own], ORANGE, "white")}
            style |= {"edgecolors": np.where(self.changed[own], ORANGE, GREY)}
            self.points_.append(ax.scatter(*self.points[own].T, **(style | scatter_kw)))
            key = {"facecolors": "white", "edgecolors": GREY, "label": plain(name)}
            ax.scatter([], [], **(style | key))
        self.boundaries_ = []
        lines = (("before", self.before, GREY, "--"), ("after", self.after, BLUE, "-"))
        for name, decided, colour, line in lines:
            levels = np.arange(decided.min(), decided.max()) + 0.5
            if len(levels):
                style = {"colors": [colour], "linestyles": line, "linewidths": 2}
                self.boundaries_.append(ax.contour(self.xx, self.yy, decided, levels, **style))
            ax.plot([], [], color=colour, linestyle=line, label=name)
        ax.scatter([], [], color=ORANGE, s=14, label="label changed")
        ax.set(
            xlabel=f"first principal component ({self.explained[0]:.0%} of variance)",
            ylabel=f"second ({self.explained[1]:.0%})",
        )
        ax.legend(loc="best", fontsize="small", framealpha=0.9)


def _features(transformed):
    """Return rows as the classifier sees them, as numbers."""
    if sparse.issparse(transformed):
        return sparse.csr_array(transformed)
    return np.asarray(transformed)


def _decide(classifier, features):
    """Return the index of the predicted class."""
    return np.searchsorted(classifier.classes_, _predict(classifier, features))


def _predict(classifier, features):
    names = getattr(classifier, "feature_names_in_", None)
    if names is None or sparse.issparse(features):
        return classifier.predict(features)
    return classifier.predict(pd.DataFrame(features, columns=names))


def _grid(points, resolution):
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.05 * (high - low)
    return np.meshgrid(
        *(np.linspace(a, b, resolution) for a, b in zip(low - margin, high + margin, strict=True))
    )


def _on_plane(classifier, pca, xx, yy):
    """Return the index of the predicted class on a grid in the plane, block by block."""
    plane = np.column_stack([xx.ravel(), yy.ravel()])
    step = max(BLOCK_ENTRIES // pca.n_features_in_, 1)
    decided = [
        _decide(classifier, pca.inverse_transform(plane[start : start + step]))
        for start in range(0, len(plane), step)
    ]
    return np.concatenate(decided).reshape(xx.shape)
