"""SoftUnlearnerCV: the delta that cross-validation finds best, from one base fit per fold."""

from inspect import signature
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.metrics import check_scoring
from sklearn.model_selection import check_cv
from sklearn.utils import get_tags
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import validate_data

from sk_softunlearn._callbacks import (
    AS_THEY_COME,
    CallbackSupportMixin,
    Tasks,
    tells_callbacks,
)
from sk_softunlearn._predictions import CorrectedPredictions
from sk_softunlearn._rows import read_rows
from sk_softunlearn._sklearn import Interval
from sk_softunlearn._steps._path import check_deltas, spread
from sk_softunlearn._sweeps import is_elsewhere
from sk_softunlearn._typing import Groups, Labels, Rows, Weights
from sk_softunlearn._unlearner import SoftUnlearner
from sk_softunlearn.exceptions import (
    InfeasibleWeightsError,
    SoftUnlearnWarning,
    warn_caller,
)
from sk_softunlearn.model_selection import GroupStratifiedKFold
from sk_softunlearn.model_selection._folds import collect, evaluate_fold, retell
from sk_softunlearn.views import is_frozen, unfreeze
from sk_softunlearn.views._checks import check_is_estimator, is_estimator

__all__ = ["SoftUnlearnerCV"]


class SoftUnlearnerCV(CallbackSupportMixin, CorrectedPredictions, ClassifierMixin, BaseEstimator):
    """Choose `delta` by cross-validation, as LogisticRegressionCV chooses C.

    Every fold fits the classifier, computes influence and factors the curvature once. All deltas
    follow from that. The search itself predicts. Its `unlearner_` has `audit`, `explain_rows`,
    `delta_path` and `validate`.

    Parameters
    ----------
    estimator : SoftUnlearner, classifier or Pipeline
        What is corrected, and how. A classifier stands for `SoftUnlearner(estimator)`.
    deltas : int or array-like of shape (k,), default=10
        Shares of the metric that must go, each in (0, 1]; an int k: that many, evenly spaced up
        to 1, or to `max_improvement` of the estimator if that is less.
    cv : int, splitter or iterable, default=5
        Folds; an int: `GroupStratifiedKFold`, or `StratifiedKFold` without sensitive features.
    scoring : str, callable or None, default=None
        What the score of the corrected classifier is; None: the accuracy.
    constraint : float, tuple of (scorer, float) or None, default=None
        A float: the largest mean of the metric on the test rows. A pair: a scorer and its smallest
        mean. Among the deltas that keep the constraint the best score wins. If none keeps it, the
        nearest is taken, with a warning. None: the largest delta whose mean score is within one
        standard error of the best (Breiman et al. 1984, section 3.4.3).
    n_jobs : int or None, default=None
        Folds at a time.
    verbose : int, default=0
        Above 0: the progress of the folds is shown.

    Attributes
    ----------
    delta_ : float
        The chosen delta. Of equally good ones it is the smallest if there is a constraint, and
        the largest otherwise.
    deltas_ : ndarray of shape (k,)
        All of them, ascending.
    best_index_ : int
        Where `delta_` is among them.
    best_score_ : float
        Its mean score.
    cv_results_ : dict of str to ndarray of shape (k,)
        As in scikit-learn's searches: `param_delta` and `params`; split, mean and standard
        deviation of `test_score`, of `test_<metric>`, and of `test_constraint` if the constraint
        is a pair; `rank_test_score`, `mean_fit_time`, `mean_score_time`. A delta that was
        infeasible has nan.
    n_splits_ : int
        Number of folds.
    unlearner_ : SoftUnlearner
        Fitted on all rows with `delta_`: `search.unlearner_.audit(...)` reports on it.
    estimator_ : estimator
        Its fitted classifier, untouched.
    unlearned_estimator_ : estimator
        Its corrected one.
    classes_ : ndarray of shape (n_classes,)
        Labels.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (p,)
        Their names, where X has names.

    See Also
    --------
    SoftUnlearner.delta_path : The deltas of one fit on its validation rows.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sk_softunlearn import SoftUnlearner, SoftUnlearnerCV
    >>> rng = np.random.default_rng(0)
    >>> group = rng.integers(2, size=2000)
    >>> X = rng.normal(size=(2000, 3)) + group[:, None] * [1.0, 0.0, 0.0]
    >>> y = (X.sum(axis=1) + rng.normal(size=2000) > 0.5).astype(int)
    >>> soft = SoftUnlearner(LogisticRegression(), random_state=0)
    >>> search = SoftUnlearnerCV(soft, deltas=[0.3, 0.6, 0.9], constraint=0.12)
    >>> search.fit(X, y, sensitive_features=group).delta_
    0.6
    """

    delta_: float
    deltas_: np.ndarray
    best_index_: int
    best_score_: float
    cv_results_: dict[str, Any]
    n_splits_: int
    unlearner_: SoftUnlearner
    estimator_: Any
    unlearned_estimator_: Any
    classes_: np.ndarray
    n_features_in_: int
    feature_names_in_: np.ndarray

    # Requested by default, as by SoftUnlearner.
    __metadata_request__fit: ClassVar[dict] = {"sample_weight": True, "sensitive_features": True}

    def __init__(
        self,
        estimator,
        deltas=10,
        *,
        cv=5,
        scoring=None,
        constraint=None,
        n_jobs=None,
        verbose=0,
    ):
        self.estimator = estimator
        self.deltas = deltas
        self.cv = cv
        self.scoring = scoring
        self.constraint = constraint
        self.n_jobs = n_jobs
        self.verbose = verbose

    _parameter_constraints: ClassVar[dict] = {
        "deltas": [Interval(Integral, 1, None, closed="left"), "array-like"],
        "cv": ["cv_object"],
        "constraint": [Interval(Real, 0, None, closed="left"), tuple, None],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    }

    @tells_callbacks
    def fit(
        self,
        X: Rows,
        y: Labels,
        sample_weight: Weights | None = None,
        *,
        sensitive_features: Groups | None = None,
    ) -> Self:
        """Find the best delta, and correct the classifier fitted on all rows with it.

        Parameters
        ----------
        X : array-like, DataFrame or sparse of shape (n, p)
            Rows, as the classifier takes them.
        y : array-like of shape (n,)
            Labels.
        sample_weight : array-like of shape (n,), default=None
            Weights of the rows in the fits.
        sensitive_features : Series, DataFrame, dict, list or ndarray, default=None
            One or more columns of n values; their cells are the groups.

        Returns
        -------
        self : SoftUnlearnerCV
            Fitted.

        Raises
        ------
        InfeasibleWeightsError
            If no delta is feasible in every fold.
        ValueError
            If an argument is not what it must be.
        """
        self._validate_params()
        check_is_estimator(self._settings().estimator)
        validate_data(self, X, y, skip_check_array=True)
        rows = read_rows(X, y, sample_weight, sensitive_features)
        if is_elsewhere(rows.X):
            raise ValueError(
                f"'X' must be in memory for a SoftUnlearnerCV, got {type(rows.X).__name__}: "
                "scorers need all rows. Pass fewer rows in memory, or see what each delta costs by "
                "SoftUnlearner.delta_path."
            )
        settings = self._settings()
        self.deltas_ = _deltas(self.deltas, settings.max_improvement)
        # Limits and scorers are checked before anything is fitted.
        if not (self.scoring is None or isinstance(self.scoring, str) or callable(self.scoring)):
            raise ValueError(
                "'scoring' must be the name of a scorer, a callable or None, got "
                f"{self.scoring!r}. Use one score: 'balanced_accuracy', for example."
            )
        limit, scorers = self._constraint(), {"score": check_scoring(settings, self.scoring)}
        if isinstance(self.constraint, tuple):
            scorers["constraint"] = self.constraint[0]
        folds = list(_split(self.cv, rows))
        self.n_splits_ = len(folds)
        if is_frozen(settings.estimator):
            warn_caller(
                "'estimator' is frozen: every fold corrects the classifier that was fitted on all "
                "rows, its test rows included. Pass the classifier itself to fit it anew.",
                SoftUnlearnWarning,
            )
        tasks = Tasks(self, count=len(folds) + 1)
        found = iter(
            Parallel(n_jobs=self.n_jobs, verbose=self.verbose, **AS_THEY_COME)(
                delayed(evaluate_fold)(settings, self.deltas_, rows.take(a), rows.take(b), scorers)
                for a, b in folds
            )
        )
        answers = []
        for number in range(len(folds)):
            with tasks.task(f"fold {number + 1}"):
                answers.append(next(found))
        columns, metrics, messages = zip(*answers, strict=True)
        retell([message for fold in messages for message in fold])
        self.cv_results_ = collect(self.deltas_, columns, metrics[0])
        with tasks.task("all rows"):
            self._fit_best(limit, metrics[0], settings, (X, y, sample_weight), sensitive_features)
        tasks.end()
        self.estimator_ = self.unlearner_.estimator_
        self.unlearned_estimator_ = self.unlearner_.unlearned_estimator_
        self.classes_ = self.unlearner_.classes_
        return self

    def _fit_best(self, limit, metric, settings, rows, sensitive_features):
        """Correct the classifier fitted on all rows with the best delta that is feasible there."""
        feasible = np.isfinite(self.cv_results_["mean_test_score"])
        unlearner = None
        while True:
            self.best_index_ = self._best(limit, metric, feasible)
            self.delta_ = float(self.deltas_[self.best_index_])
            try:
                if unlearner is None:
                    unlearner = clone(settings).set_params(delta=self.delta_)
                    unlearner.fit(*rows, sensitive_features=sensitive_features)
                else:
                    unlearner.set_params(delta=self.delta_).compute_weights().unlearn()
            except InfeasibleWeightsError as error:
                warn_caller(
                    f"On all rows: {error} The next best delta is taken.", SoftUnlearnWarning
                )
                feasible[self.best_index_] = False
                continue
            self.unlearner_ = unlearner
            self.best_score_ = float(self.cv_results_["mean_test_score"][self.best_index_])
            return

    def _settings(self):
        steps = hasattr(self.estimator, "compute_weights")
        return self.estimator if steps else SoftUnlearner(self.estimator)

    def _constraint(self):
        """Return the column that is limited and its sign and limit, or None."""
        if self.constraint is None:
            return None
        if isinstance(self.constraint, Real):
            return None, 1.0, self.constraint
        if len(self.constraint) != 2 or not callable(self.constraint[0]):
            raise ValueError(
                "'constraint' must be a number, or a pair of a scorer and the least it may be, got "
                f"{self.constraint!r}. Use (demographic_parity_scorer, -0.05), for example."
            )
        return "constraint", -1.0, -self.constraint[1]

    def _best(self, limit, metric, feasible):
        """Return the index of the delta to take among those that are feasible."""
        score = self.cv_results_["mean_test_score"]
        if not feasible.any():
            raise InfeasibleWeightsError(
                f"None of the 'deltas' {self.deltas_.tolist()} is feasible in every fold and on "
                "all rows. Add smaller ones, or loosen 'bounds' or 'guards' of the estimator."
            )
        best = int(np.argmax(np.where(feasible, score, -np.inf)))
        if limit is None:
            error = self.cv_results_["std_test_score"][best] / np.sqrt(self.n_splits_)
            return int(np.flatnonzero(feasible & (score >= score[best] - error))[-1])
        if limit is not None:
            column, sign, most = limit
            value = sign * self.cv_results_[f"mean_test_{column or metric}"]
            allowed = feasible & (value <= most)
            if not allowed.any():
                nearest = np.nanmin(np.where(feasible, value, np.nan))
                warn_caller(
                    f"'constraint' {sign * most:g} is met by none of the deltas: the nearest mean "
                    f"over the folds is {sign * nearest:.4g}, which is taken. Add larger 'deltas', "
                    "or loosen it.",
                    SoftUnlearnWarning,
                )
                allowed = feasible & (value == nearest)
            feasible = allowed
        return int(np.argmax(np.where(feasible, score, -np.inf)))

    def __sklearn_tags__(self):
        """Accept what the classifier accepts."""
        tags = super().__sklearn_tags__()
        if not is_estimator(self._settings().estimator):
            return tags
        inner = get_tags(unfreeze(self._settings().estimator))
        tags.input_tags.sparse = inner.input_tags.sparse
        tags.input_tags.allow_nan = inner.input_tags.allow_nan
        if inner.classifier_tags is not None:
            tags.classifier_tags.multi_class = inner.classifier_tags.multi_class
        return tags


def _deltas(deltas, furthest):
    if isinstance(deltas, Integral):
        return spread(deltas, furthest)
    return np.unique(check_deltas(deltas))


def _split(cv, rows):
    """Yield the training and test rows of every fold."""
    named = rows.named_groups()
    if isinstance(cv, Integral) and named is not None:
        cv = GroupStratifiedKFold(cv)
    cv = check_cv(cv, rows.y, classifier=True)
    if named is not None and "sensitive_features" in signature(cv.split).parameters:
        return cv.split(rows.X, rows.y, sensitive_features=named)
    return cv.split(rows.X, rows.y)
