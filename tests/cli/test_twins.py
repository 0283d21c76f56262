"""Columns of one name."""

import warnings

import pandas as pd
import pytest

from sk_softunlearn._cli._errors import BadInputError, InputWarning
from sk_softunlearn._cli._twins import number_twins, settle_twins

CELLS = pd.DataFrame([[1, 2, 1, 3, 5], [2, 4, 2, 3, 6]])


@pytest.fixture
def frame():
    frame = CELLS.copy()
    number_twins(frame, ["a", "b", "a", "b", "y"])
    return frame


def settle(frame, excluded=(), used=("y",), features=None):
    return list(settle_twins(frame, "t.csv", list(excluded), set(used), features))


def test_the_same_cells_are_read_once_and_others_get_a_number(frame):
    assert list(frame) == ["a", "b", "a.1", "b.1", "y"]
    with pytest.warns(InputWarning) as told:
        assert settle(frame) == ["a", "b", "b.1", "y"]
    assert [str(warning.message) for warning in told] == [
        "t.csv has more than one column a, with the same cells: the first is read.",
        "t.csv has more than one column b, with different cells: the later ones are read as b.1.",
    ]


def test_exclude_resolves_them(frame):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert settle(frame, ["a", "b"]) == ["a", "b", "y"]
        # What is excluded by its number is told apart later.
        assert settle(frame, ["a.1", "b.1"]) == list(frame)
        assert "b.1" in settle(frame, ["a"], features={"a"})


def test_target_and_groups_must_not_be_open(frame):
    with pytest.raises(BadInputError, match=r"keep the first, with --exclude b\.1, or rename"):
        settle(frame, ["a"], used=("y", "b"))
    assert settle(frame, ["b.1", "a"], used=("y", "b")) == ["a", "b", "b.1", "y"]
    with pytest.warns(InputWarning, match="same cells"):
        assert settle(frame, ["b"], used=("y", "a")) == ["a", "b", "y"]
