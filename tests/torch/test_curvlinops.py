"""The curvature of networks beside that of curvlinops, which differentiates on its own."""

import numpy as np
import pytest

from sk_softunlearn.curvature import ConjugateGradient, Exact
from tests.torch.networks import nn, torch
from tests.torch.test_views import CASES, DECAY, fitted, view

curvlinops = pytest.importorskip(
    "curvlinops",
    reason="curvlinops is not installed: python -m pip install curvlinops-for-pytorch",
)

# It takes the fast kernels of attention, which cannot be differentiated forwards.
WITHOUT_ATTENTION = pytest.mark.parametrize("name", [name for name in CASES if name != "tokens"])
# It knows no weights of rows: a row of weight 3 is there three times.
TIMES = np.random.default_rng(0).integers(4, size=300)


def products(kind, name, layers):
    """Return what an operator of curvlinops makes of a vector of parameters, with the penalty."""
    clf, X, y, _ = fitted(name)
    seen = view(name, layers)
    packing, module = seen.packing, seen.network.module
    params = {n: p for n, p in module.named_parameters() if n in packing.names}
    target = torch.tensor(np.searchsorted(clf.classes_, y))
    loss = nn.CrossEntropyLoss(reduction="sum")
    if seen.n_outputs == 1:
        loss, target = nn.BCEWithLogitsLoss(reduction="sum"), target[:, None].double()
    rows = torch.tensor(np.repeat(np.arange(300), TIMES))
    data = [(torch.tensor(X)[part], target[part]) for part in rows.split(100)]
    operator = kind(module, loss, [*params.values()], data)

    def multiply(vector):
        tensors = packing.unpack(vector, torch.empty(0).double())
        made = operator @ [tensors[n] for n in params]
        product = packing.pack(dict(zip(params, made, strict=True)))
        return product + DECAY * TIMES.sum() * vector[: packing.n_moved]

    return multiply


def reweighed(name, layers):
    """Return a view with whole weights, and a direction without a part in what never moves."""
    seen = view(name, layers)
    seen = seen.replace(sample_weight=TIMES.astype(float))
    seen = seen.replace(penalty=np.where(seen.penalty > 0, DECAY * TIMES.sum(), 0.0))
    direction = np.random.default_rng(1).normal(size=len(seen.theta))
    return seen, np.where(seen.penalty > 0, direction, 0.0)


def multiplied(seen, direction):
    moved = (seen.jacobian @ direction).reshape(seen.raw_prediction.shape)
    return seen.pull(seen.bend(seen.sample_weight).apply(moved)) + seen.penalty * direction


@WITHOUT_ATTENTION
def test_products_and_matrix_are_those_of_gauss_newton(name):
    seen, direction = reweighed(name, "all")
    expected = products(curvlinops.GGNLinearOperator, name, "all")(direction)
    moved = len(expected)
    np.testing.assert_allclose(multiplied(seen, direction)[:moved], expected, rtol=1e-10)
    gram = seen.jacobian.gram(seen.bend(seen.sample_weight)) + np.diag(seen.penalty)
    np.testing.assert_allclose((gram @ direction)[:moved], expected, rtol=1e-9)


@WITHOUT_ATTENTION
def test_the_curvature_of_the_head_is_the_hessian(name):
    seen, direction = reweighed(name, "last")
    expected = products(curvlinops.HessianLinearOperator, name, ["head"])(direction)
    np.testing.assert_allclose(multiplied(seen, direction), expected, rtol=1e-10)
    for curvature in (Exact(), ConjugateGradient()):
        inverse = curvature.invert(seen, seen.sample_weight)
        np.testing.assert_allclose(inverse @ expected, direction, rtol=1e-6, atol=1e-8)


@WITHOUT_ATTENTION
def test_differences_of_the_gradient_are_products_with_the_hessian(name):
    seen, direction = reweighed(name, "all")
    ahead, behind = (
        seen.at(seen.theta + h * direction).gradient(seen.sample_weight) for h in (1e-5, -1e-5)
    )
    expected = products(curvlinops.HessianLinearOperator, name, "all")(direction)
    found = ((ahead - behind) / 2e-5)[: len(expected)]
    np.testing.assert_allclose(found, expected, atol=1e-6 * np.abs(expected).max())
