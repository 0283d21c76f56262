"""Minus a gap between groups, as a scorer."""

from typing import ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils import column_or_1d
from sklearn.utils.metadata_routing import UNUSED

from sk_softunlearn._rows import check_same_order
from sk_softunlearn._typing import Groups, HasShape, Labels, Rows, Weights
from sk_softunlearn.metrics._bound import look_up
from sk_softunlearn.metrics._gap import check_metric, favourable_class, gap_between_groups
from sk_softunlearn.metrics._refusal import refuse

__all__ = ["FairnessScorer"]


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

    An error of a scorer is a score of nan to scikit-learn's searches, and where all
    scores are nan the first candidate wins. A search whose scorer has no sensitive
    features, or another fault that is the same in every fold, therefore stops with a
    `SoftUnlearnError`. What is wrong with the rows of one fold, as a group that is
    not among them, is nan as scikit-learn has it, or raised with
    ``error_score="raise"``.

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

    def __call__(
        self,
        estimator,
        X: Rows,
        y: Labels,
        *,
        sample_weight: Weights | None = None,
        sensitive_features: Groups | None = None,
    ) -> float:
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

    def score(
        self,
        estimator,
        X: Rows,
        y: Labels,
        *,
        sample_weight: Weights | None = None,
        sensitive_features: Groups | None = None,
    ) -> float:
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

        Raises
        ------
        ValueError
            If there are no sensitive features, a group has no rows or no weight that
            the gap is counted on, a weight is below 0, or pandas objects have their
            rows in different orders.
        SoftUnlearnError
            In a search of scikit-learn, if what is wrong is the same in every fold.
        """
        given = {"X": X, "y": y, "sensitive_features": sensitive_features}
        try:
            check_same_order(given | {"sample_weight": sample_weight})
            check_metric(self.metric)
            favourable = favourable_class(list(estimator.classes_), self.pos_label)
            if sensitive_features is None:
                sensitive_features = look_up(self.sensitive_features, X)
        except ValueError as error:
            # The same in every fold, unlike what is wrong with the rows of one.
            return refuse(error)
        predicted = estimator.predict(X)
        return 0.0 - gap_between_groups(
            self.metric, favourable, y, predicted, sensitive_features, sample_weight
        )

    def _score_func(self, y_true, y_pred, *, sensitive_features=None, sample_weight=None) -> float:
        """Score labels, as TunedThresholdClassifierCV does at every threshold."""
        if sensitive_features is None:
            raise ValueError(
                "'sensitive_features' must be given to tune a threshold by a gap between groups; "
                "got None. Enable metadata routing and pass it to fit."
            )
        check_metric(self.metric)
        classes = np.unique(np.concatenate([column_or_1d(y_true), column_or_1d(y_pred)])).tolist()
        favourable = favourable_class(classes, self.pos_label)
        return 0.0 - gap_between_groups(
            self.metric, favourable, y_true, y_pred, sensitive_features, sample_weight
        )

    def with_features(self, sensitive_features: HasShape | str | list[str]) -> Self:
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

    def _accept_sample_weight(self):
        # scikit-learn 1.9 asks every scorer of a dict when routing is disabled.
        return True
