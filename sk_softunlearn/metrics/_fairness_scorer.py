"""Minus a gap between groups, as a scorer."""

from typing import ClassVar, Self

import numpy as np
from fairlearn.metrics import (
    demographic_parity_difference,
    equal_opportunity_difference,
    equalized_odds_difference,
)
from sklearn.base import BaseEstimator, clone
from sklearn.utils import column_or_1d
from sklearn.utils.metadata_routing import UNUSED

from sk_softunlearn._rows import cross_groups

__all__ = ["FairnessScorer"]

# The difference, and the true classes (1: favourable) each group must have for it.
_METRICS = {
    "demographic_parity": (demographic_parity_difference, ()),
    "equal_opportunity": (equal_opportunity_difference, (1,)),
    "equalized_odds": (equalized_odds_difference, (0, 1)),
}


class FairnessScorer(BaseEstimator):
    """Minus a gap between groups, as a scorer: larger is better, 0 is parity.

    The gap is fairlearn's, counted on hard predictions. Labels are encoded to 0
    and 1 before they reach fairlearn, where labels that are strings would make
    `demographic_parity_difference` return 0.

    Parameters
    ----------
    metric : {"demographic_parity", "equal_opportunity", "equalized_odds"}
        The gap: of the rates of favourable predictions between groups, of the same
        rates among rows that are truly favourable, or the larger of the gaps among
        truly favourable and truly unfavourable rows. With more than two groups,
        the largest rate minus the smallest.
    pos_label : int, float, bool or str, default=None
        The favourable class; None: ``classes_[1]`` of a binary estimator.
    sensitive_features : Series, DataFrame, str or list of str, default=None
        Where the scorer looks when the call brings no sensitive features: a pandas
        object indexed like `X`, whose rows are found by the index of the `X` that
        is scored, or the name of one or more columns of `X`.

    See Also
    --------
    constrained_refit : Best score among the candidates whose gap is small.
    sk_softunlearn.model_selection.GroupStratifiedKFold : Every group in every fold.

    Notes
    -----
    `sensitive_features` is requested by default, so with metadata routing enabled
    ``GridSearchCV(..., scoring=demographic_parity_scorer).fit(X, y,
    sensitive_features=A)`` hands it over. With routing disabled scikit-learn hands
    nothing but `X` and `y` to a scorer: bind the whole column with
    ``demographic_parity_scorer.with_features(A)``.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sk_softunlearn.metrics import demographic_parity_scorer
    >>> X = pd.DataFrame({"income": [1.0, 2.0, 3.0, 4.0]})
    >>> y = ["refused", "refused", "granted", "granted"]
    >>> sex = pd.Series(["F", "F", "F", "M"], index=X.index)
    >>> clf = LogisticRegression().fit(X, y)
    >>> round(demographic_parity_scorer(clf, X, y, sensitive_features=sex), 3)
    -0.667

    Bound to the column, it needs nothing but `X` and `y`:

    >>> scorer = demographic_parity_scorer.with_features(sex)
    >>> round(scorer(clf, X, y), 3)
    -0.667
    """

    __metadata_request__score: ClassVar = {"estimator": UNUSED, "sensitive_features": True}

    # What scikit-learn's scorers are made of: TunedThresholdClassifierCV takes them apart.
    _sign = 1
    _kwargs: ClassVar[dict] = {}

    def __init__(self, metric, *, pos_label=None, sensitive_features=None):
        self.metric = metric
        self.pos_label = pos_label
        self.sensitive_features = sensitive_features

    def __call__(self, estimator, X, y, *, sample_weight=None, sensitive_features=None) -> float:
        """Score; the same as `score`, as scikit-learn calls it.

        Parameters
        ----------
        estimator : object
            Fitted classifier.
        X : array-like of shape (n_samples, n_features)
            Rows to score, as the classifier takes them.
        y : array-like of shape (n_samples,)
            True labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.
        sensitive_features : Series, DataFrame, dict, list or ndarray, default=None
            One or more sensitive columns with one row per row of `X`.

        Returns
        -------
        score : float
            Minus the gap, in [-1, 0].
        """
        return self.score(
            estimator, X, y, sample_weight=sample_weight, sensitive_features=sensitive_features
        )

    def score(self, estimator, X, y, *, sample_weight=None, sensitive_features=None) -> float:
        """Score a fitted classifier.

        Parameters
        ----------
        estimator : object
            Fitted classifier.
        X : array-like of shape (n_samples, n_features)
            Rows to score, as the classifier takes them.
        y : array-like of shape (n_samples,)
            True labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.
        sensitive_features : Series, DataFrame, dict, list or ndarray, default=None
            One or more sensitive columns with one row per row of `X`; None: those
            the scorer was constructed with.

        Returns
        -------
        score : float
            Minus the gap, in [-1, 0].
        """
        if sensitive_features is None:
            sensitive_features = self._look_up(X)
        predicted = estimator.predict(X)
        return self._measure(
            list(estimator.classes_), y, predicted, sensitive_features, sample_weight
        )

    def _score_func(self, y_true, y_pred, *, sensitive_features=None, sample_weight=None) -> float:
        """Score labels, as TunedThresholdClassifierCV does at every threshold."""
        if sensitive_features is None:
            raise ValueError(
                "'sensitive_features' must be given to tune a threshold by a gap between groups; "
                "got None. Enable metadata routing and pass it to fit."
            )
        classes = np.unique(np.concatenate([column_or_1d(y_true), column_or_1d(y_pred)])).tolist()
        return self._measure(classes, y_true, y_pred, sensitive_features, sample_weight)

    def _measure(self, classes, y_true, y_pred, sensitive_features, sample_weight) -> float:
        if self.metric not in _METRICS:
            raise ValueError(f"'metric' must be one of {list(_METRICS)}; got {self.metric!r}.")
        difference, conditioned_on = _METRICS[self.metric]
        favourable = _favourable_class(classes, self.pos_label)
        y_true = (column_or_1d(y_true) == favourable).astype(int)
        y_pred = (column_or_1d(y_pred) == favourable).astype(int)
        groups, labels = cross_groups(sensitive_features, n_rows=len(y_true))
        _check_measurable(y_true, groups, labels, conditioned_on)
        gap = difference(y_true, y_pred, sensitive_features=groups, sample_weight=sample_weight)
        return 0.0 - float(gap)

    def with_features(self, sensitive_features) -> Self:
        """Copy the scorer and bind sensitive features to the copy.

        Parameters
        ----------
        sensitive_features : Series, DataFrame, str or list of str
            A pandas object indexed like `X`, or the name of columns of `X`.

        Returns
        -------
        scorer : FairnessScorer
            A copy that needs nothing but `X` and `y`.
        """
        return clone(self).set_params(sensitive_features=sensitive_features)

    def _look_up(self, X):
        bound = self.sensitive_features
        if bound is None:
            raise ValueError(
                "'sensitive_features' must be given to score a gap between groups; got None. "
                "Enable metadata routing and pass it to fit, or bind it with "
                "scorer.with_features(column)."
            )
        if isinstance(bound, str | list):
            return _columns_of(X, bound)
        return _rows_of(bound, X)

    def _accept_sample_weight(self):
        # scikit-learn 1.9 asks every scorer of a dict when routing is disabled.
        return True


def _columns_of(X, names):
    missing = {names} if isinstance(names, str) else set(names)
    missing -= set(getattr(X, "columns", ()))
    if missing:
        raise ValueError(
            "'sensitive_features' must name columns of X; X "
            f"({type(X).__name__}) has no {sorted(missing)}. Bind the values themselves, "
            "as a Series indexed like X."
        )
    return X[names]


def _rows_of(bound, X):
    """Rows of the bound pandas object that belong to `X`, found by their index."""
    if not (hasattr(X, "iloc") and hasattr(bound, "iloc")):
        raise ValueError(
            "'sensitive_features' bound to a scorer must be a pandas Series or DataFrame and "
            f"be scored with a pandas X, to find its rows by index; got {type(bound).__name__} "
            f"and an X of type {type(X).__name__}. Make both pandas objects, or enable "
            "metadata routing and pass 'sensitive_features' to fit."
        )
    if not bound.index.is_unique:
        raise ValueError(
            "'sensitive_features' bound to a scorer must have a unique index, to find the rows "
            "of X; got repeated index values. Reset the index of both, together."
        )
    position = bound.index.get_indexer(X.index)
    if (position < 0).any():
        raise ValueError(
            "'sensitive_features' bound to a scorer must hold every row of X; it lacks "
            f"{(position < 0).sum()} index values, the first {X.index[position < 0][0]!r}. "
            "Give it the index of the whole X."
        )
    return bound.iloc[position]


def _favourable_class(classes, pos_label):
    if pos_label is None:
        if len(classes) != 2:
            raise ValueError(
                "'pos_label' must be given unless there are two classes; got None with "
                f"{len(classes)} classes. Pass the favourable one of {classes}."
            )
        return classes[1]
    if pos_label not in classes:
        raise ValueError(
            f"'pos_label' must be one of the classes {classes}; got {pos_label!r}. "
            "Pass the favourable one."
        )
    return pos_label


def _check_measurable(y_true, groups, labels, conditioned_on):
    """Refuse what fairlearn would count as a rate of 0 or a gap of 0."""
    if len(labels) < 2:
        raise ValueError(
            "'sensitive_features' must hold at least two groups among the scored rows; got "
            f"{labels}. Split with GroupStratifiedKFold, so that every fold has every group."
        )
    for outcome in conditioned_on:
        counts = np.bincount(groups[y_true == outcome], minlength=len(labels))
        if not counts.all():
            kind = "favourable" if outcome else "unfavourable"
            raise ValueError(
                f"'y' must hold {kind} rows of every group among the scored rows; group "
                f"{labels[int(np.argmin(counts))]!r} has none. Split with "
                "GroupStratifiedKFold, with fewer splits, or merge groups."
            )
