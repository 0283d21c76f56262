"""Cases as data: a new view, curvature, objective or correction is one line here."""

import warnings
from functools import cache

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sk_softunlearn.corrections import Influence, Newton, Retrain
from sk_softunlearn.curvature import ConjugateGradient, Diagonal, Exact, Identity
from sk_softunlearn.losses import LogisticLoss, MultinomialLoss
from sk_softunlearn.objectives import (
    CustomObjective,
    DemographicParity,
    EqualizedOdds,
    EqualOpportunity,
    LogLoss,
    Robustness,
)
from sk_softunlearn.views import LogisticView, read_view

TIGHT = {"tol": 1e-11, "max_iter": 20_000}


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


def logistic_cv():
    modern = {"l1_ratios": (0,), "use_legacy_attributes": False, "scoring": "accuracy"}
    return LogisticRegressionCV(Cs=3, **TIGHT, **modern)


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


def same(X):
    return X


# name: (estimator, what is done to X, number of classes, whether fitted with sample_weight)
CLASSIFIERS = {
    "lbfgs": (logistic(), same, 2, False),
    "liblinear": (logistic(solver="liblinear", intercept_scaling=3.0), same, 2, True),
    "newton-cg": (logistic(solver="newton-cg", C=0.1), same, 2, True),
    "newton-cholesky": (logistic(solver="newton-cholesky"), same, 2, True),
    "sag": (logistic(solver="sag"), same, 2, False),
    "saga": (logistic(solver="saga", C=10.0), same, 2, True),
    "no intercept": (logistic(fit_intercept=False), same, 2, True),
    "no penalty": (logistic(C=np.inf), same, 2, True),
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
    "multinomial, no penalty": (logistic(C=np.inf), same, 3, False),
    "multinomial, no intercept": (logistic(fit_intercept=False), same, 3, False),
    "multinomial, balanced": (logistic(class_weight="balanced"), same, 3, True),
    "multinomial, sparse": (logistic(solver="newton-cholesky"), sparse.csr_array, 3, False),
    "pipeline": (make_pipeline(StandardScaler(), logistic()), same, 2, False),
    "frozen": (make_pipeline(StandardScaler(), FrozenEstimator(logistic())), same, 2, False),
    "text": (text_pipeline(), text_table, 2, False),
}  # fmt: skip


@cache
def fitted(name):
    """Return a fitted classifier of `CLASSIFIERS` with the X, y and sample_weight it has seen."""
    estimator, prepare, n_classes, weighted = CLASSIFIERS[name]
    X, y, weight = rows(n_classes)
    X, weight = prepare(X), weight if weighted else None
    if name == "CV, legacy":
        # scikit-learn 1.8 and later say that these defaults will change; they are what is tested.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            estimator.fit(X, y)
    elif name == "frozen":
        scaled = estimator[0].fit_transform(X)
        estimator[1].estimator.fit(scaled, y)
    elif weight is None:
        estimator.fit(X, y)
    else:
        estimator.fit(X, y, sample_weight=weight)
    return estimator, X, y, weight


def view(name):
    """Return the view of a fitted classifier on its training rows."""
    return read_view(*fitted(name))


VIEWS = [LogisticView]
LOSSES = [(LogisticLoss(), 1), (MultinomialLoss(), 3)]
INVERSES = [Exact(), ConjugateGradient(tol=1e-13)]
DIAGONALS = [Diagonal(), Identity()]
GAPS = [DemographicParity(), EqualOpportunity(), EqualizedOdds()]
LABEL_GAPS = [DemographicParity("label"), EqualizedOdds(surrogate="label")]
MEANS = [LogLoss(), Robustness()]
CUSTOM = [CustomObjective(lambda z: float(np.mean(z**2)))]
EXACT_CORRECTIONS = [Newton(), Retrain()]
CORRECTIONS = [*EXACT_CORRECTIONS, Influence()]
