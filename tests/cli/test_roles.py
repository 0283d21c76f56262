"""Target and groups of a table."""

import numpy as np
import pandas as pd
import pytest

from sk_softunlearn._cli._errors import BadInputError
from sk_softunlearn._cli._roles import (
    choose_favourable,
    column,
    column_names,
    level_keys,
    read_groups,
    read_labels,
)

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
    with pytest.raises(BadInputError, match="does not know: perhaps"):
        read_labels(pd.Series(["no", "perhaps"]), "y", {"no": 0, "yes": 1})
    with pytest.raises(BadInputError, match="1 values are missing, the first in row 1"):
        read_labels(pd.Series(["no", np.nan]), "y", {"no": 0, "yes": 1})


def test_groups_are_cut_unless_a_column_is_called_so():
    groups = read_groups(FRAME, ["age>25", "age>35", "city, state"], "y")
    assert groups["age>25"].tolist() == ["not age>25", "age>25", "age>25"]
    assert groups["age>35"].tolist() == ["no", "no", "yes"]
    assert groups["city, state"].tolist() == ["Oslo", "Rome", "Oslo"]
