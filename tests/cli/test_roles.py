"""Columns as options name them."""

import pandas as pd
import pytest

from sk_softunlearn._cli._errors import BadInputError
from sk_softunlearn._cli._roles import column, column_names

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
