"""Attacks within a ball: inside it, worse than the start, exact where that is known."""

import numpy as np
import pytest
from scipy import sparse

from tests.cases import NETWORKS, fitted, view
from tests.oracles import numerical_gradient

NAMES = ["lbfgs", "multinomial", "csr_array", "linear svc", "mlp head", *NETWORKS]


def inputs(name):
    X = fitted(name)[1]
    return X.toarray() if sparse.issparse(X) else X


@pytest.mark.parametrize("norm", ["inf", "2"])
@pytest.mark.parametrize("name", [n for n in NAMES if "pipeline" not in n])
def test_points_stay_in_the_ball_and_lose_more(name, norm):
    seen = view(name)
    losses = [seen.loss.value(seen.raw_prediction, seen.target).mean()]
    for n_steps in (1, 10):
        moved = seen.attacked(0.1, norm, n_steps)
        rows = moved.inputs if name == "mlp head" else moved.features
        away = rows - inputs(name)
        size = np.abs(away).max() if norm == "inf" else np.linalg.norm(away, axis=1).max()
        assert size <= 0.1 * (1 + 1e-6)
        losses.append(moved.loss.value(moved.raw_prediction, moved.target).mean())
        # They stay there when the parameters change.
        np.testing.assert_array_equal(moved.at(seen.theta).raw_prediction, moved.raw_prediction)
    assert losses[0] < losses[1]
    assert losses[2] > losses[0]


@pytest.mark.parametrize(("norm", "dual"), [("inf", 1), ("2", 2)])
def test_of_a_linear_model_one_step_is_the_worst_point(norm, dual):
    seen = view("lbfgs")
    coef = seen.theta[:-1]
    side = np.where(seen.target == 1, 1.0, -1.0)
    expected = seen.raw_prediction[:, 0] - side * 0.3 * np.linalg.norm(coef, dual)
    for n_steps in (1, 10):
        moved = seen.attacked(0.3, norm, n_steps)
        np.testing.assert_allclose(moved.raw_prediction[:, 0], expected, atol=1e-12)


@pytest.mark.parametrize("name", ["mlp relu", "mlp tanh, three classes", "mlp sparse"])
def test_gradient_in_the_inputs_is_that_of_differences(name):
    seen = view(name).at(view(name).fresh(0))
    X = inputs(name)[:4].astype(float)
    part = seen.on(X, fitted(name)[2][:4])
    expected = numerical_gradient(
        lambda rows: part.on(rows, fitted(name)[2][:4]).raw_prediction.sum(), X, step=1e-6
    )
    ones = np.ones_like(part.raw_prediction)
    np.testing.assert_allclose(part.jacobian.input_gradient(ones), expected, atol=1e-8)


@pytest.mark.parametrize("name", ["mlp tanh, three classes", "mlp logistic"])
def test_adversarial_points_of_a_network_go_towards_the_linearised_boundary(name):
    seen = view(name).at(view(name).fresh(0))
    raw = seen.raw_prediction
    if raw.shape[1] == 1:
        # A short way along: the margin falls by that share of it.
        near = seen.adversarial(1e-6).raw_prediction
        np.testing.assert_allclose((raw - near) / raw, 1e-6, rtol=1e-2)
    seen = view(name)
    raw = seen.raw_prediction
    crossed = seen.loss.predict(seen.adversarial(1.3).raw_prediction) != seen.loss.predict(raw)
    assert crossed.mean() > 0.5


def test_an_unknown_norm_is_named():
    with pytest.raises(ValueError, match="'norm' must be 'inf' or '2', got '1'"):
        view("lbfgs").attacked(0.1, "1")
