"""Curvatures from the gradients of rows, beside those of a dense Jacobian."""

import numpy as np
import pytest

from sk_softunlearn import _row_gradients
from sk_softunlearn._row_gradients import RowGradients
from sk_softunlearn.exceptions import SoftUnlearnError
from sk_softunlearn.losses import MultinomialLoss
from tests.oracles import dense_bend


class Dense(RowGradients):
    """A Jacobian of shape (n, K, d) in single precision, whose last parameters move nothing."""

    def __init__(self, table, n_moved):
        self.table = np.where(np.arange(table.shape[2]) < n_moved, table, 0.0)
        self.n_moved = n_moved
        super().__init__(np.dtype(float), (table.shape[0] * table.shape[1], table.shape[2]))

    def _matvec(self, direction):
        return (self.table @ direction.reshape(-1)).reshape(-1)

    def _rmatvec(self, cotangent):
        return cotangent.reshape(-1) @ self.table.reshape(self.shape)

    def gradient_blocks(self, bend):
        for rows in (slice(0, 4), slice(4, 5), slice(5, 12)):
            columns, weights = zip(*bend.rows(rows).columns(), strict=True)
            table = self.table[rows, :, : self.n_moved]
            yield (
                [np.einsum("nk,nkd->nd", each, table).astype(np.float32) for each in columns],
                list(weights),
            )


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    bend = MultinomialLoss().bend(rng.normal(size=(12, 3)), rng.integers(3, size=12))
    return Dense(rng.normal(size=(12, 3, 6)), 4), bend.scaled(rng.normal(size=12))


def test_the_matrix_and_its_diagonal_are_those_of_dense_algebra(rows):
    jacobian, bend = rows
    table = jacobian.table
    expected = np.einsum("nkd,nkm,nme->de", table, dense_bend(bend), table)
    np.testing.assert_allclose(jacobian.gram(bend), expected, atol=1e-5)
    np.testing.assert_allclose(jacobian.gram_diagonal(bend), expected.diagonal(), atol=1e-5)
    assert not expected[4:].any()


def test_several_directions_are_one_after_the_other(rows):
    jacobian, _ = rows
    dense = jacobian.table.reshape(jacobian.shape)
    np.testing.assert_allclose(jacobian @ np.eye(6), dense)
    np.testing.assert_allclose(jacobian.rmatmat(np.eye(36)), dense.T)


def test_a_matrix_that_is_too_large_is_refused_with_its_size(rows, monkeypatch):
    jacobian, bend = rows
    monkeypatch.setattr(_row_gradients, "MOST_BYTES", 100)
    with pytest.raises(SoftUnlearnError, match=r"takes 288 bytes \(allowed: 100\)"):
        jacobian.gram(bend)
