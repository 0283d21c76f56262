"""The curvature of the utility in the weights, against dense algebra."""

import numpy as np

from sk_softunlearn._steps._utility import Utility
from sk_softunlearn._steps._utility_term import SweptUtilityTerm
from sk_softunlearn.weights import LowRank
from sk_softunlearn.weights._low_rank import look
from sk_softunlearn.weights._stack import RowStack
from tests.oracles import dense_hessian, dense_jacobian


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


def test_a_sweep_tells_what_separate_products_tell(parts):
    seen, there, weight, inverse = parts
    term = Utility(seen, there, weight).term(seen, inverse)
    assert isinstance(term, SweptUtilityTerm)
    R = term.matmat(np.eye(term.shape[1]))
    rng = np.random.default_rng(0)
    vectors = list(rng.normal(size=(2, R.shape[1])))
    moved, gram = term.gathered(vectors)
    scale = np.abs(gram).max()
    np.testing.assert_allclose(moved, R @ np.transpose(vectors), atol=1e-10 * np.sqrt(scale))
    np.testing.assert_allclose(gram, R @ R.T, atol=1e-10 * scale)
    moments, ideal = rng.normal(size=len(R)), rng.normal(size=R.shape[1])
    low = np.full(R.shape[1], -0.4)
    for bounds in ((np.array(-0.4), np.array(0.6)), (low, np.array(0.6))):
        seen_there = look(
            term, moments, ideal, 2.0, bounds, RowStack(vectors, len(ideal)), moved.T, gram
        )
        expected = look(
            LowRank(R), moments, ideal, 2.0, bounds, RowStack(vectors, len(ideal)), moved.T, gram
        )
        for found, right in zip(seen_there, expected, strict=True):
            np.testing.assert_allclose(found, right, atol=1e-10 * max(np.abs(right).max(), 1))


def test_responses_are_gathered_with_the_sweep_that_gives_them(parts, monkeypatch):
    seen, there, weight, inverse = parts
    utility = Utility(seen, there, weight)
    term = utility.term(seen, inverse)
    gradients = {"a": utility.gradient(seen.theta), "b": np.ones(len(seen.theta))}
    found = term.respond(gradients)
    for name, expected in seen.respond(gradients, inverse).items():
        np.testing.assert_allclose(found[name], expected, atol=1e-12 * np.abs(expected).max())
    R = term.matmat(np.eye(term.shape[1]))
    monkeypatch.setattr(type(seen.jacobian), "through", None)
    moved, gram = term.gathered((found["b"], found["a"]))
    expected = R @ np.column_stack([found["b"], found["a"]])
    np.testing.assert_allclose(moved, expected, atol=1e-10 * np.abs(expected).max())
    np.testing.assert_allclose(gram, R @ R.T, atol=1e-10 * np.abs(gram).max())


def test_weights_so_far_are_a_gradient_whose_response_is_their_curvature(parts):
    seen, there, weight, inverse = parts
    term = Utility(seen, there, weight).term(seen, inverse)
    epsilon = np.random.default_rng(0).normal(size=term.shape[1])
    bent = term.bent(seen.pull(term.cotangent(epsilon)))
    expected = term.rmatvec(term.matvec(epsilon))
    found = seen.respond({"bent": bent}, inverse)["bent"]
    np.testing.assert_allclose(found, expected, atol=1e-10 * np.abs(expected).max())
