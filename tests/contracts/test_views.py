"""Every view: reads, writes, is stationary, and its Jacobian is one."""

import pickle

import numpy as np
import pytest

from sk_softunlearn._sweeps import _in_memory
from sk_softunlearn.views import find_head, read_view
from tests.cases import CLASSIFIERS, NETWORKS, STOCHASTIC, depth, fitted, view
from tests.oracles import (
    dense_bend,
    dense_features,
    dense_jacobian,
    flat_table,
    numerical_gradient,
)

# The lassos hold coefficients at 0, and say so whenever they are read.
pytestmark = pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.HeldAtZeroWarning")

LINEAR = pytest.mark.parametrize("name", CLASSIFIERS)
EVERY = pytest.mark.parametrize("name", [*CLASSIFIERS, *STOCHASTIC, *NETWORKS])
# Of what the terms of the gradient add up to, and of a raw prediction.
LEFT = dict.fromkeys(NETWORKS, 2e-2) | dict.fromkeys(STOCHASTIC, 3e-3) | {"float32": 1e-4}
LEFT["mlp head, adam"] = 1e-2
LEFT |= {name: 1e-3 for name in CLASSIFIERS if "mlp head" in name}
SINGLE = {"float32": 1e-4, "mlp float32": 1e-4}


def generic(name):
    """The view, of a network at random parameters: fits of relu rest on its kinks."""
    return view(name).at(view(name).fresh(0)) if name in NETWORKS else view(name)


def outcome(estimator, X):
    probabilities = hasattr(estimator, "predict_proba")
    return estimator.predict_proba(X) if probabilities else estimator.decision_function(X)


@EVERY
def test_written_as_read_it_predicts_identically(name):
    estimator, X, y, weight = fitted(name)
    before = pickle.dumps(estimator)
    seen = read_view(estimator, X, y, weight, layers=depth(name))
    copy = seen.write(seen.theta)
    assert type(copy) is type(estimator)
    np.testing.assert_array_equal(outcome(copy, X), outcome(estimator, X))
    moved = seen.write(seen.theta + 1.0)
    assert outcome(moved, X).dtype == outcome(estimator, X).dtype
    assert pickle.dumps(estimator) == before


@pytest.mark.parametrize("name", [name for name in CLASSIFIERS if "sparsified" in name])
def test_sparse_coefficients_stay_sparse(name):
    estimator, *_ = fitted(name)
    copy = view(name).write(view(name).theta + 1.0)
    pairs = zip(*(getattr(each, "estimators_", [each]) for each in (estimator, copy)), strict=True)
    for before, after in pairs:
        assert type(after.coef_) is type(before.coef_)
        assert after.coef_.dtype == before.coef_.dtype
        coef = before.coef_.toarray()
        held = (coef == 0) & ("lasso" in name)
        np.testing.assert_allclose(after.coef_.toarray(), np.where(held, 0.0, coef + 1.0))


@EVERY
def test_raw_prediction_is_the_decision_function(name):
    estimator, X, _, _ = fitted(name)
    seen = view(name)
    if not hasattr(estimator, "decision_function"):
        probability = seen.loss.probability(seen.raw_prediction, 1)
        expected = estimator.predict_proba(X)[:, 1]
        np.testing.assert_allclose(probability, expected, atol=SINGLE.get(name, 1e-10))
        return
    decision = estimator.decision_function(X)
    tolerance = SINGLE.get(name, 1e-10)
    np.testing.assert_allclose(seen.raw_prediction.squeeze(), decision, atol=tolerance)
    predicted = find_head(estimator).classifier.classes_[seen.loss.predict(seen.raw_prediction)]
    np.testing.assert_array_equal(predicted, estimator.predict(X))


@EVERY
def test_the_objective_is_stationary_at_the_fit(name):
    seen = view(name)
    gradient = seen.gradient(seen.sample_weight)
    terms = np.abs(dense_jacobian(seen)).sum(axis=(0, 1)) + np.abs(seen.penalty * seen.theta)
    # What a wrong penalty or weight leaves is of the size of the terms; solvers leave their tol.
    terms = terms.max() if name in LEFT else terms
    assert np.max(np.abs(gradient) / terms) < LEFT.get(name, 1e-6)


@LINEAR
def test_the_gradient_is_the_slope_of_the_objective(name):
    seen = view(name)
    rng = np.random.default_rng(0)
    weight = rng.uniform(0.2, 2.0, len(seen.target))
    there = seen.at(seen.theta + rng.normal(size=len(seen.theta)))
    slope = numerical_gradient(lambda theta: seen.at(theta).value(weight), there.theta)
    expected = there.gradient(weight)
    np.testing.assert_allclose(expected, slope, atol=1e-4 * np.abs(slope).max())


@EVERY
def test_jacobian_is_that_of_the_dense_oracle(name):
    seen = generic(name)
    rng = np.random.default_rng(0)
    dense = dense_jacobian(seen).reshape(seen.jacobian.shape)
    directions, cotangents = (rng.normal(size=(size, 3)) for size in seen.jacobian.shape[::-1])
    scale = np.abs(dense).sum() * (1.0 if seen.convex else 1e4)
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
        monkeypatch.setattr(_in_memory, "BLOCK_ENTRIES", block)
    seen = generic(name)
    bend = seen.bend(np.random.default_rng(0).normal(size=len(seen.target)))
    dense = dense_jacobian(seen)
    expected = np.einsum("nkd,nkm,nme->de", dense, dense_bend(bend), dense)
    tolerance = (1e-12 if seen.convex else 1e-8) * np.abs(expected).max() * len(dense)
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
    moved = read_view(seen.write(theta), X, y, layers=depth(name))
    tolerance = SINGLE.get(name, 1e-10)
    np.testing.assert_allclose(seen.at(theta).raw_prediction, moved.raw_prediction, atol=tolerance)
    found = seen.moved_to(seen.write(theta), X, y).theta
    np.testing.assert_allclose(found, theta, atol=SINGLE.get(name, 0.0))


@LINEAR
def test_adversarial_points_cross_the_nearest_boundary(name):
    seen = view(name)
    moved = seen.adversarial(1.3)
    X, n_columns = dense_features(seen), seen.features.shape[1]
    coef = flat_table(seen, seen.theta)[:, :n_columns]
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
    table = flat_table(seen, theta)
    raw = expected @ table[:, :n_columns].T + (
        table[:, n_columns:].T if table.shape[1] > n_columns else 0
    )
    # A row keeps its offset.
    raw += seen.offset
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


def test_labels_that_the_classifier_does_not_know_are_named():
    estimator, X, y, _ = fitted("lbfgs")
    with pytest.raises(ValueError, match=r"'y' must hold the classes .* got \['perhaps'\]"):
        read_view(estimator, X, np.where(y == "no", "perhaps", y))
