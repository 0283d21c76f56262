"""Calibration by group, beside scikit-learn's curve."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from sk_softunlearn import SoftUnlearner
from tests.cases import logistic, unfair


@pytest.fixture(scope="module")
def audited():
    X, y, group = unfair(1500)
    soft = SoftUnlearner(logistic(), random_state=0).fit(X[["a", "b"]], y, sensitive_features=group)
    return soft, X[["a", "b"]], y, group


@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
@pytest.mark.parametrize("n_bins", [1, 5, 12])
def test_every_group_has_the_curve_of_scikit_learn(audited, n_bins, strategy):
    soft, X, y, group = audited
    few = slice(0, 200)
    report = soft.audit(X[few], y[few], sensitive_features=group[few])
    table = report.calibration(n_bins, strategy)
    models = {"before": soft.estimator_, "after": soft.unlearned_estimator_}
    for name in ("g0", "g1", "overall"):
        own = np.ones(200, dtype=bool) if name == "overall" else (group[few] == name).to_numpy()
        for when, model in models.items():
            probability = model.predict_proba(X[few][own])[:, 1]
            share, mean = calibration_curve(
                y[few][own] == "yes", probability, n_bins=n_bins, strategy=strategy
            )
            curve = table.loc[name].xs(when, axis=1, level=1)
            assert curve["rows"].sum() == own.sum()
            curve = curve[curve["rows"] > 0]
            np.testing.assert_allclose(curve["mean_probability"], mean)
            np.testing.assert_allclose(curve["base_rate"], share)


def test_bins_that_are_empty_are_left_out(audited):
    soft, X, y, group = audited
    certain = soft.estimator_.predict_proba(X)[:, 1] > 0.9
    report = soft.audit(X[certain], y[certain], sensitive_features=group[certain])
    table = report.calibration(10).loc["overall"]
    assert table["rows", "before"].loc[9] == certain.sum()
    assert 0 not in table.index
    empty = table["rows", "before"] == 0
    assert table["base_rate", "before"].isna().equals(empty)


def test_what_cannot_be_compared_is_refused(audited):
    soft, X, y, group = audited
    report = soft.audit(X, y, sensitive_features=group)
    with pytest.raises(ValueError, match="'n_bins' must be a whole number"):
        report.calibration(0)
    with pytest.raises(ValueError, match="'strategy' must be one of"):
        report.calibration(strategy="kmeans")
    with pytest.raises(ValueError, match="'calibration' needs labels"):
        soft.audit(X, None, sensitive_features=group).calibration()
