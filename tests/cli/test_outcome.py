"""The target of a table, and its favourable value."""

import numpy as np
import pandas as pd
import pytest

from sk_softunlearn._cli._errors import BadInputError
from sk_softunlearn._cli._outcome import choose_favourable, level_keys, read_labels

FRAME = pd.DataFrame({"age": [20, 30, 40], "y": [0.0, 1.0, 1.0]})


def test_numbers_are_the_same_however_they_are_written():
    assert level_keys([1, "0"]) == level_keys([1.0, 0]) == level_keys(["1", "0.0"])
    assert level_keys(["007", "7"]) == ["007", "7"]


def test_the_favourable_value():
    assert choose_favourable(FRAME["y"], "y")[0] == "1.0"
    assert choose_favourable(FRAME["y"], "y", "0")[0] == "0.0"
    assert choose_favourable(pd.Series([True, False]), "y")[0] == "True"
    with pytest.raises(BadInputError, match="has 3 values"):
        choose_favourable(FRAME["age"], "age")
    with pytest.raises(BadInputError, match="maybe is not a value"):
        choose_favourable(FRAME["y"], "y", "maybe")


def test_labels():
    y = read_labels(pd.Series(["no", "yes", "no"]), "y", {"no": 0, "yes": 1})
    assert y.tolist() == [0, 1, 0]
    with pytest.raises(BadInputError, match="does not know: 'perhaps'"):
        read_labels(pd.Series(["no", "perhaps"]), "y", {"no": 0, "yes": 1})
    with pytest.raises(BadInputError, match="1 values are missing, the first in row 1"):
        read_labels(pd.Series(["no", np.nan]), "y", {"no": 0, "yes": 1})


@pytest.mark.parametrize(
    ("values", "favourable"),
    [
        (["0", "1"], "1"),
        ([1.0, 0.0], "1.0"),
        ([1, -1], "1"),
        (["Yes", "NO"], "Yes"),
        (["Y", "n"], "Y"),
        (["true", "false"], "true"),
        ([False, True], "True"),
    ],
)
def test_what_is_obvious_is_not_asked_for(values, favourable):
    assert choose_favourable(pd.Series(values), "y")[0] == favourable


@pytest.mark.parametrize(
    "values",
    [
        ["Approved", "Denied"],
        ["<=50K", ">50K"],
        ["bad", "good"],
        [1, 2],
        ["1", "yes"],
        ["no", "yes", "perhaps"],
    ],
)
def test_what_is_not_obvious_is_asked_for(values):
    with pytest.raises(BadInputError, match="say with --positive which one is fav") as caught:
        choose_favourable(pd.Series(values), "y")
    for value in values:
        assert repr(value) in str(caught.value)
    for value in values:
        assert choose_favourable(pd.Series(values), "y", str(value))[0] == str(value)


def test_blanks_around_a_value_make_no_other_value():
    outcome = pd.Series(["yes ", "no", " yes", "no\u00a0", "yes"])
    assert choose_favourable(outcome, "y") == ("yes", ["no", "yes"], "yes")
    assert choose_favourable(outcome, "y", " no ")[0] == "no"
    assert read_labels(outcome, "y", {"no": 0, "yes": 1}).tolist() == [1, 0, 1, 0, 1]
    assert level_keys(["yes ", "no"]) == ["yes", "no"]


@pytest.mark.parametrize(
    ("positive", "found"), [("1,5", "1.5"), ("2,50 %", "2.5"), ("$2.5", "2.5")]
)
def test_a_number_may_be_said_as_the_table_writes_it(positive, found):
    assert choose_favourable(pd.Series([1.5, 2.5]), "y", positive)[0] == found


def test_a_wrong_value_brings_all_that_there_are():
    with pytest.raises(BadInputError, match="yes is not a value of y: it has 'No', 'Yes'"):
        choose_favourable(pd.Series(["Yes", "No"]), "y", "yes")
    with pytest.raises(BadInputError, match="does not know: 'Perhaps'; it knows No, Yes"):
        read_labels(pd.Series(["Yes", "Perhaps"]), "y", {"No": 0, "Yes": 1})


def test_cells_that_hold_lists_are_no_values():
    with pytest.raises(BadInputError, match="--target y holds lists"):
        choose_favourable(pd.Series([["yes"], ["no"]]), "y")


def test_a_target_of_many_numbers_is_to_be_cut():
    with pytest.raises(BadInputError, match="cut it, as in --target 'pay>15', or say with"):
        choose_favourable(pd.Series(np.arange(31.0)), "pay")
