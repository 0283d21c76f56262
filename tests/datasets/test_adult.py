"""UCI Adult: the same from the files of UCI and from OpenML's table."""

import gzip

import numpy as np
import pandas as pd
import pytest
from sklearn.utils import Bunch

from sk_softunlearn.datasets import fetch_adult

ROWS = [
    "39, State-gov, 77516, Bachelors, 13, Never-married, Adm-clerical, Not-in-family, White, Male, "
    "2174, 0, 40, United-States, <=50K",
    "52, ?, 209642, HS-grad, 9, Married-civ-spouse, Exec-managerial, Husband, White, Male, "
    "0, 0, 45, United-States, >50K",
]
TEST_ROW = (
    "31, Private, 45781, Masters, 14, Never-married, Prof-specialty, Not-in-family, Black, Female, "
    "14084, 0, 50, United-States, >50K."
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.delenv("SK_SOFTUNLEARN_DATA", raising=False)
    (tmp_path / "adult").mkdir()
    (tmp_path / "adult" / "adult.data").write_text("\n".join(ROWS))
    with gzip.open(tmp_path / "adult" / "adult.test.gz", "wt") as file:
        file.write(f"|1x3 Cross validator\n{TEST_ROW}\n")
    return tmp_path


def test_both_files_are_read_without_rows_with_missing_values(folder):
    adult = fetch_adult(folder)
    assert adult.data["age"].tolist() == [39, 31]
    assert adult.data["sex"].tolist() == ["Male", "Female"]
    assert adult.target.tolist() == [0, 1]
    assert "fnlwgt" not in adult.data


def test_the_folder_can_be_named_by_the_environment(folder, monkeypatch):
    monkeypatch.setenv("SK_SOFTUNLEARN_DATA", str(folder))
    assert len(fetch_adult().target) == 2


def test_a_folder_without_the_files_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="'data_home' must be a folder with adult/adult"):
        fetch_adult(tmp_path)


def test_without_a_folder_the_table_of_openml_gives_the_same(folder, monkeypatch):
    """OpenML has the label under another name, texts as categories, and NaN for missing."""
    wanted = fetch_adult(folder)
    rows = [row.rstrip(".").split(", ") for row in (*ROWS, TEST_ROW)]
    names = [*wanted.data.columns[:2], "fnlwgt", *wanted.data.columns[2:], "class"]
    frame = pd.DataFrame(rows, columns=names).replace("?", np.nan)
    numbers = wanted.data.select_dtypes("number").columns
    texts = frame.columns.difference([*numbers, "fnlwgt"])
    frame = frame.astype(dict.fromkeys(numbers, int) | dict.fromkeys(texts, "category"))
    asked = []

    def fetch(*args, **kwargs):
        asked.append((*args, kwargs["version"]))
        return Bunch(frame=frame)

    monkeypatch.setattr("sk_softunlearn.datasets._adult.fetch_openml", fetch)
    adult = fetch_adult()
    assert asked == [("adult", 2)]
    pd.testing.assert_frame_equal(
        adult.data, wanted.data, check_dtype=False, check_column_type=False
    )
    assert adult.target.tolist() == wanted.target.tolist()


def test_adult_has_the_rows_that_are_known_of_it(adult):
    assert len(adult) == 45_222
    assert (adult["income"] == ">50K").sum() == 11_208
