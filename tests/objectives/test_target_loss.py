"""A trusted set, as metric and guard."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.objectives import TargetLoss
from tests.cases import rows


def poisoned():
    X, y, _ = rows(n=3000)
    rng = np.random.default_rng(0)
    flipped = rng.random(2000) < 0.15
    seen = np.where(flipped, np.where(y[:2000] == "yes", "no", "yes"), y[:2000])
    return X[:2000], seen, flipped, (X[2000:2500], y[2000:2500]), (X[2500:], y[2500:])


def test_flipped_labels_are_weighted_down_and_the_model_is_better_for_it():
    X, y, flipped, trusted, test = poisoned()
    model = LogisticRegression(tol=1e-8).fit(X, y)
    soft = SoftUnlearner(model, TargetLoss(*trusted), delta=0.01, guards=None, n_rounds=8)
    soft.fit_influence(X, y).compute_weights().unlearn()
    assert soft.epsilon_[flipped].mean() < soft.epsilon_[~flipped].mean()
    losses = []
    for classifier in (model, soft.unlearned_estimator_):
        probability = classifier.predict_proba(test[0])
        chosen = np.searchsorted(model.classes_, test[1])
        losses.append(-np.log(probability[np.arange(len(chosen)), chosen]).mean())
    assert losses[1] < losses[0]
    measured = -np.log(
        model.predict_proba(trusted[0])[np.arange(500), np.searchsorted(model.classes_, trusted[1])]
    ).mean()
    assert soft.before_["target_loss"] == pytest.approx(measured)


def test_trusted_rows_count_by_their_weights():
    X, y, _, trusted, _ = poisoned()
    model = LogisticRegression().fit(X, y)
    weight = np.random.default_rng(1).integers(0, 4, 500)
    soft = SoftUnlearner(model, TargetLoss(*trusted, weight), guards=None).fit_influence(X, y)
    measured = log_loss(trusted[1], model.predict_proba(trusted[0]), sample_weight=weight)
    assert soft.before_["target_loss"] == pytest.approx(measured)
    # A row of weight 3 is three rows of weight 1, for the influence as well.
    thrice = TargetLoss(*(np.repeat(each, weight, axis=0) for each in trusted))
    other = SoftUnlearner(model, thrice, guards=None).fit_influence(X, y)
    np.testing.assert_allclose(
        soft.influence_["target_loss"], other.influence_["target_loss"], rtol=1e-8, atol=1e-12
    )


def test_without_rows_it_is_the_validation_rows():
    X, y, *_ = poisoned()
    model = LogisticRegression().fit(X, y)
    soft = SoftUnlearner(model, "target_loss", guards=("log_loss",)).fit_influence(X, y)
    assert soft.before_["target_loss"] == soft.before_["log_loss"]


def test_rows_without_labels_are_refused():
    X, y, *_ = poisoned()
    model = LogisticRegression().fit(X, y)
    with pytest.raises(ValueError, match="'X' and 'y' of TargetLoss must be given together"):
        SoftUnlearner(model, TargetLoss(X)).fit_influence(X, y)


@pytest.mark.parametrize("weight", [-1.0, 0.0])
def test_weights_that_are_none_are_refused(weight):
    X, y, *_ = poisoned()
    model = LogisticRegression().fit(X, y)
    metric = TargetLoss(X, y, np.full(len(y), weight))
    with pytest.raises(ValueError, match="'sample_weight' of TargetLoss must be at least 0"):
        SoftUnlearner(model, metric).fit_influence(X, y)
