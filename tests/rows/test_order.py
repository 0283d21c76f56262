import numpy as np
import pandas as pd
import polars as pl
import pytest

from sk_softunlearn._rows import check_same_order

LABELS = {
    "numbers": [3, 1, 2, 7],
    "strings": list("dabc"),
    "repeated": [1, 1, 2, 3],
    "mixed": [1, "a", 2.5, None],
    "dates": pd.date_range("2020-01-01", periods=4),
    "pairs": pd.MultiIndex.from_product([["a", "b"], [1, 2]]),
    "intervals": pd.IntervalIndex.from_tuples([(0, 2), (1, 3), (2, 4), (5, 9)]),
    "from zero": pd.RangeIndex(4),
}
ORDERS = {"reversed": [3, 2, 1, 0], "last two swapped": [0, 1, 3, 2]}


def series(index):
    return pd.Series(range(len(index)), index=index)


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
def test_the_same_labels_in_another_order_are_refused(labels, order):
    given = series(labels)
    with pytest.raises(ValueError, match=r"'y' must have its rows in the order of 'X'"):
        check_same_order({"X": given.to_frame(), "y": given.iloc[order]})
    check_same_order({"X": given.iloc[order].to_frame(), "y": given.iloc[order]})


def test_the_first_row_out_of_order_is_named():
    given = series([5, 6, 7, 8])
    with pytest.raises(ValueError, match=r"in row 2 \(8 where 'X' has 7\)"):
        check_same_order({"X": given, "y": given.iloc[[0, 1, 3, 2]]})


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (pd.RangeIndex(3), [7, 1, 2]),
        ([10, 11, 12], [2, 0, 1]),
        ([0, 1, 2], ["2", "1", "0"]),
        ([1, 1, 2], [2, 2, 1]),
        ([0, 1, 2], [2, 1, 0, 3]),
        ([1, 1, 1], [1, 1, 1]),
        ([0, 1, 2], [0.0, 1.0, 2.0]),
    ],
)
def test_other_labels_say_nothing_about_the_order(first, second):
    check_same_order({"X": series(first), "y": series(second)})


def test_what_has_no_index_is_taken_by_position():
    shuffled = series([2, 0, 1])
    check_same_order({"X": np.zeros((3, 1)), "y": list("abc"), "sensitive_features": shuffled})
    check_same_order({"X": pl.DataFrame({"a": [1, 2, 3]}), "sample_weight": None, "y": shuffled})


def test_every_pair_is_compared_and_every_column_of_a_dict():
    given = series([4, 5, 6])
    other = given.iloc[::-1]
    with pytest.raises(ValueError, match=r"'sensitive_features' must have .* order of 'y'"):
        check_same_order({"X": series(range(3)), "y": given, "sensitive_features": other})
    with pytest.raises(ValueError, match="'sensitive_features' must"):
        check_same_order({"sensitive_features": {"sex": given, "race": other}})
