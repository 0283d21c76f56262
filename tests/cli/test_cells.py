"""Blanks around cells, what is missing, and types."""

import io

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from sk_softunlearn._cli._cells import is_text, levels_of, type_cells

CELLS = {
    "text": ["a", "b", "a", "b"],
    "whole": ["1", "2", "3", "1"],
    "broken": ["1.5", "NA", "2.25", "1e-3"],
    "truth": ["True", "False", "True", "NA"],
    "gone": ["NA", "?", "NA", "x"],
    "quoted": ['say "a"', "b, c", "d", "e"],
}
CLEAN = pd.DataFrame(CELLS)


def read(frame, **options):
    return pd.read_csv(io.StringIO(frame.to_csv(index=False)), **options)


@pytest.mark.parametrize("blanks", [" ", "   ", "\t", "\u00a0"])
@pytest.mark.parametrize("known", [True, False])
def test_cells_with_blanks_are_those_without(blanks, known):
    cells = {"na_values": ["", "?"], "keep_default_na": known}
    padded = CLEAN.map(lambda text: f"{blanks}{text}{blanks}")
    padded.loc[::2] = CLEAN.loc[::2]
    expected = read(CLEAN, **cells)
    assert_frame_equal(type_cells(read(padded, **cells), True, False, **cells), expected)
    as_text = read(padded, dtype=str, **cells)
    assert_frame_equal(type_cells(as_text, True, True, **cells), expected)


def test_text_cells_are_left_as_they_are_for_a_model_that_knows_them():
    frame = pd.DataFrame({"text": ["a ", "a"], "n": ["1.5", "2"]})
    typed = type_cells(frame, False, True, na_values=[""], keep_default_na=True)
    assert typed["text"].tolist() == ["a ", "a"]
    assert typed["n"].tolist() == [1.5, 2.0]


def test_numbers_that_may_be_thousands_stay_text():
    frame = pd.DataFrame({"n": ["1.234", "5", None], "m": ["1.234", "5.5", None]})
    typed = type_cells(frame, True, True, na_values=[""], keep_default_na=True)
    assert typed["n"].tolist()[:2] == ["1.234", "5"]
    assert typed["m"].tolist()[:2] == [1.234, 5.5]


def test_levels_are_merged_and_missing_ones_have_none():
    codes, levels = levels_of(pd.Series(["b", "a ", None, "a", " b"]))
    assert levels == ["b", "a"]
    assert codes.tolist() == [0, 1, -1, 1, 0]


def test_columns_of_texts():
    assert is_text(pd.Series(["a", None]))
    for values in ([1, 2], [True, None], [["a"], ["b"]], [np.nan, np.nan], ["a", 1]):
        assert not is_text(pd.Series(values))
