"""From a classifier to its view: who is read, who is refused, and who may be added."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.losses import SquaredLoss
from sk_softunlearn.objectives import CustomObjective
from sk_softunlearn.views import (
    LinearView,
    LogisticView,
    MLPHeadView,
    MLPView,
    View,
    _registry,
    read_view,
    register_view,
    view_type,
)
from tests.cases import fitted, needs_multi_class, rows


def test_the_classifier_at_the_end_decides():
    assert view_type(make_pipeline(StandardScaler(), LogisticRegression())) is LogisticView
    assert view_type(MLPClassifier()) is MLPHeadView
    assert view_type(MLPClassifier(), layers="all") is MLPView
    with pytest.raises(UnsupportedEstimatorError, match="got GaussianNB"):
        view_type(make_pipeline(StandardScaler(), GaussianNB()))


@pytest.mark.parametrize(
    ("classifier", "advice"),
    [
        (SGDClassifier(), "no second derivative"),
        (LinearSVC(penalty="l1", dual=False), "penalty='l2'"),
        (OneVsRestClassifier(LinearSVC()), r"LinearSVC, .* use them alone"),
        (OneVsRestClassifier(LogisticRegression(class_weight="balanced")), "class_weight=None"),
        (LinearDiscriminantAnalysis(), "use LogisticRegression"),
        (CalibratedClassifierCV(LogisticRegression()), "calibrate the corrected one"),
        (SVC(), "use LinearSVC"),
    ],
    ids=str,
)
def test_what_is_not_supported_is_refused_with_what_to_use(classifier, advice, monkeypatch):
    with pytest.raises(UnsupportedEstimatorError, match=advice):
        view_type(classifier)
    # Before the fit, too: nothing is trained in vain.
    monkeypatch.setattr(type(classifier), "fit", None)
    X, y, _ = rows()
    with pytest.raises(UnsupportedEstimatorError, match=advice):
        SoftUnlearner(classifier).fit(X, y, sensitive_features=y)


@pytest.mark.parametrize(
    ("classifier", "n_classes", "sentence"),
    [
        (SGDClassifier(loss="hinge"), 2, "no second derivative"),
        (SGDClassifier(loss="log_loss", penalty="l1", average=True), 2, "average=False"),
        (SGDClassifier(loss="log_loss", penalty="elasticnet", average=9), 2, "average=False"),
        (SGDClassifier(loss="log_loss", class_weight="balanced"), 3, "Pass sample_weight instead"),
        (LinearSVC(loss="hinge", C=1e-3), 2, "loss='squared_hinge'"),
        (RidgeClassifier(positive=True), 2, "positive=False"),
        (LinearSVC(class_weight="balanced"), 3, "Pass sample_weight instead"),
        (OneVsRestClassifier(LogisticRegression(class_weight="balanced")), 3, "'class_weight'"),
    ],
    ids=str,
)
def test_settings_that_cannot_be_read_are_named(classifier, n_classes, sentence):
    X, y, _ = rows(n_classes)
    with pytest.raises(UnsupportedEstimatorError, match=sentence):
        read_view(classifier.fit(X, y), X, y)


@needs_multi_class
@pytest.mark.filterwarnings("ignore:'multi_class' was deprecated:FutureWarning")
@pytest.mark.parametrize(
    ("multi_class", "n_classes", "sentence"),
    [("multinomial", 2, "refit without 'multi_class'"), ("ovr", 3, "fitted one-versus-rest")],
)
def test_what_multi_class_makes_another_model_is_refused(multi_class, n_classes, sentence):
    X, y, _ = rows(n_classes)
    classifier = LogisticRegression(multi_class=multi_class).fit(X, y)
    with pytest.raises(UnsupportedEstimatorError, match=sentence):
        read_view(classifier, X, y)


@pytest.mark.parametrize("layers", ["last", "all"])
def test_several_labels_per_row_are_refused(layers):
    X, y, _ = rows(3)
    labels = np.column_stack([y == "yes", y == "no"]).astype(int)
    network = MLPClassifier((3,), solver="lbfgs", max_iter=2000, alpha=10.0).fit(X, labels)
    with pytest.raises(UnsupportedEstimatorError, match="several labels per row"):
        read_view(network, X, y, layers=layers)


@pytest.mark.parametrize("model", [RidgeClassifier(), OneVsRestClassifier(LogisticRegression())])
def test_several_labels_per_row_are_refused_of_linear_models(model):
    X, y, _ = rows(3)
    labels = np.column_stack([y == "yes", y == "no"]).astype(int)
    with pytest.raises(UnsupportedEstimatorError, match="several labels per row"):
        read_view(model.fit(X, labels), X, labels[:, 0])
    soft = SoftUnlearner(model)
    for verb in (soft.fit, soft.fit_influence):
        with pytest.raises(ValueError, match=r"one label per row .* got shape \(240, 2\)"):
            verb(X, labels, sensitive_features=y)


@pytest.mark.parametrize("layers", ["last", "all"])
def test_a_network_of_one_class_is_refused(layers):
    X, _, _ = rows()
    y = np.ones(len(X), dtype=int)
    network = MLPClassifier((3,), solver="lbfgs").fit(X, y)
    with pytest.raises(ValueError, match="got 1 class, 1"):
        read_view(network, X, y, layers=layers)


class LeastSquares(ClassifierMixin, BaseEstimator):
    """A third party's classifier: least squares, whose coefficients have another name."""

    def fit(self, X, y, sample_weight=None):
        self.classes_ = np.unique(y)
        ridge = RidgeClassifier(alpha=1.0).fit(X, y, sample_weight)
        self.slopes_, self.offset_ = ridge.coef_.ravel(), float(ridge.intercept_[0])
        self.n_features_in_ = len(self.slopes_)
        return self

    def decision_function(self, X):
        return X @ self.slopes_ + self.offset_

    def predict(self, X):
        return self.classes_[(self.decision_function(X) > 0).astype(int)]


class LeastSquaresView(LinearView):
    """Eight short methods make it correctable."""

    balances_weights = False
    intercept = True

    @staticmethod
    def accepts(classifier):
        return isinstance(classifier, LeastSquares)

    @staticmethod
    def fitted_table(classifier):
        return np.append(classifier.slopes_, classifier.offset_)[None, :]

    def make_loss(self):
        return SquaredLoss()

    def penalties(self):
        return 1.0, 0.0

    def fit_clone(self, y, weight):
        return LeastSquares().fit(self.features, y, weight)

    def store(self, classifier, theta):
        classifier.slopes_, classifier.offset_ = theta[:-1], theta[-1]


def test_a_classifier_of_ones_own_is_corrected_after_registering_its_view(monkeypatch):
    monkeypatch.setattr(_registry, "VIEWS", list(_registry.VIEWS))
    X, y, _ = rows(n=2000)
    group = (X[:, 0] + np.random.default_rng(1).normal(size=2000) > 0).astype(int)
    soft = SoftUnlearner(LeastSquares(), delta=0.5, random_state=0)
    with pytest.raises(UnsupportedEstimatorError, match="register a view"):
        soft.fit(X, y, sensitive_features=group)
    assert register_view(LeastSquaresView) is LeastSquaresView
    soft.fit(X, y, sensitive_features=group)
    assert type(soft.unlearned_estimator_) is LeastSquares
    gone = 1 - soft.after_["demographic_parity"] / soft.before_["demographic_parity"]
    assert gone == pytest.approx(0.5, abs=0.1)
    np.testing.assert_allclose(
        soft.validate(n=20).corr(method="spearman").loc["predicted_log_loss", "measured_log_loss"],
        1.0,
        atol=0.02,
    )


@pytest.mark.parametrize(
    "wrong",
    [View, LeastSquares, "view", CustomObjective, read_view(*fitted("lbfgs"))],
    ids=["abstract", "of the subclass", "a word", "another class", "an instance"],
)
def test_what_is_registered_must_be_a_concrete_view(wrong):
    with pytest.raises(TypeError, match="'view' must be a concrete subclass of View"):
        register_view(wrong)
