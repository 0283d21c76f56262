import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sk_softunlearn._rows import cross_groups, cross_levels, read_sensitive

ONE_COLUMN = {
    "list": ["M", "F", "M"],
    "ndarray": np.array(["M", "F", "M"]),
    "object ndarray": np.array(["M", "F", "M"], dtype=object),
    "column vector": np.array([["M"], ["F"], ["M"]]),
    "Series": pd.Series(["M", "F", "M"], name="sex", index=[7, 7, 1]),
    "categorical Series": pd.Series(["M", "F", "M"], dtype="category"),
    "one-column DataFrame": pd.DataFrame({"sex": ["M", "F", "M"]}),
    "dict": {"sex": ["M", "F", "M"]},
    "dict of column vectors": {"sex": np.array([["M"], ["F"], ["M"]])},
    "polars Series": pl.Series("sex", ["M", "F", "M"]),
    "polars categorical": pl.Series(["M", "F", "M"], dtype=pl.Categorical),
    "polars DataFrame": pl.DataFrame({"sex": ["M", "F", "M"]}),
    "arrow Table": pa.table({"sex": ["M", "F", "M"]}),
}
TWO_COLUMNS = {
    "DataFrame": pd.DataFrame({"sex": ["M", "F", "F"], "race": ["White", "Black", "White"]}),
    "DataFrame with numbers for names": pd.DataFrame(
        [["M", "White"], ["F", "Black"], ["F", "White"]]
    ),
    "polars DataFrame": pl.DataFrame({"sex": ["M", "F", "F"], "race": ["White", "Black", "White"]}),
    "dict": {"sex": ["M", "F", "F"], "race": pd.Series(["White", "Black", "White"])},
    "list of rows": [["M", "White"], ["F", "Black"], ["F", "White"]],
    "ndarray": np.array([["M", "White"], ["F", "Black"], ["F", "White"]]),
}


@pytest.mark.parametrize("container", ONE_COLUMN.values(), ids=ONE_COLUMN)
def test_one_column_is_the_same_in_every_container(container):
    codes, labels = cross_groups(container, n_rows=3)
    assert labels == ["F", "M"]
    assert codes.tolist() == [1, 0, 1]
    assert codes.dtype == np.intp


@pytest.mark.parametrize("container", TWO_COLUMNS.values(), ids=TWO_COLUMNS)
def test_columns_are_crossed_and_empty_cells_left_out(container):
    codes, labels = cross_groups(container, n_rows=3)
    assert labels == ["F, Black", "F, White", "M, White"]
    assert codes.tolist() == [2, 0, 1]


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([10, 9, 10], ["9", "10"]),
        (np.array([10.5, 9.0, 10.5]), ["9.0", "10.5"]),
        (pd.Series([10, 9, 10], dtype="Int64"), ["9", "10"]),
        (pl.Series([10, 9, 10]), ["9", "10"]),
        ([True, False, True], ["False", "True"]),
        (np.array([True, False, True]), ["False", "True"]),
    ],
)
def test_numbers_are_sorted_as_numbers(values, labels):
    codes, found = cross_groups(values, n_rows=3)
    assert found == labels
    assert codes.tolist() == [1, 0, 1]


def test_mixed_types_are_sorted_as_strings():
    codes, labels = cross_groups(["b", 1, "1"], n_rows=3)
    assert labels == ["1", "'1'", "b"]
    assert codes.tolist() == [2, 0, 1]


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ([1, "1", 1], ["1", "'1'", "1"]),
        ([1.5, "a", "1.5"], ["1.5", "a", "'1.5'"]),
        ([True, "True", "'True'"], ["True", "'True'", "\"'True'\""]),
        (pd.Series([1, "1", "b"], dtype="category"), ["1", "'1'", "b"]),
        (pd.Categorical(["1", 1, "1"], [1, "1"], ordered=True), ["'1'", "1", "'1'"]),
        ({"s": [1, "1", 1], "t": ["x", "x", "1"]}, ["1, x", "'1', x", "1, 1"]),
    ],
)
def test_numbers_and_strings_that_look_alike_are_told_apart(values, named):
    codes, labels = cross_groups(values, n_rows=3)
    assert [labels[code] for code in codes] == named


def in_order(levels, ordered=True):
    """Rows of these levels in three libraries, the levels the other way round than sorted."""
    dictionary = pa.DictionaryArray.from_arrays(
        pa.array([1, 0, 1]), pa.array(levels), ordered=ordered
    )
    values = [levels[1], levels[0], levels[1]]
    enum = pl.Enum([*levels, "unused"]) if ordered else pl.Categorical
    return [
        pd.Series(pd.Categorical(values, [*levels, "unused"], ordered=ordered)),
        pd.Categorical(values, [*levels, "unused"], ordered=ordered),
        pd.DataFrame({"s": pd.Categorical(values, levels, ordered=ordered)}),
        {"s": pd.CategoricalIndex(values, levels, ordered=ordered)},
        pl.Series("s", values, dtype=enum),
        pl.DataFrame({"s": pl.Series(values, dtype=enum)}),
        pa.table({"s": dictionary}),
    ]


@pytest.mark.parametrize("values", in_order(["low", "high"]))
def test_ordered_categories_keep_their_order(values):
    codes, labels = cross_groups(values, n_rows=3)
    assert labels == ["low", "high"]
    assert codes.tolist() == [1, 0, 1]


@pytest.mark.parametrize("values", in_order(["low", "high"], ordered=False))
def test_unordered_categories_are_sorted(values):
    codes, labels = cross_groups(values, n_rows=3)
    assert labels == ["high", "low"]
    assert codes.tolist() == [0, 1, 0]


AGES = pd.cut(pd.Series([7.0, 3.0, 11.0]), [0, 5, 10, 15, 20])


@pytest.mark.parametrize(
    "ages",
    [
        AGES,
        AGES.cat.as_unordered(),
        AGES.astype(object),
        AGES.array,
        AGES.to_numpy(),
        pd.Series(pd.arrays.IntervalArray(AGES)),
        {"age": AGES},
    ],
)
def test_intervals_are_in_their_order(ages):
    codes, labels = cross_groups(ages, n_rows=3)
    assert labels == ["(0, 5]", "(5, 10]", "(10, 15]"]
    assert codes.tolist() == [1, 0, 2]


def test_cells_are_in_the_order_of_the_levels_of_every_column():
    level = pd.Categorical(["low", "high"] * 3, ["low", "high"], ordered=True)
    _, labels = cross_groups({"age": [10, 10, 9, 9, 9, 10], "level": level}, n_rows=6)
    assert labels == ["9, low", "9, high", "10, low", "10, high"]


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame([["F", "a"], ["M", "b"]], columns=["sex", "sex"]),
        pd.DataFrame([[0, 1, 2], [3, 4, 5]], columns=[7, 8, 7]),
        pa.Table.from_arrays([pa.array(["F", "M"]), pa.array(["a", "b"])], names=["sex", "sex"]),
    ],
)
def test_two_columns_of_one_name_are_refused(table):
    with pytest.raises(ValueError, match=r"'sensitive_features' must have one .* of \[('sex'|7)\]"):
        cross_groups(table, n_rows=2)


def test_levels_with_commas_stay_apart():
    columns = {"city": ["a, b", "a"], "street": ["c", "b, c"]}
    codes, labels = cross_groups(columns, n_rows=2)
    assert labels == ["'a', 'b, c'", "'a, b', 'c'"]
    assert codes.tolist() == [1, 0]


def test_no_rows():
    codes, labels = cross_groups([], n_rows=0)
    assert codes.size == 0
    assert labels == []


@given(
    st.lists(
        st.tuples(st.sampled_from("zab"), st.integers(-3, 3), st.booleans()),
        min_size=1,
        max_size=30,
    )
)
def test_codes_are_the_positions_of_the_sorted_distinct_rows(rows):
    codes, labels = cross_groups(np.array(rows, dtype=object), n_rows=len(rows))
    cells = sorted(set(rows))
    assert labels == [", ".join(map(str, cell)) for cell in cells]
    assert codes.tolist() == [cells.index(row) for row in rows]


@pytest.mark.parametrize(
    "values",
    [
        ["F", None, "M"],
        ["F", np.nan, "M"],
        np.array([0.0, np.nan, 1.0]),
        pd.Series(["F", pd.NA, "M"]),
        pd.Series([0, None, 1], dtype="Int64"),
        pd.Series(["F", None, "M"], dtype="category"),
        pl.Series(["F", None, "M"]),
        pl.Series([0, None, 1]),
    ],
)
def test_missing_values_name_their_column(values):
    with pytest.raises(ValueError, match=r"column 'sex' has 1, the first in row 1\. Drop"):
        cross_groups({"race": ["a", "a", "b"], "sex": values}, n_rows=3)


def test_wrong_length_gives_both():
    with pytest.raises(ValueError, match="column 'sex' has 2 rows where X has 3"):
        cross_groups(pd.Series(["F", "M"], name="sex"), n_rows=3)


@pytest.mark.parametrize(
    ("values", "match"),
    [
        (None, "got None"),
        ("sex", "got 'sex'"),
        (3, r"got shape \(\) from int"),
        (np.zeros((3, 1, 1)), r"got shape \(3, 1, 1\)"),
        ({}, "at least one column"),
        (pd.DataFrame(index=range(3)), "at least one column"),
        ({"sex": np.zeros((3, 2))}, r"column 'sex' must have one value .* \(3, 2\)"),
        (pl.DataFrame({"sex": ["F", "M", "M"]}).lazy(), "LazyFrame"),
    ],
)
def test_what_is_not_a_column_is_refused(values, match):
    with pytest.raises(ValueError, match=match):
        cross_groups(values, n_rows=3)


def test_columns_one_by_one_make_the_groups():
    columns = {"sex": ["M", "F", "F"], "race": ["White", "Black", "White"]}
    found = read_sensitive(columns, 3)
    assert {name: levels for name, (_, levels) in found.items()} == {
        "sex": ["F", "M"],
        "race": ["Black", "White"],
    }
    codes, labels = cross_levels(list(found.values()), 3)
    expected = cross_groups(columns, 3)
    assert codes.tolist() == expected[0].tolist()
    assert labels == expected[1]
    assert list(read_sensitive(np.array(["a", "b"]), 2)) == ["0"]


@pytest.mark.parametrize(
    "values",
    [
        np.linspace(0, 1, 200),
        np.arange(200),
        pd.Series(np.linspace(0, 1, 200)),
        pl.Series(np.linspace(0, 1, 200)),
        np.linspace(0, 1, 200).tolist(),
    ],
    ids=["floats", "integers", "pandas", "polars", "list"],
)
def test_numbers_of_many_values_are_no_groups(values):
    with pytest.raises(ValueError, match=r"holds numbers with 200 different values. Cut it into"):
        cross_groups(values, 200)


@pytest.mark.parametrize(
    "values",
    [
        np.arange(200) % 90,
        np.arange(200) % 20 / 2,
        np.arange(200).astype(str),
        pd.cut(np.arange(200), 30),
        pd.Categorical(np.arange(200), ordered=True),
    ],
    ids=["ages", "halves", "texts", "intervals", "categories"],
)
def test_many_values_may_be_groups(values):
    assert len(cross_groups(values, 200)[1]) > 10
