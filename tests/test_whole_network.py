"""Weights of the last layer, then the whole network retrained with them."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.corrections import Retrain
from sk_softunlearn.curvature import Exact
from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.objectives import Robustness
from tests.cases import needs_network_weights, step_by_step, unfair, view

pytestmark = [
    needs_network_weights,
    pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.SoftUnlearnWarning"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


@pytest.fixture(scope="module")
def halves():
    X, y, group = unfair(2400)
    X = X[["a", "b", "c"]]
    return (X[:1200], y[:1200], group[:1200]), (X[1200:], y[1200:], group[1200:])


@pytest.fixture(scope="module")
def fitted(halves):
    (X, y, _), _ = halves
    network = MLPClassifier((8,), learning_rate_init=0.02, max_iter=60, random_state=0)
    return make_pipeline(StandardScaler(), network).fit(X, y)


@pytest.mark.parametrize("n_rounds", [1, 4])
def test_the_whole_network_is_fitted_with_the_weights_that_are_handed_out(fitted, halves, n_rounds):
    (X, y, _), (X_val, y_val, group_val) = halves
    old = [weights.copy() for weights in fitted[-1].coefs_]
    soft = SoftUnlearner(
        fitted,
        delta=0.6,
        correction=Retrain(layers="all"),
        surrogate="probability",
        on_infeasible="relax",
        n_rounds=n_rounds,
    )
    soft = step_by_step(soft, halves)
    expected = clone(fitted[-1]).fit(fitted[0].transform(X), y, sample_weight=soft.sample_weight_)
    corrected = soft.unlearned_estimator_
    for found, same, before, kept in zip(
        corrected[-1].coefs_, expected.coefs_, fitted[-1].coefs_, old, strict=True
    ):
        np.testing.assert_array_equal(found, same)
        np.testing.assert_array_equal(before, kept)
        assert not np.array_equal(found, kept)
    rate = corrected.predict_proba(X_val)[:, 1]
    gap = rate[group_val == "g1"].mean() - rate[group_val == "g0"].mean()
    assert abs(soft.after_["demographic_parity"]) == pytest.approx(abs(gap), abs=1e-12)
    # Of a few rows, retraining brings roughly what was asked.
    assert 0.3 < 1 - soft.after_["demographic_parity"] / soft.before_["demographic_parity"] < 0.9
    report = soft.audit(X_val, y_val, sensitive_features=group_val)
    label = corrected.predict(X_val) == "yes"
    counted = label[group_val == "g1"].mean() - label[group_val == "g0"].mean()
    assert report.frame(n_boot=0).loc["difference", ("selection_rate", "after")] == pytest.approx(
        abs(counted)
    )


def test_of_one_layer_all_are_the_ones_that_are_corrected():
    seen = view("lbfgs")
    epsilon = np.random.default_rng(0).uniform(-0.5, 0.5, len(seen.target))
    inverse = Exact().invert(seen, seen.sample_weight)
    thetas = [
        Retrain(layers=layers).correct(seen, epsilon, Exact(), inverse)
        for layers in ("all", "corrected")
    ]
    np.testing.assert_array_equal(*thetas)


def test_a_view_at_another_network_is_that_network_s_on_any_rows(halves, fitted):
    seen = view("mlp head, pipeline")
    weight = seen.sample_weight * np.where(np.arange(len(seen.target)) % 2, 2.0, 0.5)
    there = seen.refitted_whole(weight)
    network = there.write(there.theta)
    X = np.random.default_rng(1).normal(size=(20, 4))
    labels = seen.classifier.classes_[np.arange(20) % 2]
    expected = network.predict_proba(X)[:, 1]
    other = seen.on(X, labels)
    for moved in (other.at(there.theta), there.on(X, labels), other.moved_to(network, X, labels)):
        found = moved.loss.probability(moved.raw_prediction, 1)
        np.testing.assert_allclose(found, expected, rtol=1e-10)
    # Numbers alone are another last layer of the network that the view is of.
    step = np.ones(len(there.theta))
    further = there.at(there.theta + step)
    np.testing.assert_allclose(
        further.raw_prediction - there.raw_prediction, there.jacobian.matvec(step)[:, None]
    )


def test_points_moved_among_hidden_features_are_nowhere_in_another_network(fitted, halves):
    retrain = {"correction": Retrain(layers="all"), "n_rounds": 1, "delta": 0.2}
    with pytest.raises(UnsupportedEstimatorError, match="which other hidden layers do not have"):
        step_by_step(SoftUnlearner(fitted, "robustness", **retrain), halves)
    attacked = Robustness(attack="inf", radius=0.1)
    soft = step_by_step(SoftUnlearner(fitted, attacked, **retrain), halves)
    assert soft.after_["robustness"] != soft.before_["robustness"]


def test_a_last_layer_that_was_corrected_is_audited_for_robustness(fitted, halves):
    _, (X_val, y_val, group_val) = halves
    soft = step_by_step(SoftUnlearner(fitted, "robustness", delta=0.2), halves)
    report = soft.audit(X_val, y_val, sensitive_features=group_val)
    assert f"-> {soft.after_['robustness']:.4f} " in str(report)


def test_layers_are_named_where_there_are_none_of_that_name():
    seen = view("mlp head")
    with pytest.raises(ValueError, match="'layers' parameter of Retrain must be"):
        Retrain(layers="last").correct(seen, np.ones(len(seen.target)), None, None)
