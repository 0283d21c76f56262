"""Estimators that are refused whichever view would read them."""

import copy

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from sk_softunlearn import SoftUnlearner, SoftUnlearnerCV
from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.views import LogisticView, _registry, read_view, register_view, view_type
from tests.cases import fitted, rows


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize(
    ("estimator", "got"),
    [
        ("lr", "'lr'"),
        (None, "None"),
        (3.0, "3.0"),
        (LogisticRegression, "the class LogisticRegression"),
        (Pipeline, "the class Pipeline"),
        ([LogisticRegression()], r"\[LogisticRegression\(\)\]"),
        (StandardScaler().fit_transform, "<bound method"),
    ],
)
def test_what_is_no_estimator_is_refused(estimator, got, frozen):
    X, y, _ = rows()
    soft = SoftUnlearner(FrozenEstimator(estimator) if frozen else estimator)
    got = "FrozenEstimator" if frozen else got
    for verb in (soft.fit, soft.fit_influence, SoftUnlearnerCV(soft, cv=2).fit):
        with pytest.raises(UnsupportedEstimatorError, match=f"^'estimator' must be .* got {got}"):
            verb(X, y, sensitive_features=y)


class Half(BaseEstimator):
    """A step of imbalanced-learn's protocol."""

    def fit_resample(self, X, y):
        raise AssertionError("resampled")

    def fit(self, X, y=None):
        raise AssertionError("fitted")


class Recorder(BaseEstimator):
    def fit(self, X, y=None):
        raise AssertionError("fitted")

    def transform(self, X):
        return X


RESAMPLING = {
    "first": Pipeline([("half", Half()), ("lr", LogisticRegression())]),
    "later": Pipeline([("a", Recorder()), ("half", Half()), ("lr", LogisticRegression())]),
    "inside, at the end": make_pipeline(Recorder(), make_pipeline(Half(), LogisticRegression())),
    "inside, before it": make_pipeline(make_pipeline(Recorder(), Half()), LogisticRegression()),
    "frozen step": make_pipeline(FrozenEstimator(Half()), LogisticRegression()),
    "alone": Half(),
}


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("name", RESAMPLING)
def test_a_resampling_step_is_refused_before_anything_is_fitted(name, frozen):
    X, y, _ = rows()
    estimator = RESAMPLING[name]
    soft = SoftUnlearner(FrozenEstimator(estimator) if frozen else estimator)
    for verb in (soft.fit, soft.fit_influence):
        with pytest.raises(UnsupportedEstimatorError, match=r"'estimator' .* 'fit_resample'"):
            verb(X, y, sensitive_features=y)


class LikeImbalancedLearns(Pipeline):
    def fit_resample(self, X, y):
        raise AssertionError("resampled")


def test_a_pipeline_that_could_resample_but_does_not_is_read():
    steps = [("scale", StandardScaler()), ("lr", LogisticRegression())]
    assert view_type(LikeImbalancedLearns(steps)) is LogisticView
    steps.insert(1, ("half", Half()))
    with pytest.raises(UnsupportedEstimatorError, match="'fit_resample'"):
        view_type(LikeImbalancedLearns(steps))


class Threshold(LogisticRegression):
    def predict(self, X):
        return self.classes_[(self.predict_proba(X)[:, 1] > 0.3).astype(int)]


class Shift:
    def decision_function(self, X):
        return super().decision_function(X) + 1.0


class ShiftedSVC(Shift, LinearSVC):
    pass


class Network(MLPClassifier):
    def predict_proba(self, X):
        return super().predict_proba(X) ** 2


class Ridge(RidgeClassifier):
    def predict(self, X):
        return super().predict(X)


class Shifted(SGDClassifier):
    def predict_log_proba(self, X):
        return super().predict_log_proba(X)


@pytest.mark.parametrize(
    ("classifier", "sentence"),
    [
        (Threshold(), "Threshold has its own 'predict'"),
        (ShiftedSVC(), "got ShiftedSVC, where Shift has its own 'decision_function'"),
        (Network(), "Network has its own 'predict_proba'"),
        (Ridge(), "Ridge has its own 'predict'"),
        (Shifted(loss="log_loss"), "its own 'predict_log_proba'"),
        (type("Deeper", (Threshold,), {})(), "got Deeper, where Threshold has its own 'predict'"),
        (OneVsRestClassifier(Threshold()), "Threshold has its own 'predict'"),
        (make_pipeline(StandardScaler(), FrozenEstimator(Threshold())), "its own 'predict'"),
    ],
    ids=str,
)
def test_a_subclass_that_predicts_in_its_own_way_is_refused(classifier, sentence):
    with pytest.raises(UnsupportedEstimatorError, match=f"'estimator' must predict .*{sentence}"):
        view_type(classifier)


class Counted(LogisticRegression):
    """What does not change how it predicts may be its own."""

    def __init__(self, C=1.0, name="counted"):
        super().__init__(C=C)
        self.name = name

    def fit(self, X, y, sample_weight=None):
        self.n_fits_ = getattr(self, "n_fits_", 0) + 1
        return super().fit(X, y, sample_weight)

    def score(self, X, y, sample_weight=None):
        return 0.0


class After(Counted, Shift):
    """The shift comes after the method that it would have to come before."""


@pytest.mark.parametrize("classifier", [Counted(), After()], ids=str)
def test_a_subclass_that_predicts_as_its_base_is_read(classifier):
    assert view_type(classifier) is LogisticView
    X, y, _ = rows()
    assert read_view(classifier.fit(X, y), X, y).theta.shape == (X.shape[1] + 1,)


def test_a_registered_view_may_read_what_predicts_in_its_own_way(monkeypatch):
    monkeypatch.setattr(_registry, "VIEWS", list(_registry.VIEWS))

    class ThresholdView(LogisticView):
        @staticmethod
        def accepts(classifier):
            return isinstance(classifier, Threshold)

    register_view(ThresholdView)
    assert view_type(Threshold()) is ThresholdView
    with pytest.raises(UnsupportedEstimatorError, match="'decision_function'"):
        view_type(ShiftedSVC())


DIVERGED = {
    "lbfgs": lambda model: model.coef_.__setitem__((0, 0), np.nan),
    "no penalty": lambda model: model.intercept_.__setitem__(0, np.inf),
    "pipeline": lambda model: model[-1].coef_.__setitem__((0, 1), -np.inf),
    "ridge": lambda model: model.coef_.__setitem__(0, np.nan),
    "one versus rest": lambda model: model.estimators_[1].coef_.__setitem__((0, 0), np.nan),
    "mlp head": lambda model: model.coefs_[0].__setitem__((0, 0), np.nan),
    "mlp relu": lambda model: model.intercepts_[1].__setitem__(0, np.inf),
}


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("name", DIVERGED)
def test_coefficients_that_are_no_numbers_are_refused(name, frozen):
    model, X, y, weight = fitted(name)
    model = copy.deepcopy(model)
    DIVERGED[name](model)
    layers = "all" if name == "mlp relu" else "last"
    soft = SoftUnlearner(FrozenEstimator(model) if frozen else model, layers=layers, pos_label=y[0])
    verb = soft.fit if frozen else soft.fit_influence
    with pytest.raises(UnsupportedEstimatorError, match="'estimator' must have finite coef"):
        verb(X, y, weight, sensitive_features=y)
