"""Columns of numbers that are written otherwise."""

import numpy as np
import pandas as pd
import pytest

from sk_softunlearn._cli._errors import BadInputError, InputWarning
from sk_softunlearn._cli._number_columns import NumberColumns

# One column each, whose numbers are 1234 and 2.5.
POINTS, COMMAS = ["1,234", "2.5"], ["1.234", "2,5"]


def read(columns, separator=",", **options):
    frame = pd.DataFrame(columns)
    frame.attrs["separator"] = separator
    return NumberColumns(**options).read(frame)


@pytest.mark.parametrize(("texts", "mark"), [(POINTS, "."), (COMMAS, ",")])
def test_a_column_that_can_be_read_in_one_way_is(texts, mark):
    frame, found = read({"n": texts})
    assert frame["n"].tolist() == [1234.0, 2.5]
    assert found == mark


def test_the_columns_beside_it_decide():
    open_column = ["1,234", "5,678"]
    assert read({"n": open_column, "m": POINTS})[0]["n"].tolist() == [1234, 5678]
    assert read({"n": open_column, "m": COMMAS})[0]["n"].tolist() == [1.234, 5.678]
    assert read({"n": open_column, "m": [0.5, 1.5]})[0]["n"].tolist() == [1234, 5678]
    assert read({"n": ["1.234", "5.678"], "m": COMMAS})[0]["n"].tolist() == [1234, 5678]
    frame, _ = read({"n": POINTS, "m": COMMAS})
    assert frame["n"].tolist() == frame["m"].tolist()


@pytest.mark.parametrize(
    ("columns", "options"),
    [
        ({"n": ["1,234", "5,678"]}, {}),
        ({"n": ["1,234", "5,678"], "whole": [1, 2]}, {}),
        ({"n": ["1,234", "5,678"], "point": POINTS, "comma": COMMAS}, {}),
        # Where semicolons separate, commas are free to be decimal marks.
        ({"n": ["1.234", "5.678"]}, {"separator": ";"}),
    ],
)
def test_what_nothing_decides_is_asked_for(columns, options):
    with pytest.raises(BadInputError, match=r"Column n can be read in two ways.*--decimal"):
        read(columns, **options)
    if len(columns) < 3:
        first = columns["n"][0]
        for mark in ".,":
            expected = float(first.replace(".,".replace(mark, ""), "").replace(mark, "."))
            assert read(columns, decimal=mark, **options)[0]["n"].iloc[0] == expected
    assert read(columns, spared=frozenset("n"), **options)[0]["n"].tolist() == columns["n"]


def test_points_are_decimal_marks_where_nothing_says_otherwise():
    assert read({"n": ["1.234", "5.678"]})[0]["n"].tolist() == [1.234, 5.678]
    assert read({"n": ["1.234", "5.678"]}, fallback=",")[0]["n"].tolist() == [1234, 5678]


@pytest.mark.parametrize(
    ("texts", "mark"), [(POINTS, ","), (COMMAS, "."), ([1.5, 2.5], ","), (["$1.50", "$2"], ",")]
)
def test_a_mark_that_does_not_fit_is_refused(texts, mark):
    with pytest.raises(BadInputError, match=f"--decimal {mark} does not fit column n"):
        read({"n": texts}, decimal=mark)


def test_a_mixture_is_refused():
    for texts in (["1.5", "2,5"], ["5%", "5"], ["$5", "\u20ac5"]):
        with pytest.raises(BadInputError, match=r"Column n holds numbers that are.*--decimal"):
            read({"n": texts})
        assert read({"n": texts}, labels=frozenset("n"))[0]["n"].tolist() == texts


@pytest.mark.parametrize("dash", ["-", "--", "\u2013", "\u2014"])
def test_a_lone_dash_among_numbers_is_missing_and_said(dash):
    with pytest.warns(InputWarning, match="lone dash among numbers is read as a missing cell: n"):
        frame, _ = read({"n": ["1,5", dash, "-2,5", None]})
    np.testing.assert_array_equal(frame["n"], [1.5, np.nan, -2.5, np.nan])
    assert read({"n": ["a", dash]})[0]["n"].tolist() == ["a", dash]
    assert read({"n": ["1", dash]}, labels=frozenset("n"))[0]["n"].tolist() == ["1", dash]


def test_numbers_beside_other_texts_are_said():
    numbers = [f"{k},5" for k in range(30)]
    with pytest.warns(InputWarning, match=r"n \('unknown'\).*--missing"):
        frame, _ = read({"n": [*numbers, "unknown"]})
    assert frame["n"].tolist() == [*numbers, "unknown"]
    with pytest.warns(InputWarning, match=r"phone \('555 1234', '555 1235'\)"):
        read({"phone": ["555 1234", "555 1235"]})


def test_texts_and_dates_are_no_matter():
    columns = {"t": ["1 room", "2 rooms"], "d": ["01.02.2020", "02.02.2020"], "k": ["3+", "x"]}
    frame, mark = read(columns)
    assert {name: frame[name].tolist() for name in frame} == columns
    assert mark is None


def test_a_file_with_types_means_its_texts():
    columns = {"zip": ["01234", "56789"], "price": ["1,5", "2,5"]}
    frame, _ = read(columns, typed=True)
    assert frame["zip"].tolist() == columns["zip"]
    assert frame["price"].tolist() == [1.5, 2.5]


def test_cells_that_stand_for_a_missing_number():
    frame, _ = read({"n": ["1,5", "-999", "-999,0"]}, missing=("", "-999"), known=False)
    np.testing.assert_array_equal(frame["n"], [1.5, np.nan, np.nan])


def test_what_must_be_loaded_as_text():
    def needed(columns, separator=",", **options):
        frame = pd.DataFrame(columns)
        frame.attrs["separator"] = separator
        return NumberColumns(**options).need_text(frame)

    assert needed({"n": COMMAS})
    # The comma is far down, and the first cells are the same with either mark.
    assert needed({"n": [*map(str, range(3000)), "1,234"]})
    assert needed({"n": [1.234]}, decimal=",")
    assert needed({"n": [1.234]}, fallback=",")
    # In the file it may be 2.000, for two thousand.
    assert needed({"n": [2.0]}, separator=";")
    assert not needed({"n": [1, 2], "t": ["a", "b"]}, separator=";")
    assert not needed({"n": [1.234], "t": ["a"]})
    assert not needed({"n": COMMAS}, typed=True)
