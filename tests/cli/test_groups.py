"""Groups of a table: whole columns, and where they are cut."""

import numpy as np
import pandas as pd
import pytest

from sk_softunlearn._cli._cuts import Cut, add_cut_target, sensitive_cuts
from sk_softunlearn._cli._errors import BadInputError
from sk_softunlearn._cli._groups import read_groups
from sk_softunlearn._rows import cross_groups

FRAME = pd.DataFrame(
    {
        "city, state": ["Oslo", "Rome", "Oslo", "Bern"],
        "age": [20, 30, 40, 50],
        "age>35": ["no", "no", "yes", "yes"],
        "code": [1.0, 2.0, 3.0, 1.0],
        "y": [0.0, 1.0, 1.0, np.nan],
    }
)


def groups(text, frame=FRAME):
    return read_groups(frame, sensitive_cuts(text, frame), {"y"})


@pytest.mark.parametrize(
    ("text", "cuts"),
    [
        ("city, state", [Cut("city, state")]),
        ("age>35", [Cut("age>35")]),
        ("age >= 40", [Cut("age", ">=", ("40",))]),
        ("age<=40,code", [Cut("age", "<=", ("40",)), Cut("code")]),
        ("code=1,2,age<30", [Cut("code", "=", ("1", "2")), Cut("age", "<", ("30",))]),
        ('"city, state=Oslo",Rome', [Cut("city, state", "=", ("Oslo", "Rome"))]),
        ("age,age", [Cut("age")]),
        ("race,gender", [Cut("race"), Cut("gender")]),
    ],
)
def test_what_the_option_names(text, cuts):
    assert sensitive_cuts(text, FRAME) == cuts


def test_columns_are_cut_unless_one_is_called_so():
    table, counted = groups('age>25,age>35,"city, state",age<=40')
    assert table["age>25"].tolist() == ["not age>25", *["age>25"] * 3]
    assert table["age>35"].tolist() == ["no", "no", "yes", "yes"]
    assert table["city, state"].tolist() == ["Oslo", "Rome", "Oslo", "Bern"]
    assert table["age<=40"].tolist() == [*["age<=40"] * 3, "not age<=40"]
    assert counted.all()


def test_one_value_against_the_rest_and_two_values():
    table, counted = groups("code=1")
    assert table["code=1"].tolist() == ["code=1", "not code=1", "not code=1", "code=1"]
    assert counted.all()
    table, counted = groups('"city, state=Rome",Oslo')
    assert counted.tolist() == [True, True, True, False]
    assert table.iloc[:3, 0].tolist() == ["Oslo", "Rome", "Oslo"]


def test_groups_keep_their_order():
    frame = pd.DataFrame({"n": [10, 2, 1, 2]})
    frame["o"] = pd.Categorical(["c", "a", "b", "a"], ["c", "b", "a", "unused"], ordered=True)
    frame["t"] = ["y", "x", "y", "x"]
    for text, names in (("n", ["1", "2", "10"]), ("o", ["c", "b", "a"]), ("n=10,2", ["10", "2"])):
        table, counted = groups(text, frame)
        assert cross_groups(table[counted], counted.sum())[1] == names
        assert table.iloc[0, 0] == ("c" if text == "o" else "10")
    assert cross_groups(groups("t", frame)[0], 4)[1] == ["x", "y"]


def test_a_missing_value_is_none_of_two_that_are_named():
    frame = FRAME.assign(s=["a", None, "b", "c"])
    assert groups("s=a,b", frame)[1].tolist() == [True, False, True, False]
    for text in ("s", "s=a"):
        with pytest.raises(BadInputError, match="1 values are missing"):
            groups(text, frame)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("code=4", r"'4' is neither a value of code nor a column; code has 1\.0, 2\.0, 3\.0"),
        ("age>old", "a column is cut at a number, got 'old'"),
        ("age>35>3", "--sensitive age>35>3: a column is cut at a number, got '35>3'"),
        ("height<3", "--sensitive height: the table has no such column"),
        ("age>99", "has one group only"),
        ("y>0", "is the target"),
        ("y=1", "is the target"),
    ],
)
def test_what_makes_no_groups(text, sentence):
    with pytest.raises(BadInputError, match=sentence):
        groups(text)


def test_blanks_around_a_level_make_no_other_group():
    frame = pd.DataFrame({"s": ["a ", "a", "b", " b\t"], "y": 0})
    assert groups("s", frame)[0]["s"].tolist() == ["a", "a", "b", "b"]


def test_cells_that_hold_lists_are_no_groups():
    frame = pd.DataFrame({"s": [np.array(["a"]), np.array(["b"])], "y": 0})
    with pytest.raises(BadInputError, match="--sensitive s holds lists"):
        groups("s", frame)


def test_a_target_that_is_cut_is_a_column_more():
    assert add_cut_target(FRAME, "age>35") is FRAME
    assert add_cut_target(FRAME, "y") is FRAME
    cells = add_cut_target(FRAME, "y>0")["y>0"]
    assert cells.tolist()[:3] == ["not y>0", "y>0", "y>0"]
    assert cells.isna().tolist() == [False] * 3 + [True]
