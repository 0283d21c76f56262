"""Losses of many rows are worked out block by block: the numbers are those of all at once."""

import numpy as np
import pytest

from sk_softunlearn.losses import LogisticLoss, ModifiedHuberLoss, MultinomialLoss
from sk_softunlearn.losses._by_block import BLOCK, in_blocks
from sk_softunlearn.losses._loss_bend import LossBend

N_ROWS = BLOCK + 1000
LOSSES = pytest.mark.parametrize(
    ("loss", "n_outputs"), [(LogisticLoss(), 1), (ModifiedHuberLoss(), 1), (MultinomialLoss(), 3)]
)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@LOSSES
def test_rows_do_not_know_of_each_other(rng, loss, n_outputs):
    raw = 3 * rng.normal(size=(N_ROWS, n_outputs))
    target = rng.integers(max(n_outputs, 2), size=N_ROWS).astype(np.int8)
    few = np.r_[:5, BLOCK - 3 : BLOCK + 3, N_ROWS - 5 : N_ROWS]
    for method in (loss.value, loss.slope):
        np.testing.assert_array_equal(method(raw, target)[few], method(raw[few], target[few]))
    for method in (loss.probability, loss.probability_slope):
        np.testing.assert_array_equal(method(raw, 1)[few], method(raw[few], 1))


@LOSSES
def test_a_total_is_the_weighted_sum(rng, loss, n_outputs):
    raw = rng.normal(size=(N_ROWS, n_outputs))
    target = rng.integers(max(n_outputs, 2), size=N_ROWS)
    weight = rng.random(N_ROWS)
    expected = np.sum(weight * loss.value(raw, target))
    assert loss.total(raw, target, weight) == pytest.approx(expected, rel=1e-12)


@LOSSES
def test_bends_that_are_made_late_are_those_of_the_loss(rng, loss, n_outputs):
    raw = rng.normal(size=(50, n_outputs))
    target, weight = rng.integers(max(n_outputs, 2), size=50), rng.normal(size=50)
    late, early = LossBend(loss, raw, target, weight), loss.bend(raw, target).scaled(weight)
    rows, direction = slice(10, 30), rng.normal(size=(50, n_outputs))
    for k in range(n_outputs):
        np.testing.assert_array_equal(late[rows].entry(0, k), early.entry(0, k)[rows])
        expected = early.entry(0, k) * weight
        np.testing.assert_allclose(late.scaled(weight).entry(0, k), expected, rtol=1e-14)
    np.testing.assert_array_equal(late.apply(direction), early.apply(direction))
    # Now all are known, and those of some rows are taken from them.
    np.testing.assert_array_equal(late[rows].apply(direction[rows]), early.apply(direction)[rows])


def test_no_rows_are_one_block(rng):
    assert in_blocks(np.exp, np.empty((0, 2))).shape == (0, 2)
