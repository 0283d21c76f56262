"""Rows in parquet files: what is read, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from sk_softunlearn.datasets import ParquetRows

pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra 'parquet')")


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    return pd.DataFrame(rng.normal(size=(30, 3)), columns=list("abc")).assign(
        y=rng.integers(2, size=30)
    )


@pytest.fixture
def folder(table, tmp_path):
    # By name, not by time, and in row groups of other lengths than the files.
    table[20:].to_parquet(tmp_path / "part-2.parquet", row_group_size=4)
    table[:20].to_parquet(tmp_path / "part-1.parquet", row_group_size=7)
    (tmp_path / "notes.txt").write_text("not a table")
    return tmp_path


def test_chosen_columns_of_all_files_in_order(folder, table):
    rows = ParquetRows(folder, columns=["c", "a"])
    assert rows.shape == (30, 2)
    assert rows.names == ["c", "a"]
    assert [file.name for file in rows.files] == ["part-1.parquet", "part-2.parquet"]
    first, _ = rows.first(100)
    np.testing.assert_array_equal(first, table[["c", "a"]])
    np.testing.assert_array_equal(rows.column("y"), table["y"])
    chosen = np.array([0, 19, 20, 29])
    np.testing.assert_array_equal(rows.take(chosen).column("y"), table["y"].iloc[chosen])


def test_numbers_in_the_names_are_in_their_order_as_dask_has_them(table, tmp_path):
    """Labels that Dask reads belong to the same rows, with ten files and more."""
    for k in range(12):
        year = tmp_path / f"year={8 + k // 4}"
        year.mkdir(exist_ok=True)
        table[2 * k : 2 * k + 2].to_parquet(year / f"part.{k}.parquet")
    rows = ParquetRows(tmp_path)
    np.testing.assert_array_equal(rows.column("a"), table["a"][:24])
    assert [int(file.name.split(".")[1]) for file in rows.files] == list(range(12))
    dataframe = pytest.importorskip("dask.dataframe")
    read = dataframe.read_parquet(tmp_path).compute()
    np.testing.assert_array_equal(rows.column("a"), read["a"])


def test_one_file_and_several(folder):
    files = sorted(folder.glob("*.parquet"))
    assert len(ParquetRows(files[1])) == 10
    assert len(ParquetRows(files[::-1])) == 30
    assert ParquetRows(files[::-1]).column("a").iloc[0] == ParquetRows(files[1]).column("a").iloc[0]


def test_what_is_not_there_is_refused(folder, tmp_path_factory):
    with pytest.raises(ValueError, match=r"'columns' must be in every file, got \['z'\]"):
        ParquetRows(folder, columns=["a", "z"])
    with pytest.raises(FileNotFoundError, match="must be a parquet file or a directory"):
        ParquetRows(tmp_path_factory.mktemp("empty"))
    with pytest.raises(FileNotFoundError, match="must be a parquet file"):
        ParquetRows(folder / "gone.parquet")


def test_files_without_rows_are_refused(table, tmp_path):
    table[:0].to_parquet(tmp_path / "none.parquet")
    with pytest.raises(ValueError, match="'path' must hold rows, got none"):
        ParquetRows(tmp_path)
