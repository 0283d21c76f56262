"""Every view: reads, writes, is stationary, and its Jacobian is one."""

import pickle

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.views import _jacobian, find_head, read_view
from tests.cases import CLASSIFIERS, fitted, rows, view
from tests.oracles import dense_bend, dense_features, dense_jacobian

EVERY = pytest.mark.parametrize("name", CLASSIFIERS)


@EVERY
def test_written_as_read_it_predicts_identically(name):
    estimator, X, y, weight = fitted(name)
    before = pickle.dumps(estimator)
    seen = read_view(estimator, X, y, weight)
    copy = seen.write(seen.theta)
    assert type(copy) is type(estimator)
    np.testing.assert_array_equal(copy.predict_proba(X), estimator.predict_proba(X))
    moved = seen.write(seen.theta + 1.0)
    assert find_head(moved).classifier.coef_.dtype == find_head(estimator).classifier.coef_.dtype
    assert pickle.dumps(estimator) == before


@EVERY
def test_raw_prediction_is_the_decision_function(name):
    estimator, X, _, _ = fitted(name)
    decision = estimator.decision_function(X)
    seen = view(name)
    tolerance = 1e-4 if name == "float32" else 1e-10
    np.testing.assert_allclose(seen.raw_prediction.squeeze(), decision, atol=tolerance)
    predicted = find_head(estimator).classifier.classes_[seen.loss.predict(seen.raw_prediction)]
    np.testing.assert_array_equal(predicted, estimator.predict(X))


@EVERY
def test_the_objective_is_stationary_at_the_fit(name):
    seen = view(name)
    gradient = seen.gradient(seen.sample_weight)
    terms = np.abs(dense_jacobian(seen)).sum(axis=(0, 1)) + np.abs(seen.penalty * seen.theta)
    # What a wrong penalty or weight leaves is of the size of the terms; solvers leave their tol.
    assert np.max(np.abs(gradient) / terms) < (1e-4 if name == "float32" else 1e-6)


@EVERY
def test_jacobian_is_that_of_the_dense_oracle(name):
    seen = view(name)
    rng = np.random.default_rng(0)
    dense = dense_jacobian(seen).reshape(seen.jacobian.shape)
    directions, cotangents = (rng.normal(size=(size, 3)) for size in seen.jacobian.shape[::-1])
    scale = np.abs(dense).sum()
    np.testing.assert_allclose(seen.jacobian @ directions, dense @ directions, atol=1e-13 * scale)
    np.testing.assert_allclose(
        seen.jacobian.T @ cotangents, dense.T @ cotangents, atol=1e-13 * scale
    )
    forward, backward = seen.jacobian @ directions[:, 0], seen.jacobian.T @ cotangents[:, 0]
    assert cotangents[:, 0] @ forward == pytest.approx(backward @ directions[:, 0], rel=1e-9)


@EVERY
@pytest.mark.parametrize("block", [None, 64])
def test_gram_is_that_of_the_dense_oracle_with_weights_of_any_sign(name, block, monkeypatch):
    if block:
        monkeypatch.setattr(_jacobian, "BLOCK_ENTRIES", block)
    seen = view(name)
    bend = seen.bend(np.random.default_rng(0).normal(size=len(seen.target)))
    dense = dense_jacobian(seen)
    expected = np.einsum("nkd,nkm,nme->de", dense, dense_bend(bend), dense)
    tolerance = 1e-12 * np.abs(expected).max() * len(dense)
    np.testing.assert_allclose(seen.jacobian.gram(bend), expected, atol=tolerance)
    np.testing.assert_allclose(
        seen.jacobian.gram_diagonal(bend), expected.diagonal(), atol=tolerance
    )


@EVERY
def test_other_rows_and_other_parameters(name):
    _, X, y, _ = fitted(name)
    seen = view(name)
    some = X.iloc[:7] if hasattr(X, "iloc") else X[:7]
    part = seen.on(some, y[:7])
    np.testing.assert_allclose(part.raw_prediction, seen.raw_prediction[:7], atol=1e-12)
    theta = seen.theta * 0.5
    moved = read_view(seen.write(theta), X, y)
    tolerance = 1e-4 if name == "float32" else 1e-10
    np.testing.assert_allclose(seen.at(theta).raw_prediction, moved.raw_prediction, atol=tolerance)


@EVERY
def test_adversarial_points_cross_the_nearest_boundary(name):
    seen = view(name)
    moved = seen.adversarial(1.3)
    X, n_columns = dense_features(seen), seen.features.shape[1]
    coef = seen.theta.reshape(seen.jacobian.n_outputs, -1)[:, :n_columns]
    z = seen.raw_prediction
    if len(coef) == 1:
        expected = X - 1.3 * z / (coef @ coef.T) * coef
        np.testing.assert_allclose(moved.raw_prediction, -0.3 * z, atol=1e-9)
    else:
        expected = X.copy()
        for i, row in enumerate(z):
            top = row.argmax()
            others = [k for k in range(len(coef)) if k != top]
            gaps = {k: (row[top] - row[k]) / np.linalg.norm(coef[top] - coef[k]) for k in others}
            near = min(gaps, key=gaps.get)
            w = coef[top] - coef[near]
            expected[i] -= 1.3 * (row[top] - row[near]) / (w @ w) * w
        assert np.all(moved.raw_prediction.argmax(axis=1) != z.argmax(axis=1))
    np.testing.assert_allclose(dense_features(moved), expected, atol=1e-9)
    theta = seen.theta + 0.1
    table = theta.reshape(len(coef), -1)
    raw = expected @ table[:, :n_columns].T + (
        table[:, n_columns:].T if table.shape[1] > n_columns else 0
    )
    np.testing.assert_allclose(moved.at(theta).raw_prediction, raw, atol=1e-8)


@EVERY
def test_gauge_changes_no_probability_and_no_penalty(name):
    seen = view(name)
    for direction in seen.gauge:
        moved = seen.at(seen.theta + direction)
        for k in range(seen.jacobian.n_outputs):
            np.testing.assert_allclose(
                moved.loss.probability(moved.raw_prediction, k),
                seen.loss.probability(seen.raw_prediction, k),
                atol=1e-12,
            )
        assert moved.value(seen.sample_weight) == pytest.approx(seen.value(seen.sample_weight))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"l1_ratio": 1, "solver": "liblinear"}, "L1 penalty"),
        ({"l1_ratio": 0.5, "solver": "saga"}, "L1 penalty"),
    ],
)
def test_what_has_no_quadratic_penalty_is_refused(parameters, sentence):
    X, y, _ = rows()
    if "l1_ratio" in parameters:
        parameters = parameters | {"penalty": "l1" if parameters["l1_ratio"] == 1 else "elasticnet"}
    classifier = LogisticRegression(**parameters).fit(X, y)
    with pytest.raises(UnsupportedEstimatorError, match=sentence):
        read_view(classifier, X, y)


def test_labels_that_the_classifier_does_not_know_are_named():
    estimator, X, y, _ = fitted("lbfgs")
    with pytest.raises(ValueError, match=r"'y' must hold the classes .* got \['perhaps'\]"):
        read_view(estimator, X, np.where(y == "no", "perhaps", y))
