"""Rows as users hand them over."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from sk_softunlearn._rows import Rows, hold_out, read_rows


def test_rows_are_not_copied():
    X = np.zeros((4, 2))
    assert read_rows(X, [0, 1, 0, 1]).X is X


@pytest.mark.parametrize(
    "make", [np.asarray, pd.DataFrame, pl.DataFrame, sparse.csr_array, sparse.coo_array, list]
)
def test_rows_can_be_taken_from_any_container(make):
    rows = read_rows(make(np.arange(8.0).reshape(4, 2)), [0, 1, 0, 1], [1, 2, 3, 4], list("abab"))
    part = rows.take(np.array([1, 3]))
    dense = part.X.toarray() if sparse.issparse(part.X) else np.asarray(part.X)
    np.testing.assert_array_equal(dense, [[2, 3], [6, 7]])
    np.testing.assert_array_equal(part.weights(), [2, 4])
    np.testing.assert_array_equal(part.groups, [1, 1])


def test_weights_are_one_where_none_are_given():
    np.testing.assert_array_equal(read_rows(np.zeros((2, 1)), [0, 1]).weights(), [1, 1])


@pytest.mark.parametrize("suffix", ["", "_val"])
def test_lengths_are_checked_by_name(suffix):
    with pytest.raises(ValueError, match=f"'y{suffix}' must have one label per row of 'X{suffix}'"):
        read_rows(np.zeros((3, 1)), [0, 1], suffix=suffix)


def test_held_out_rows_keep_the_share_of_every_cell():
    rng = np.random.default_rng(0)
    rows = Rows(None, rng.integers(2, size=800), None, rng.integers(2, size=800), ("a", "b"))
    training, validation = hold_out(rows, 0.25, 0)
    assert sorted([*training, *validation]) == list(range(800))
    for label in (0, 1):
        for group in (0, 1):
            cell = (rows.y == label) & (rows.groups == group)
            assert cell[validation].sum() == pytest.approx(cell.sum() / 4, abs=1)


def test_a_cell_of_one_row_does_not_stop_the_draw():
    groups = np.zeros(40, int)
    groups[7] = 1
    training, validation = hold_out(Rows(None, np.arange(40) % 2, None, groups, ("a", "b")), 0.2, 0)
    assert len(training) == 32
    assert len(validation) == 8


@pytest.mark.parametrize("suffix", ["", "_val"])
@pytest.mark.parametrize(
    ("weight", "match"),
    [
        ([1.0, -0.5, 1.0], r"'sample_weight{}' must be at least 0, got -0\.5"),
        ([0, 0, 0], "'sample_weight{}' must be above zero for some rows"),
        (pl.Series([0.0, 0.0, 0.0]), "'sample_weight{}' must be above zero for some rows"),
    ],
)
def test_weights_are_checked_by_name(weight, match, suffix):
    with pytest.raises(ValueError, match=match.format(suffix)):
        read_rows(np.zeros((3, 1)), [0, 1, 0], weight, suffix=suffix)


@pytest.mark.parametrize("suffix", ["", "_val"])
@pytest.mark.parametrize("name", ["y", "sample_weight", "sensitive_features"])
def test_rows_in_another_order_are_refused_by_name(name, suffix):
    X = pd.DataFrame({"a": [1.0, 2.0, 3.0]}, index=[4, 5, 6])
    columns = {
        "y": pd.Series([0, 1, 1], index=X.index),
        "sample_weight": pd.Series([1.0, 1.0, 2.0], index=X.index),
        "sensitive_features": pd.DataFrame({"s": list("aba")}, index=X.index),
    }
    assert read_rows(X, **columns, suffix=suffix).groups.tolist() == [0, 1, 0]
    columns[name] = columns[name].iloc[::-1]
    with pytest.raises(ValueError, match=f"'{name}{suffix}' must have .* order of 'X{suffix}'"):
        read_rows(X, **columns, suffix=suffix)
