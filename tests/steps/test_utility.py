"""The quadratic model of utility, against dense algebra and finite differences."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from sk_softunlearn import SoftUnlearner
from sk_softunlearn._steps._utility import Utility
from sk_softunlearn.curvature import Exact
from tests.cases import rows, view
from tests.oracles import dense_hessian, dense_jacobian, numerical_gradient
from tests.steps import test_rounds as rounds


@pytest.fixture(params=["lbfgs", "multinomial"])
def parts(request):
    seen = view(request.param)
    X, y, weight = rows(len(seen.classifier.classes_), n=80, seed=3)
    keep = np.isin(y, seen.classifier.classes_)
    there = seen.on(X[keep], y[keep])
    return seen, there, weight[keep], Exact().invert(seen, seen.sample_weight)


def test_gradient_is_the_derivative_of_the_loss(parts):
    seen, there, weight, _ = parts
    utility = Utility(seen, there, weight)
    theta = seen.theta + 0.1
    expected = numerical_gradient(utility.value, theta)
    np.testing.assert_allclose(utility.gradient(theta), expected, rtol=1e-6, atol=1e-5)


def test_term_is_the_curvature_of_the_step_that_weights_bring(parts):
    seen, there, weight, inverse = parts
    term = Utility(seen, there, weight).term(seen, inverse)
    hessian = dense_hessian(seen, seen.sample_weight)
    jacobian = dense_jacobian(seen)
    force = seen.slope * seen.sample_weight[:, None]
    G = inverse @ np.einsum("nkd,nk->dn", jacobian, force)
    Q = hessian + dense_hessian(there, weight) - np.diag(there.penalty)
    R = term.matmat(np.eye(term.shape[1]))
    scale = np.abs(G.T @ Q @ G).max()
    np.testing.assert_allclose(R.T @ R, G.T @ Q @ G, atol=1e-10 * scale)
    np.testing.assert_allclose(term.rmatmat(np.eye(term.shape[0])), R.T, atol=1e-10)
    kept = np.arange(term.shape[1]) % 3 / 2
    np.testing.assert_allclose(term.gram(kept), (R * kept) @ R.T, atol=1e-10 * scale)


@pytest.mark.parametrize("held_out", [False, True])
@pytest.mark.parametrize("unit", [1e-3, 7.0])
def test_the_unit_of_the_weights_changes_nothing(unit, held_out):
    """Ten times the weights and a tenth of C are the same fit."""
    X, y, group = rounds.unfair(400, 0)
    X_val, y_val, group_val = rounds.unfair(300, 1)
    weight = np.random.default_rng(0).uniform(0.5, 2, 400)
    given = {"X_val": X_val, "y_val": y_val, "sensitive_features_val": group_val}
    found = []
    for k in (1.0, unit):
        model = LogisticRegression(C=1 / k, tol=1e-12, max_iter=1000)
        model.fit(X, y, sample_weight=k * weight)
        soft = SoftUnlearner(model, delta=0.8, surrogate="probability").fit_influence(
            X, y, k * weight, sensitive_features=group, **given if held_out else {}
        )
        found.append(soft.compute_weights().epsilon_)
    np.testing.assert_allclose(*found, atol=2e-3)
