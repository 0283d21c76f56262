"""The quadratic model of utility, against dense algebra and finite differences."""

import numpy as np
import pytest

from sk_softunlearn._steps._utility import Utility
from sk_softunlearn.curvature import Exact
from tests.cases import rows, view
from tests.oracles import dense_hessian, dense_jacobian, numerical_gradient


@pytest.fixture(params=["lbfgs", "multinomial"])
def parts(request):
    seen = view(request.param)
    X, y, weight = rows(len(seen.classifier.classes_), n=80, seed=3)
    keep = np.isin(y, seen.classifier.classes_)
    there = seen.on(X[keep], y[keep])
    # Validation rows count as much as training rows, on average.
    weight = weight[keep] / weight[keep].mean() * seen.sample_weight.mean()
    return seen, there, weight, Exact().invert(seen, seen.sample_weight)


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


def test_the_unit_of_the_weights_changes_nothing(parts):
    seen, there, weight, _ = parts
    first, other = Utility(seen, there, weight), Utility(seen, there, weight / 7)
    assert first.unit == other.unit == seen.sample_weight.mean()
    theta = seen.theta + 0.1
    assert other.value(theta) == pytest.approx(first.value(theta))
    np.testing.assert_allclose(other.gradient(theta), first.gradient(theta))
    np.testing.assert_allclose(other.root @ other.root.T, first.root @ first.root.T, atol=1e-10)
