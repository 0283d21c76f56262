"""Rows that are loaded in chunks."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from sk_softunlearn._sweeps import Chunks
from tests.sweeps.test_in_memory import collect


class Listed(Chunks):
    """Chunks of a list."""

    def __init__(self, chunks, names=None):
        self.stored = chunks
        super().__init__([chunk.shape[0] for chunk in chunks], names, chunks[0].shape[1])

    def load(self, k):
        return self.stored[k]


@pytest.fixture
def X():
    return np.random.default_rng(0).integers(0, 3, size=(20, 2)).astype(float)


@pytest.mark.parametrize("make", [np.asarray, pd.DataFrame, sparse.csr_array])
def test_a_sweep_over_chunks_is_that_of_all_rows(make, X):
    rows, column = Listed([make(X[:7]), make(X[7:8]), make(X[8:])]), np.arange(20.0)
    (found, back), (total,) = rows.sweep(collect, (column,), (3.0,))
    np.testing.assert_array_equal(found, X)
    np.testing.assert_array_equal(back, column)
    np.testing.assert_allclose(total, 3.0 * X.T @ column)
    assert len(rows) == 20


@pytest.mark.parametrize("make", [np.asarray, pd.DataFrame, sparse.csr_array])
def test_rows_are_taken_and_taken_again(make, X):
    rows, chosen = Listed([make(X[:7]), make(X[7:12]), make(X[12:])]), np.array([1, 6, 12, 13, 19])
    part = rows.take(chosen)
    (found, _), _ = part.sweep(collect, (np.ones(5),), (1.0,))
    np.testing.assert_array_equal(found, X[chosen])
    (found, _), _ = part.take(np.array([0, 3])).sweep(collect, (np.ones(2),), (1.0,))
    np.testing.assert_array_equal(found, X[[1, 13]])
    assert part.shape == (5, 2)
    # What they were taken from is whole.
    assert len(rows) == 20


def test_transformers_see_the_chunks_as_they_are_stored(X):
    table = pd.DataFrame(X, columns=["a", "b"])
    encoder = OneHotEncoder().fit(table)
    rows = Listed([table[:9], table[9:]], ["a", "b"]).through([encoder, FunctionTransformer()])
    (found, _), _ = rows.sweep(collect, (np.ones(20),), (1.0,))
    np.testing.assert_array_equal(found, encoder.transform(table).toarray())
    assert rows.shape == found.shape
    assert rows.names is None


def test_the_first_rows_are_whole_chunks(X):
    rows = Listed([X[:7], X[7:8], X[8:]])
    first, count = rows.first(8)
    np.testing.assert_array_equal(first, X[:8])
    assert count == 8
    first, count = rows.take(np.array([0, 7, 9])).first(1000)
    np.testing.assert_array_equal(first, X[[0, 7, 9]])
    assert count == 3
