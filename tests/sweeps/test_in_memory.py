"""Rows in memory, block by block."""

import numpy as np
import pytest
from scipy import sparse

from sk_softunlearn._sweeps import InMemory, _in_memory


def collect(totals, block, column, factor):
    """Hand back the rows, and sum up a column times them."""
    dense = block.toarray() if sparse.issparse(block) else block
    product = factor * (dense.T @ column)
    # Blocks may share one buffer: what is kept is copied.
    return (dense.copy(), column), (product if totals is None else totals[0] + product,)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
@pytest.mark.parametrize("make", [np.asarray, sparse.csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("beside", [0, 1, 20])
def test_every_row_is_swept_once_and_in_order(make, dtype, beside, monkeypatch):
    monkeypatch.setattr(_in_memory, "BLOCK_ENTRIES", 40)
    rng = np.random.default_rng(0)
    X, column = rng.integers(-3, 4, size=(57, 4)).astype(dtype), rng.normal(size=57)
    (rows, back), (total,) = InMemory(make(X)).sweep(collect, (column,), (2.0,), beside)
    np.testing.assert_array_equal(rows, X)
    assert rows.dtype == np.float64
    np.testing.assert_array_equal(back, column)
    np.testing.assert_allclose(total, 2.0 * X.T @ column, rtol=1e-12)


def test_a_column_may_be_missing():
    def kernel(totals, block, column):
        return (np.full(len(block), column is None),), None

    (missing,), totals = InMemory(np.ones((3, 1))).sweep(kernel, (None,))
    assert missing.all()
    assert totals is None
