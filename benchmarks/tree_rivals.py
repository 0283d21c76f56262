"""What else closes a gap of trees, for the benchmark of trees (`trees.py`).

Each method is a generator: it takes a split and a metric, and yields the probabilities of test
rows, the seconds that they took, and what else is to be recorded.
"""

import numpy as np
import pandas as pd
from fairlearn.postprocessing import ThresholdOptimizer
from fairlearn.reductions import DemographicParity, ExponentiatedGradient, TruePositiveRateParity
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from tree_models import codes, timed

CONSTRAINTS = {
    "demographic_parity": (DemographicParity, "demographic_parity"),
    "equal_opportunity": (TruePositiveRateParity, "true_positive_rate_parity"),
}
THETAS = (0.1, 0.5, 0.9)


class Doubles(ClassifierMixin, BaseEstimator):
    """A fitted classifier with probabilities of eight bytes, which ThresholdOptimizer asks for."""

    def __init__(self, fitted):
        self.fitted = fitted

    def fit(self, X, y):
        return self

    def __sklearn_is_fitted__(self):
        return True

    def predict_proba(self, X):
        return self.fitted.predict_proba(X).astype(float)


def exponentiated_gradient(split, metric):
    (X, y, group), (test, *_) = split.training, split.test
    reduction, _ = CONSTRAINTS[metric]
    mitigated, seconds = timed(
        lambda: ExponentiatedGradient(clone(split.fitted), reduction(), max_iter=20).fit(
            X, y, sensitive_features=group
        )
    )
    yield mitigated._pmf_predict(test)[:, 1], seconds, {"random": True}


def threshold_optimizer(split, metric):
    (X, y, group), (test, _, test_group) = split.training, split.test
    _, constraint = CONSTRAINTS[metric]
    thresholds, seconds = timed(
        lambda: ThresholdOptimizer(
            estimator=Doubles(split.fitted),
            constraints=constraint,
            prefit=True,
            predict_method="predict_proba",
        ).fit(X, y, sensitive_features=group)
    )
    drawn = thresholds._pmf_predict(test, sensitive_features=test_group)[:, 1]
    yield drawn, seconds, {"random": True}


def reweighing(split, metric):
    """Weights under which label and group are independent (Kamiran and Calders 2012)."""
    (X, y, group), (test, *_) = split.training, split.test
    cell = pd.DataFrame({"y": y, "group": group})
    size = cell.groupby(["y", "group"])["y"].transform("size") * len(cell)
    margins = [cell.groupby(each)["y"].transform("size") for each in ("y", "group")]
    weight = (margins[0] * margins[1] / size).to_numpy()
    reweighed, seconds = timed(lambda: clone(split.fitted).fit(X, y, sample_weight=weight))
    yield reweighed.predict_proba(test)[:, 1], seconds, {}


def fair_gbm(split, metric):
    """FairGBM (Cruz et al. 2023), which has constraints on true and false positive rates only."""
    from fairgbm import FairGBMClassifier

    if metric != "equal_opportunity":
        return
    (X, y, group), (test, *_) = split.training, split.test
    _, groups = np.unique(group, return_inverse=True)
    fair, seconds = timed(
        lambda: FairGBMClassifier(
            constraint_type="FNR", n_jobs=1, n_estimators=100, multiplier_learning_rate=0.1
        ).fit(codes(X), y, constraint_group=groups)
    )
    yield fair.predict_proba(codes(test))[:, 1], seconds, {}


def fair_trees(split, metric):
    """A forest whose splits weigh parity by theta (Pereira Barata et al. 2023)."""
    from fair_trees import FairRandomForestClassifier

    if metric != "demographic_parity":
        return
    (X, y, group), (test, *_) = split.training, split.test
    X, test = (codes(table).to_numpy(float) for table in (X, test))
    _, groups = np.unique(group, return_inverse=True)
    for theta in THETAS:
        forest = FairRandomForestClassifier(
            theta=theta, min_samples_leaf=5, n_jobs=1, random_state=0
        )
        fair, seconds = timed(lambda f=forest: f.fit(X, y, Z=groups[:, None]))
        yield fair.predict_proba(test)[:, 1], seconds, {"delta": theta}


RIVALS = {
    "ExponentiatedGradient": exponentiated_gradient,
    "ThresholdOptimizer": threshold_optimizer,
    "reweighing": reweighing,
    "FairGBM": fair_gbm,
    "fair-trees": fair_trees,
}
# What is a learner of its own runs once, beside the learner that it is most like.
BESIDE = {"FairGBM": "lightgbm", "fair-trees": "random_forest"}
