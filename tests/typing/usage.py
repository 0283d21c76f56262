"""What a user's own code is told about types; checked by mypy, not run."""

from typing import assert_type

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from sk_softunlearn import SoftUnlearner, SoftUnlearnerCV
from sk_softunlearn.audit import AuditReport, TradeoffDisplay, WeightsDisplay
from sk_softunlearn.corrections import GradientAscent
from sk_softunlearn.exceptions import InfeasibleWeightsError
from sk_softunlearn.metrics import demographic_parity_scorer
from sk_softunlearn.persistence import TRUSTED_TYPES
from sk_softunlearn.torch import TorchClassifier
from sk_softunlearn.views import fit_head, read_rows
from sk_softunlearn.weights import HardWeights, WeightProblem, WeightSolution


def correct(X: pd.DataFrame, y: np.ndarray, group: pd.Series) -> AuditReport:
    """Every step, and what it returns."""
    soft = SoftUnlearner(LogisticRegression(), delta=0.5, guards={"log_loss": 0.01})
    assert_type(soft.fit(X, y, sensitive_features=group), SoftUnlearner)
    assert_type(soft.fit_influence(X, y).compute_weights().unlearn(), SoftUnlearner)
    assert_type(soft.epsilon_, np.ndarray)
    assert_type(soft.sample_weight_, np.ndarray)
    assert_type(soft.influence_["log_loss"], np.ndarray)
    assert_type(soft.solution_, WeightSolution)
    assert_type(soft.solution_.predicted["log_loss"], float)
    assert_type(soft.after_["log_loss"] - soft.before_["log_loss"], float)
    assert_type(soft.rounds_, pd.DataFrame)
    assert_type(soft.predict(X), np.ndarray)
    assert_type(soft.predict_proba(X), np.ndarray)
    moved: pd.DataFrame = soft.explain_rows(5)
    assert_type(
        soft.fit([[0.0], [1.0]], ["no", "yes"], sensitive_features={"g": [0, 1]}), SoftUnlearner
    )
    path: pd.DataFrame = soft.delta_path([0.2, 0.4])
    assert_type(moved.columns.tolist() + path.columns.tolist(), list[str])
    report = soft.audit(X, y, sensitive_features=group)
    assert_type(report, AuditReport)
    assert_type(report.frame(), pd.DataFrame)
    assert_type(report.to_markdown(), str)
    assert_type(report.measured[1]["log_loss"], float)
    return report


def refuse(soft: SoftUnlearner, X: pd.DataFrame, y: np.ndarray) -> None:
    """What is not rows, labels or a way to validate."""
    soft.fit(None, y)  # type: ignore[arg-type]
    soft.fit_influence(X, None)  # type: ignore[arg-type]
    soft.predict(object())  # type: ignore[arg-type]
    soft.validate("leave_one_out")  # type: ignore[arg-type]
    soft.explain_rows("all")  # type: ignore[arg-type]


def search(X: pd.DataFrame, y: np.ndarray, group: pd.Series) -> float:
    """A subclass is what its methods return."""

    class Mine(SoftUnlearner):
        pass

    assert_type(Mine(LogisticRegression()).fit(X, y), Mine)
    found = SoftUnlearnerCV(Mine(LogisticRegression()), deltas=5, constraint=0.05)
    assert_type(found.fit(X, y, sensitive_features=group), SoftUnlearnerCV)
    assert_type(found.unlearner_.epsilon_, np.ndarray)
    assert_type(TradeoffDisplay.from_cv_results(found).plot(), TradeoffDisplay)
    assert_type(WeightsDisplay.from_estimator(found.unlearner_).frame(), pd.DataFrame)
    rows = found.unlearner_.explain_rows(None)
    assert_type(WeightsDisplay.from_rows(rows).plot(), WeightsDisplay)
    assert_type(demographic_parity_scorer(found, X, y, sensitive_features=group), float)
    return found.delta_


def network(clf: TorchClassifier, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A network, and the functions that fit and read."""
    assert_type(clf.fit(X, y, sample_weight=np.ones(len(y))), TorchClassifier)
    assert_type(clf.adopt([0, 1]).load_state_dict(clf.state_dict()), TorchClassifier)
    assert_type(clf.predict_proba(X), np.ndarray)
    assert_type(fit_head(clf, X, y), TorchClassifier)
    clf.fit(X, None)  # type: ignore[arg-type]
    read_rows(clf, object(), y)  # type: ignore[arg-type]
    return read_rows(clf, X, y)[1]


def parts(linear: np.ndarray, rows: np.ndarray) -> tuple[str, ...]:
    """Weights alone, errors, objects as parameters."""
    try:
        solution = WeightProblem(linear, rows, [0.0], [1.0]).solve()
    except InfeasibleWeightsError as error:
        assert_type(error.max_delta, float)
        raise
    assert_type(solution.epsilon, np.ndarray)
    assert_type(solution.case, str)
    SoftUnlearner(
        LogisticRegression(), weighting=HardWeights(0.1), correction=GradientAscent(n_steps=10)
    )
    assert_type(TRUSTED_TYPES, tuple[str, ...])
    return TRUSTED_TYPES
