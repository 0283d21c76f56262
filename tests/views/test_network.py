"""The network's Jacobian in blocks, and what is refused."""

import numpy as np
import pytest

from sk_softunlearn.exceptions import SoftUnlearnError
from sk_softunlearn.views import Layer, NetworkJacobian, _network
from tests.cases import NETWORKS, view


@pytest.mark.parametrize("name", NETWORKS)
def test_blocks_of_rows_change_nothing(name, monkeypatch):
    whole = view(name).jacobian
    monkeypatch.setattr(_network, "BLOCK_ENTRIES", 32)
    parts = NetworkJacobian(whole.features, view(name).theta, whole.layers, whole.activation)
    rng = np.random.default_rng(0)
    direction, cotangent = rng.normal(size=whole.shape[1]), rng.normal(size=whole.shape[0])
    np.testing.assert_allclose(parts @ direction, whole @ direction, atol=1e-12)
    np.testing.assert_allclose(parts.T @ cotangent, whole.T @ cotangent, atol=1e-10)
    np.testing.assert_allclose(parts.raw_prediction, whole.raw_prediction, atol=1e-12)


def test_layers_are_where_the_parameters_of_the_network_are():
    seen = view("mlp tanh, three classes")
    sizes = [(layer.n_outputs, layer.n_inputs) for layer in seen.layers]
    assert sizes == [w.shape[::-1] for w in seen.classifier.coefs_]
    assert seen.layers[-1].where.stop == len(seen.theta)


def test_a_matrix_that_is_too_large_is_refused_with_its_size():
    layers = [Layer(slice(0, 30_000), 100, 299, True), Layer(slice(30_000, 30_101), 1, 100, True)]
    jacobian = NetworkJacobian(np.zeros((2, 299)), np.zeros(30_101), layers, "relu")
    with pytest.raises(SoftUnlearnError, match="takes 7,248,561,608 bytes"):
        jacobian.gram(None)
