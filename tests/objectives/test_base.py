"""An objective with the least that the protocol asks for, as metric of rounds."""

import numpy as np
import pytest

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.exceptions import DeltaNotReachedWarning
from tests.cases import CalibrationGap, WorstCalibration, logistic


def branches():
    """Three groups that the features show in part: too many, too few, about right."""
    rng = np.random.default_rng(1)
    branch = rng.integers(3, size=3000)
    X = np.eye(3)[branch] + 0.5 * rng.normal(size=(3000, 3))
    return X, (2 * (branch == 1) + rng.logistic(size=3000) > 1).astype(int), branch


def worst(model, X, y, branch):
    error = model.predict_proba(X)[:, 1] - y
    return max(abs(error[branch == group].mean()) for group in range(3))


def corrected(X, y, branch):
    soft = SoftUnlearner(logistic().fit(X, y), metric=WorstCalibration(), delta=0.8, n_rounds=8)
    return soft.fit_influence(X, y, sensitive_features=branch).compute_weights().unlearn()


def test_the_asked_share_of_a_maximum_goes():
    soft = corrected(*branches())
    before, after = (worst(m, *branches()) for m in (soft.estimator_, soft.unlearned_estimator_))
    assert 1 - after / before == pytest.approx(0.8, abs=2e-3)
    assert soft.before_["worst_calibration"] == pytest.approx(before)
    assert soft.after_["worst_calibration"] == pytest.approx(after)


def test_without_rivals_another_one_becomes_the_largest(monkeypatch):
    monkeypatch.delattr(CalibrationGap, "rivals")
    with pytest.warns(DeltaNotReachedWarning, match="worst_calibration"):
        soft = corrected(*branches())
    assert soft.after_["worst_calibration"] > 0.5 * soft.before_["worst_calibration"]
