"""Target and groups of a table."""

import numpy as np
import pandas as pd
import pytest

from sk_softunlearn._cli._errors import BadInputError
from sk_softunlearn._cli._roles import column, column_names, read_groups

FRAME = pd.DataFrame(
    {
        "city, state": ["Oslo", "Rome", "Oslo"],
        "age": [20, 30, 40],
        "age>35": ["no", "no", "yes"],
        "y": [0.0, 1.0, 1.0],
    }
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("city, state", ["city, state"]),
        ('age,"city, state"', ["age", "city, state"]),
        (" age , y,age", ["age", "y"]),
        ("", []),
    ],
)
def test_names_with_commas(text, names):
    assert column_names(text, FRAME) == names


def test_a_wrong_name_brings_the_nearest():
    with pytest.raises(BadInputError, match=r"did you mean age\?"):
        column(FRAME, "agee", "--target")
    with pytest.raises(BadInputError, match="it has city, state, age"):
        column(FRAME, "zzzzzz", "--target")


def test_groups_are_cut_unless_a_column_is_called_so():
    groups = read_groups(FRAME, ["age>25", "age>35", "city, state"], "y")
    assert groups["age>25"].tolist() == ["not age>25", "age>25", "age>25"]
    assert groups["age>35"].tolist() == ["no", "no", "yes"]
    assert groups["city, state"].tolist() == ["Oslo", "Rome", "Oslo"]


def test_blanks_around_a_level_make_no_other_group():
    frame = pd.DataFrame({"s": ["a ", "a", "b", " b\t"], "y": 0})
    assert read_groups(frame, ["s"], "y")["s"].tolist() == ["a", "a", "b", "b"]


def test_cells_that_hold_lists_are_no_groups():
    frame = pd.DataFrame({"s": [np.array(["a"]), np.array(["b"])], "y": 0})
    with pytest.raises(BadInputError, match="--sensitive s holds lists"):
        read_groups(frame, ["s"], "y")
