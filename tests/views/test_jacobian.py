"""The Jacobian of a linear head, where the contracts do not look."""

import tracemalloc

import numpy as np
import pytest
from scipy import sparse

from sk_softunlearn.losses import Bend
from sk_softunlearn.views import LinearJacobian, _kernels


def test_products_copy_nothing_of_the_size_of_the_features():
    X = np.ones((200_000, 20), dtype=np.float32)
    jacobian = LinearJacobian(X, n_outputs=1, intercept=True)
    bend = Bend(np.ones((len(X), 1)))
    direction, cotangent = np.ones(21), np.ones(len(X))
    tracemalloc.start()
    jacobian @ direction
    jacobian.T @ cotangent
    jacobian.gram(bend)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # A copy in double precision would be 32 MB; a block is 4, and vectors of n rows are 1.6.
    assert peak < 16e6


def test_sparse_rows_in_single_precision_are_converted_in_parts():
    n_rows, per_row = 400_000, 20
    columns = np.tile(np.arange(0, 400, 400 // per_row), n_rows)
    ends = np.arange(0, n_rows * per_row + 1, per_row)
    X = sparse.csr_matrix((np.ones(len(columns), np.float32), columns, ends), (n_rows, 400))
    jacobian = LinearJacobian(X, n_outputs=1, intercept=True)
    tracemalloc.start()
    jacobian @ np.ones(401)
    jacobian.T @ np.ones(n_rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # A copy in double precision would take 100 MB; a part takes 13.
    assert peak < 50e6


def test_of_many_outputs_no_pair_of_them_is_held_for_every_row():
    n_rows, n_outputs = 20_000, 30
    p = np.full((n_rows, n_outputs), 1 / n_outputs)
    jacobian = LinearJacobian(np.ones((n_rows, 2)), n_outputs, intercept=True)
    bend = Bend(p, outer=p)
    tracemalloc.start()
    gram = jacobian.gram(bend)
    for _ in jacobian.layer_blocks(bend):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # K^2 entries per row would be 144 MB, K (K + 1) / 2 of them 74.
    assert peak < 40e6
    expected = n_rows * (np.eye(n_outputs) / n_outputs - 1 / n_outputs**2)
    np.testing.assert_allclose(gram, np.kron(expected, np.ones((3, 3))), atol=1e-8)


@pytest.mark.parametrize("dense_entries", [400, _kernels.DENSE_ENTRIES])
@pytest.mark.parametrize("n_columns", [2, 40])
@pytest.mark.parametrize("density", [0.02, 0.5])
@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csr_array])
def test_gram_of_sparse_rows_is_that_of_dense_ones(
    kind, density, n_columns, dense_entries, monkeypatch
):
    """Also where they are made dense a part at a time, and where they are narrow."""
    monkeypatch.setattr(_kernels, "DENSE_ENTRIES", dense_entries)
    rng = np.random.default_rng(0)
    dense = rng.normal(size=(300, n_columns)) * (rng.random((300, n_columns)) < density)
    weight = rng.normal(size=(300, 2))
    bend = Bend(weight, outer=rng.normal(size=(300, 2)), weight=rng.normal(size=300))
    expected = LinearJacobian(dense, 2, True).gram(bend)
    found = LinearJacobian(kind(dense.astype(np.float32)), 2, True).gram(bend)
    assert type(found) is np.ndarray
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    found = LinearJacobian(kind(dense), 2, True).gram(bend)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
