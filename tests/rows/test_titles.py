"""Groups that say nothing without the name of their column."""

import numpy as np
import pytest

from sk_softunlearn._rows import cross_groups, read_rows, read_sensitive, title_columns


@pytest.mark.parametrize(
    ("column", "titles"),
    [
        ([0, 1], ["s = 0", "s = 1"]),
        ([1.5, -2.0], ["s = -2.0", "s = 1.5"]),
        ([True, False], ["s = False", "s = True"]),
        (["y", "N"], ["s = N", "s = y"]),
        (["1", "other"], ["1", "other"]),
    ],
)
def test_numbers_and_answers_have_the_name_of_their_column(column, titles):
    columns = title_columns(read_sensitive({"s": column}, 2))
    assert columns["s"][1] == titles


def test_titles_are_in_the_order_of_the_groups():
    columns = {"race": np.arange(12) % 3, "sex": ["F", "M", "M", "F"] * 3, "old": [True] * 12}
    rows = read_rows(np.zeros((12, 1)), np.arange(12) % 2, sensitive_features=columns)
    codes, names = cross_groups(columns, 12)
    assert rows.groups.tolist() == codes.tolist()
    assert list(rows.group_names) == names
    for name, title in zip(names, rows.group_titles, strict=True):
        race, sex, old = name.split(", ")
        assert title == f"race = {race}, {sex}, old = {old}"
    assert rows.take([0, 1]).group_titles == rows.group_titles


def test_without_a_name_there_is_none_to_show():
    rows = read_rows(np.zeros((4, 1)), [0, 1, 0, 1], sensitive_features=[0, 1, 1, 0])
    assert rows.group_titles == rows.group_names == ("0", "1")


def test_columns_whose_names_read_alike_are_refused():
    with pytest.raises(ValueError, match="one column per name; got several of"):
        read_sensitive({0: ["a", "b"], "0": ["c", "d"]}, 2)
