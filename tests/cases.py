"""Cases as data: a new view, curvature, objective or correction is one line here."""

import warnings
from functools import cache

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from scipy import sparse
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import (
    LogisticRegression,
    LogisticRegressionCV,
    RidgeClassifier,
    RidgeClassifierCV,
    SGDClassifier,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from sk_softunlearn.corrections import (
    NTK,
    Auto,
    BadTeacher,
    CFk,
    EUk,
    FineTune,
    Fisher,
    GradientAscent,
    Influence,
    Newton,
    Replay,
    Retrain,
    Scrub,
)
from sk_softunlearn.curvature import ConjugateGradient, Diagonal, Dual, Exact, Identity
from sk_softunlearn.exceptions import HeldAtZeroWarning
from sk_softunlearn.losses import (
    LogisticLoss,
    ModifiedHuberLoss,
    MultinomialLoss,
    OneVersusRestLoss,
    ShareLoss,
    SquaredHingeLoss,
    SquaredLoss,
)
from sk_softunlearn.objectives import (
    BoundObjective,
    CustomObjective,
    DemographicParity,
    EqualizedOdds,
    EqualOpportunity,
    LogLoss,
    Objective,
    Robustness,
    TargetLoss,
    WorstGroupLoss,
)
from sk_softunlearn.views import (
    LinearSVCView,
    LinearView,
    LogisticView,
    MLPHeadView,
    MLPView,
    OneVersusRestView,
    RidgeView,
    SGDView,
    read_view,
    register_view,
)

TIGHT = {"tol": 1e-11, "max_iter": 20_000}

# What the supported versions of scikit-learn do not all have: no other file asks for the version.
SKLEARN = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
# From 1.8 on C and l1_ratio say the penalty, 'penalty' warns, and there is no 'multi_class'.
MODERN_LOGISTIC = SKLEARN >= (1, 8)
NO_PENALTY = {"C": np.inf} if MODERN_LOGISTIC else {"penalty": None}
LASSO = {"l1_ratio": 1.0} if MODERN_LOGISTIC else {"penalty": "l1"}
ELASTIC_NET = {"l1_ratio": 0.5} | ({} if MODERN_LOGISTIC else {"penalty": "elasticnet"})
# Until 1.8 `__dataframe__` is asked for, of which polars 1.40 warns and which 2.0 no longer has.
needs_polars_tables = pytest.mark.skipif(
    SKLEARN < (1, 9) and tuple(map(int, pl.__version__.split(".")[:2])) >= (1, 40),
    reason="scikit-learn reads tables of polars 1.40 and later from 1.9 on only",
)
needs_multi_class = pytest.mark.skipif(
    MODERN_LOGISTIC, reason="LogisticRegression has 'multi_class' until scikit-learn 1.7 only"
)
# Until 1.6 MLPClassifier takes no weights: its cases are then fitted without.
NETWORK_WEIGHTS = SKLEARN >= (1, 7)
needs_network_weights = pytest.mark.skipif(
    not NETWORK_WEIGHTS, reason="MLPClassifier takes 'sample_weight' from scikit-learn 1.7 on only"
)


def scikit_learn_checks(estimators):
    """Return a decorator that runs scikit-learn's checks of estimators."""
    mark = parametrize_with_checks(estimators, expected_failed_checks=_failed_checks).mark
    names, checks = mark.args
    # Until 1.7 an iterator, of which pytest 9 warns.
    return pytest.mark.parametrize(names, list(checks), **mark.kwargs)


def _failed_checks(estimator):
    inner = getattr(estimator, "estimator", None)
    # Until 1.6 a Pipeline says that its StandardScaler takes sparse rows, which it cannot center.
    if SKLEARN < (1, 7) and isinstance(inner, Pipeline):
        return {"check_sample_weight_equivalence_on_sparse_data": "StandardScaler centers rows"}
    if isinstance(inner, HistGradientBoostingClassifier):
        # scikit-learn expects it of the classifier itself.
        return {"check_sample_weight_equivalence_on_dense_data": "bins are made of rows"}
    return {}


@cache
def rows(n_classes=2, n=240, seed=0):
    """Return X of four columns, labels and weights; classes overlap, columns are independent."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4)) * [1.0, 0.5, 2.0, 1.0]
    score = X @ rng.normal(size=(4, n_classes)) + 2 * rng.gumbel(size=(n, n_classes))
    y = np.array(["no", "yes", "perhaps"])[score.argmax(axis=1)]
    return X, y, rng.uniform(0.2, 3.0, n)


def text_table(X):
    """Return the rows as a DataFrame with one column of strings."""
    table = pd.DataFrame(X, columns=list("abcd"))
    return table.assign(city=np.where(X[:, 0] > 0, "Rome", "Oslo"))


def logistic(**parameters):
    return LogisticRegression(**(TIGHT | parameters))


def net_without_l1():
    return logistic(penalty="elasticnet", l1_ratio=0, solver="saga")


def logistic_cv(Cs=3):
    # Later versions warn without these.
    modern = {"l1_ratios": (0,), "use_legacy_attributes": False} if MODERN_LOGISTIC else {}
    return LogisticRegressionCV(Cs=Cs, scoring="accuracy", **TIGHT, **modern)


def ridge_sparse():
    return RidgeClassifier(fit_intercept=False, solver="sparse_cg", tol=1e-12)


def linear_svc(**parameters):
    return LinearSVC(dual=False, tol=1e-12, max_iter=100_000, **parameters)


def sgd(loss, **parameters):
    schedule = {"learning_rate": "invscaling", "eta0": 0.2, "power_t": 0.6}
    fixed = {"max_iter": 2000, "tol": None, "average": 10_000, "random_state": 0, "alpha": 0.1}
    return SGDClassifier(loss=loss, **schedule, **(fixed | parameters))


SGD_NET = {"penalty": "elasticnet", "l1_ratio": 0.7}


def lasso(**parameters):
    """Return a logistic regression with an L1 penalty, which puts some coefficients at 0."""
    return logistic(**({"solver": "saga", "C": 0.08, "random_state": 0} | LASSO | parameters))


# Liblinear penalises the intercept, too, which keeps it at 0 unless the classes differ.
SCALED = {"intercept_scaling": 3.0, "class_weight": {"no": 3.0}}


def lasso_each():
    return OneVsRestClassifier(lasso(C=0.06, solver="liblinear"))


def elastic_net_cv():
    chosen = {"Cs": [0.1], "l1_ratios": (0.9,), "solver": "saga", "random_state": 0}
    if MODERN_LOGISTIC:
        chosen |= {"use_legacy_attributes": False}
    else:
        chosen |= {"penalty": "elasticnet"}
    return LogisticRegressionCV(scoring="accuracy", **TIGHT, **chosen)


def mlp(hidden, **parameters):
    lbfgs = {"solver": "lbfgs", "max_iter": 20_000, "max_fun": 100_000, "tol": 1e-14}
    return MLPClassifier(hidden, **({"alpha": 0.5, "random_state": 0} | lbfgs | parameters))


def adam(hidden):
    steps = {"solver": "adam", "learning_rate_init": 3e-4, "batch_size": 60, "max_iter": 3000}
    return mlp(hidden, **steps, tol=0.0, n_iter_no_change=3000, activation="tanh")


def text_pipeline():
    columns = make_column_transformer((StandardScaler(), list("abcd")), (OneHotEncoder(), ["city"]))
    return make_pipeline(columns, logistic())


def unfair(n=1200, seed=0, n_groups=2):
    """Rows of three numbers and a string, with a group that is not among them."""
    rng = np.random.default_rng(seed)
    group = rng.integers(n_groups, size=n)
    X = pd.DataFrame(rng.normal(size=(n, 3)), columns=["a", "b", "c"], index=np.arange(n) + 1000)
    X["a"] += group
    X["city"] = rng.choice(["Rome", "Oslo"], n)
    score = X[["a", "b", "c"]].sum(axis=1) + (X["city"] == "Rome")
    y = np.where(score + rng.logistic(size=n) > 0.8, "yes", "no")
    return X, y, pd.Series(group, index=X.index, name="group").map(lambda g: f"g{g}")


def raw_pipeline(**parameters):
    columns = make_column_transformer(
        (StandardScaler(), ["a", "b", "c"]), (OneHotEncoder(), ["city"])
    )
    return make_pipeline(columns, logistic(**parameters))


# The method of arXiv 2505.18783: the smallest weights that reach delta to first order, in one shot.
PAPER = {
    "n_rounds": 1,
    "objective": "metric",
    "guards": ("log_loss",),
    "surrogate": "probability",
}


def step_by_step(soft, halves):
    (X, y, group), (X_val, y_val, group_val) = halves
    soft.fit_influence(
        X,
        y,
        sensitive_features=group,
        X_val=X_val,
        y_val=y_val,
        sensitive_features_val=group_val,
    )
    return soft.compute_weights().unlearn()


class OnTop(ClassifierMixin, BaseEstimator):
    """A third party's classifier: penalised coefficients on top of a fitted model's log odds."""

    fit_intercept = False

    def __init__(self, base):
        self.base = base

    def fit(self, X, y, sample_weight=None):
        self.classes_ = np.unique(y)
        self.n_features_in_ = X.shape[1]
        weight = np.ones(len(y)) if sample_weight is None else sample_weight
        self.coef_ = np.zeros((1, X.shape[1]))
        for _ in range(30):
            p = expit(self.decision_function(X))
            slope = X.T @ (weight * (p - (y == self.classes_[1]))) + 2.0 * self.coef_[0]
            hessian = X.T @ ((weight * p * (1 - p))[:, None] * X) + 2.0 * np.eye(X.shape[1])
            self.coef_ = self.coef_ - np.linalg.solve(hessian, slope)
        return self

    def decision_function(self, X):
        return self.base.decision_function(X) + X @ self.coef_[0]

    def predict(self, X):
        return self.classes_[(self.decision_function(X) > 0).astype(int)]


@register_view
class OnTopView(LinearView):
    """Its view: the log odds of the other model are an offset per row."""

    @staticmethod
    def accepts(classifier):
        return isinstance(classifier, OnTop)

    def make_loss(self):
        return LogisticLoss()

    def penalties(self):
        return 2.0, 0.0

    def fit_clone(self, y, weight):
        return clone(self.classifier).fit(self.features, y, sample_weight=weight)

    def make_offset(self, features):
        return self.classifier.base.decision_function(features)

    def offset_gradient(self, cotangent):
        return cotangent @ self.classifier.base.estimator.coef_


def on_top():
    X, y, _ = rows(seed=0)
    return OnTop(FrozenEstimator(LogisticRegression(C=0.01).fit(X[:100], y[:100])))


def same(X):
    return X


def wide(X):
    """Return the rows with four more columns, of noise."""
    return np.column_stack([X, np.random.default_rng(1).normal(size=X.shape)])


def wide_sparse(X):
    return sparse.csr_array(wide(X))


# name: (estimator, what is done to X, number of classes, whether fitted with sample_weight)
CLASSIFIERS = {
    "lbfgs": (logistic(), same, 2, False),
    "liblinear": (logistic(solver="liblinear", intercept_scaling=3.0), same, 2, True),
    "newton-cg": (logistic(solver="newton-cg", C=0.1), same, 2, True),
    "newton-cholesky": (logistic(solver="newton-cholesky"), same, 2, True),
    "sag": (logistic(solver="sag"), same, 2, False),
    "saga": (logistic(solver="saga", C=10.0), same, 2, True),
    "no intercept": (logistic(fit_intercept=False), same, 2, True),
    "no penalty": (logistic(**NO_PENALTY), same, 2, True),
    "balanced": (logistic(class_weight="balanced"), same, 2, True),
    "class weights": (logistic(class_weight={"no": 2.0, "yes": 0.5}), same, 2, False),
    "liblinear balanced": (logistic(solver="liblinear", class_weight="balanced"), same, 2, True),
    "fortran": (logistic(), np.asfortranarray, 2, False),
    "csr_matrix": (logistic(), sparse.csr_matrix, 2, True),
    "csr_array": (logistic(), sparse.csr_array, 2, False),
    "csc_array": (logistic(), sparse.csc_array, 2, False),
    "float32": (logistic(tol=1e-4), np.float32, 2, False),
    "CV": (logistic_cv(), same, 2, False),
    "CV, legacy": (LogisticRegressionCV(Cs=3, **TIGHT), same, 3, False),
    "multinomial": (logistic(), same, 3, True),
    "multinomial, no penalty": (logistic(**NO_PENALTY), same, 3, False),
    "multinomial, no intercept": (logistic(fit_intercept=False), same, 3, False),
    "multinomial, balanced": (logistic(class_weight="balanced"), same, 3, True),
    "multinomial, sparse": (logistic(solver="newton-cholesky"), sparse.csr_array, 3, False),
    "pipeline": (make_pipeline(StandardScaler(), logistic()), same, 2, False),
    "frozen": (make_pipeline(StandardScaler(), FrozenEstimator(logistic())), same, 2, False),
    "text": (text_pipeline(), text_table, 2, False),
    "ridge": (RidgeClassifier(alpha=3.0), same, 2, True),
    "ridge, three classes": (RidgeClassifier(class_weight="balanced"), same, 3, True),
    "ridge, alpha per class": (RidgeClassifier(np.array([0.5, 5, 50])), same, 3, False),
    "ridge, no intercept, sparse": (ridge_sparse(), sparse.csr_array, 2, False),
    "ridge CV": (RidgeClassifierCV(alphas=(0.5, 5.0)), same, 2, False),
    "linear svc": (linear_svc(C=0.3, intercept_scaling=2.0), same, 2, True),
    "linear svc, balanced": (linear_svc(class_weight="balanced"), same, 2, True),
    "linear svc, three classes": (linear_svc(), same, 3, True),
    "one versus rest": (OneVsRestClassifier(logistic(C=0.5)), same, 3, False),
    "one versus rest, binary": (OneVsRestClassifier(logistic()), same, 2, False),
    "one versus rest, CV": (OneVsRestClassifier(logistic_cv(Cs=[1e-3, 0.05, 2])), same, 3, False),
    "on top of a model": (on_top(), same, 2, True),
    "lasso": (lasso(), wide, 2, True),
    "lasso, liblinear": (lasso(solver="liblinear", **SCALED), wide, 2, True),
    "lasso, liblinear without intercept": (lasso(solver="liblinear"), wide, 2, False),
    "lasso, no intercept, sparse": (lasso(C=0.12, fit_intercept=False), wide_sparse, 2, False),
    "lasso, pipeline": (make_pipeline(StandardScaler(), lasso(C=0.05)), wide, 2, False),
    "lasso, sparsified": (lasso(), wide, 2, False),
    "lasso, three classes": (lasso(C=0.3, class_weight="balanced"), wide, 3, True),
    "lasso, three classes, sparse": (lasso(C=0.06), wide_sparse, 3, False),
    "elastic net": (lasso(C=0.05, **ELASTIC_NET), wide, 2, True),
    "elastic net, three classes": (lasso(C=0.03, **ELASTIC_NET), wide, 3, False),
    "elastic net CV": (elastic_net_cv(), wide, 2, False),
    "one versus rest, lasso": (lasso_each(), wide, 3, False),
    "elastic net, no L1": (net_without_l1(), same, 2, False),
    "sparsified": (logistic(), same, 2, True),
    "sparsified, three classes": (logistic(), sparse.csr_array, 3, False),
    "linear svc, sparsified": (linear_svc(), same, 2, False),
    "one versus rest, sparsified": (OneVsRestClassifier(logistic()), same, 3, False),
    "mlp head": (mlp((6,), activation="tanh"), same, 2, NETWORK_WEIGHTS),
    "mlp head, three classes": (mlp((5, 4), activation="tanh"), same, 3, False),
    "mlp head, no hidden layer": (mlp(()), sparse.csr_array, 2, False),
    "mlp head, pipeline": (make_pipeline(StandardScaler(), mlp((6, 3))), same, 2, False),
}  # fmt: skip
# Fitted by steps that end near the minimum only.
STOCHASTIC = {
    "sgd log loss": (sgd("log_loss"), same, 2, True),
    "sgd modified huber": (sgd("modified_huber"), same, 2, False),
    "sgd squared hinge": (sgd("squared_hinge", class_weight="balanced"), same, 2, True),
    "sgd squared error": (sgd("squared_error"), same, 2, False),
    "sgd log loss, three classes": (sgd("log_loss"), same, 3, True),
    "sgd lasso": (sgd("log_loss", penalty="l1", average=False, alpha=0.05), wide, 2, True),
    "sgd elastic net": (sgd("squared_error", average=False, **SGD_NET), wide, 3, False),
    "sgd elastic net, no L1": (sgd("log_loss", penalty="elasticnet", l1_ratio=0), same, 2, True),
    "mlp head, adam": (adam((6,)), same, 2, NETWORK_WEIGHTS),
}  # fmt: skip
NETWORKS = {
    "mlp relu": (mlp((6,), alpha=0.02), same, 2, NETWORK_WEIGHTS),
    "mlp tanh, three classes": (mlp((5, 4), alpha=0.02, activation="tanh"), same, 3, False),
    "mlp logistic": (mlp((4, 3, 3), alpha=0.02, activation="logistic"), same, 2, False),
    "mlp sparse": (mlp((3,), alpha=0.02, activation="identity"), sparse.csr_array, 2, False),
    "mlp float32": (mlp((4,), alpha=0.02), np.float32, 2, False),
    "mlp pipeline": (make_pipeline(StandardScaler(), mlp((5,), alpha=0.02)), same, 3, False),
}  # fmt: skip
# What scikit-learn says when it fits them.
WARNING = {
    # Later versions: that these defaults will change. They are what is tested.
    "CV, legacy": FutureWarning,
    "elastic net, no L1": FutureWarning,
    # That more steps could be taken: they always can.
    "mlp head, adam": ConvergenceWarning,
}
if SKLEARN == (1, 8):
    # That an infinite C makes it ignore C.
    WARNING |= {"no penalty": UserWarning, "multinomial, no penalty": UserWarning}


@cache
def fitted(name):
    """Return a fitted classifier of `CLASSIFIERS` with the X, y and sample_weight it has seen."""
    estimator, prepare, n_classes, weighted = (CLASSIFIERS | STOCHASTIC | NETWORKS)[name]
    X, y, weight = rows(n_classes)
    X, weight = prepare(X), weight if weighted else None
    weights = {} if weight is None else {"sample_weight": weight}
    with warnings.catch_warnings():
        if name in WARNING:
            warnings.simplefilter("ignore", WARNING[name])
        if name == "frozen":
            estimator[1].estimator.fit(estimator[0].fit_transform(X), y)
        else:
            estimator.fit(X, y, **weights)
    if "sparsified" in name:
        for each in getattr(estimator, "estimators_", [estimator]):
            each.sparsify()
    return estimator, X, y, weight


def view(name):
    """Return the view of a fitted classifier on its training rows."""
    with warnings.catch_warnings():
        # Which of the coefficients may move is what the lassos are there for.
        warnings.simplefilter("ignore", HeldAtZeroWarning)
        return read_view(*fitted(name), layers=depth(name))


def depth(name):
    return "all" if name in NETWORKS else "last"


class WorstCalibration(Objective):
    """A third party's maximum: the largest gap of a group between probability and label."""

    name = "worst_calibration"
    needs_groups = True

    def bind(self, raw, rows):
        return CalibrationGap.largest_first(raw, rows)[0]


class CalibrationGap(BoundObjective):
    """Mean probability minus mean label of one group, or its negative: the least one may write."""

    def __init__(self, rows, share):
        self.rows = rows
        self.share = share

    def value(self, raw):
        error = self.rows.loss.probability(raw, self.rows.positive)
        return float(self.share @ (error - (self.rows.target == self.rows.positive)))

    def gradient(self, raw):
        slope = self.rows.loss.probability_slope(raw, self.rows.positive)
        return self.share[:, None] * slope

    def refresh(self, raw):
        return self.largest_first(raw, self.rows)[0]

    def rivals(self, raw):
        return self.largest_first(raw, self.rows)[1:]

    @classmethod
    def largest_first(cls, raw, rows):
        gaps = []
        for group in range(len(rows.group_names)):
            weight = np.where(rows.groups == group, rows.sample_weight, 0.0)
            gaps += [cls(rows, side * weight / weight.sum()) for side in (1.0, -1.0)]
        return sorted(gaps, key=lambda gap: -gap.value(raw))


VIEWS = [
    LogisticView,
    LinearSVCView,
    MLPHeadView,
    MLPView,
    OneVersusRestView,
    RidgeView,
    SGDView,
]
LOG_LOSSES = [(LogisticLoss(), 1), (MultinomialLoss(), 3), (ShareLoss(), 1), (ShareLoss(), 3)]
LOSSES = [
    *LOG_LOSSES,
    (SquaredLoss(), 1),
    (SquaredHingeLoss(), 1),
    (ModifiedHuberLoss(), 1),
    (OneVersusRestLoss(LogisticLoss()), 3),
    (OneVersusRestLoss(ModifiedHuberLoss()), 3),
]


def raw_predictions(loss, n_outputs, n=6):
    """Return raw predictions of n rows, and their classes."""
    rng = np.random.default_rng(0)
    raw = rng.normal(size=(n, n_outputs)) * 3
    if isinstance(loss, ShareLoss):
        # They are probabilities, here not near 0; the one of two classes is less 1/2.
        shares = rng.dirichlet(np.full(max(n_outputs, 2), 8.0), n)
        raw = shares if n_outputs > 1 else shares[:, 1:] - 0.5
    return raw, rng.permutation(n) % max(n_outputs, 2)


INVERSES = [Exact(), ConjugateGradient(tol=1e-13), Dual()]
DIAGONALS = [Diagonal(), Identity()]
GAPS = [DemographicParity(), EqualOpportunity(), EqualizedOdds()]
OTHER_GAPS = [EqualOpportunity("loss"), EqualizedOdds("loss"), DemographicParity(per_class=True)]
LABEL_GAPS = [DemographicParity("label"), EqualizedOdds(surrogate="label")]
# The largest of several, wherever there are more than two groups.
MAXIMA = [
    DemographicParity(),
    DemographicParity("label"),
    DemographicParity(per_class=True),
    EqualOpportunity("loss"),
    EqualizedOdds(),
    WorstGroupLoss(),
    WorstCalibration(),
]
MEANS = [LogLoss(), Robustness(), TargetLoss(), WorstGroupLoss()]


def mean_square(z):
    return float(np.mean(z**2))


CUSTOM = [CustomObjective(mean_square)]
EXACT_CORRECTIONS = [Newton(), Retrain()]
# Where they go on a convex head, given enough steps: to retraining.
CONVERGING = [FineTune(n_steps=3000), CFk(n_steps=3000), EUk(n_steps=3000, random_state=0)]
STEPS = [
    Fisher(random_state=0),
    GradientAscent(),
    NTK(),
    Scrub(n_epochs=2, n_steps=5),
    BadTeacher(n_steps=20, random_state=0),
]
CORRECTIONS = [
    *EXACT_CORRECTIONS,
    Retrain(layers="all"),
    Influence(),
    Auto(),
    Replay(),
    *CONVERGING,
    *STEPS,
]
