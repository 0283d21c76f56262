from decimal import Decimal
from pathlib import PurePosixPath, PureWindowsPath

import narwhals as nw
import numpy as np
import pandas as pd
import pytest

from sk_softunlearn._rows._levels import find_levels


@pytest.mark.parametrize(
    "column",
    [
        np.array(["b", None, "a"], dtype=object),
        pd.Series(["b", None, "a"]),
        pd.Series(["b", None, "a"], dtype="category"),
    ],
)
def test_missing_values_have_no_level(column):
    codes, names = find_levels(nw.from_native(column, allow_series=True, pass_through=True))
    assert codes.tolist() == [1, -1, 0]
    assert names == ["a", "b"]


def test_missing_values_among_ordered_categories_have_no_level():
    column = pd.Series(pd.Categorical(["b", None, "a"], ["unused", "b", "a"], ordered=True))
    codes, names = find_levels(nw.from_native(column, series_only=True))
    assert codes.tolist() == [0, -1, 1]
    assert names == ["b", "a"]


@pytest.mark.parametrize(
    ("levels", "names"),
    [
        ([10, 9.5, True], ["True", "9.5", "10"]),
        ([Decimal("10"), Decimal("9.50")], ["9.50", "10"]),
        (["10", "9"], ["10", "9"]),
        ([pd.Interval(10, 20), pd.Interval(5, 10), pd.Interval(5, 7)], None),
        ([PurePosixPath("a"), "a"], ["a", "'a'"]),
        (
            [PurePosixPath("a"), PureWindowsPath("a")],
            ["PurePosixPath('a')", "PureWindowsPath('a')"],
        ),
    ],
)
def test_levels_are_sorted_and_named_apart(levels, names):
    column = np.empty(len(levels), dtype=object)
    column[:] = levels
    codes, found = find_levels(column)
    assert found == (names or ["(5, 7]", "(5, 10]", "(10, 20]"])
    assert sorted(codes) == list(range(len(levels)))
