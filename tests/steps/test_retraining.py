"""Predicted against retrained, by clones fitted outside of the package."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.neural_network import MLPClassifier

from sk_softunlearn import SoftUnlearner
from tests.cases import logistic, needs_network_weights, unfair
from tests.steps.test_rounds import corrected


@pytest.fixture(scope="module")
def soft():
    return corrected(n=600, delta=0.8, n_rounds=1)[0]


def measured(soft, model, before):
    theta = np.append(model.coef_.ravel(), model.intercept_)
    after = soft._run.panel.measure(theta)
    return {name: after[name] - before[name] for name in after}


def test_leave_one_out_is_what_refitting_without_the_row_brings(soft):
    (X, y) = soft._run.rows.X, soft._run.rows.y
    table = soft.set_params(random_state=0).validate(n=30)
    for row in table.index[:5]:
        kept = np.arange(len(y)) != row
        model = clone(soft.estimator_).fit(X[kept], y[kept])
        for name, change in measured(soft, model, soft.before_).items():
            assert table.loc[row, f"measured_{name}"] == pytest.approx(change, abs=1e-7)
    for name in soft.before_:
        predicted, real = table[f"predicted_{name}"], table[f"measured_{name}"]
        assert predicted.corr(real) > 0.99
        assert predicted @ real / (real @ real) == pytest.approx(1.0, abs=0.05)


def test_retraining_follows_the_prediction_at_first(soft):
    table = soft.validate("retrain", n=8)
    assert table.index[-1] == 1.0
    (X, y) = soft._run.rows.X, soft._run.rows.y
    model = clone(soft.estimator_).fit(X, y, sample_weight=soft.sample_weight_)
    for name, change in measured(soft, model, soft.before_).items():
        assert table.loc[1.0, f"measured_{name}"] == pytest.approx(change, abs=1e-9)
    # The error of a first-order prediction grows with the square of the share.
    error = (table["measured_demographic_parity"] - table["predicted_demographic_parity"]).abs()
    assert error.iloc[0] < 4 * error.iloc[-1] / 64


def test_rows_keep_their_labels(soft):
    assert soft.validate(n=10_000).shape[0] == 600


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [({"method": "bootstrap"}, "'method' must be"), ({"n": 0}, "'n' must be"), ({"n": 2.5}, "'n'")],
)
def test_bad_arguments_are_named(soft, arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        soft.validate(**arguments)


def all_layers():
    rng = np.random.default_rng(0)
    X, group = rng.normal(size=(200, 3)), rng.integers(2, size=200)
    y = (X[:, 0] + group + rng.normal(size=200) > 0.5).astype(int)
    network = MLPClassifier((3,), solver="lbfgs", max_iter=5000, alpha=1.0, random_state=0)
    soft = SoftUnlearner(network.fit(X, y), layers="all")
    return soft.fit_influence(X, y, sensitive_features=group)


@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.SoftUnlearnWarning")
def test_all_layers_of_a_network_have_no_minimum_to_leave_a_row_out_of():
    with pytest.raises(ValueError, match="'method' must be 'retrain' for all layers"):
        all_layers().validate()


@needs_network_weights
@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.SoftUnlearnWarning")
def test_all_layers_of_a_network_are_retrained():
    assert len(all_layers().compute_weights().validate("retrain", n=2)) == 2


def test_threads_change_nothing():
    X, y, group = unfair(300)
    tables = [
        SoftUnlearner(logistic(), random_state=0, n_jobs=n_jobs)
        .fit(X[["a", "b"]], y, sensitive_features=group)
        .validate(method, n=4)
        for method in ("loo", "retrain")
        for n_jobs in (None, 2)
    ]
    pd.testing.assert_frame_equal(tables[0], tables[1])
    pd.testing.assert_frame_equal(tables[2], tables[3])
