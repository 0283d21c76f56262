"""Parquet files as other programs leave them: indices, directories, files that differ or change."""

import os

import numpy as np
import pandas as pd
import pytest

from sk_softunlearn.datasets import ParquetRows

pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra 'parquet')")


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    columns = pd.DataFrame(rng.normal(size=(30, 3)), columns=["x", "y", "z"])
    return columns.assign(sex=np.repeat(["F", "M"], 15), age=np.repeat([30, 40, 50], 10))


def whole(rows):
    """All rows, as they are read chunk by chunk."""
    return pd.concat([rows.load(k) for k in range(len(rows.lengths))], ignore_index=True)


@pytest.mark.parametrize("name", [None, "id"], ids=["without a name", "named"])
def test_a_stored_index_is_no_feature_but_a_column(frame, tmp_path, name):
    labelled = frame[["x", "y"]].set_axis([f"r{k}" for k in range(30)]).rename_axis(name)
    labelled.to_parquet(tmp_path / "rows.parquet", row_group_size=8)
    rows = ParquetRows(tmp_path)
    assert rows.names == ["x", "y"]
    pd.testing.assert_frame_equal(whole(rows), frame[["x", "y"]])
    stored = rows.column(name or "__index_level_0__")
    assert stored.tolist() == labelled.index.tolist()
    assert ParquetRows(tmp_path, ["y", name or "__index_level_0__"]).shape == (30, 2)


def test_directories_stand_for_columns(frame, tmp_path):
    frame.to_parquet(tmp_path, partition_cols=["sex", "age"])
    (tmp_path / "_temporary").mkdir()
    frame.to_parquet(tmp_path / "_temporary" / "half.parquet")
    rows = ParquetRows(tmp_path, columns=["z", "age", "x"])
    expected = frame.sort_values(["sex", "age"], kind="stable", ignore_index=True)
    pd.testing.assert_frame_equal(whole(rows), expected[["z", "age", "x"]])
    for name in ("sex", "age"):
        assert rows.column(name).tolist() == expected[name].tolist()
    assert rows.take(np.array([1, 29])).column("sex").tolist() == ["F", "M"]
    assert ParquetRows(tmp_path).names == ["x", "y", "z"]


def test_a_column_that_a_file_lacks_is_named_with_the_file(frame, tmp_path):
    frame.to_parquet(tmp_path / "0.parquet")
    frame.drop(columns="z").to_parquet(tmp_path / "1.parquet")
    with pytest.raises(
        ValueError, match=r"'columns' must be in every file, got \['z'\], not in .*1"
    ):
        ParquetRows(tmp_path, columns=["x", "z"])
    rows = ParquetRows(tmp_path, columns=["x", "y"])
    with pytest.raises(ValueError, match=r"'name' must be in every file, got \['z'\], not in .*1"):
        rows.column("z")
    with pytest.raises(ValueError, match=r"\['typo'\], not in .*0"):
        rows.column("typo")


def test_files_that_were_changed_are_refused(frame, tmp_path):
    file = tmp_path / "rows.parquet"
    frame.to_parquet(file)
    rows = ParquetRows(file, columns=["x"])
    frame[::-1].to_parquet(file)
    os.utime(file, (1, 1))
    with pytest.raises(ValueError, match="must hold files that stay as they are"):
        rows.load(0)


@pytest.mark.parametrize("columns", ["x", [], ["x", "x"]])
def test_columns_are_a_list_of_different_names(frame, tmp_path, columns):
    frame.to_parquet(tmp_path / "rows.parquet")
    with pytest.raises(ValueError, match="'columns' must be"):
        ParquetRows(tmp_path, columns=columns)


def test_what_is_no_parquet_file_is_named(tmp_path):
    (tmp_path / "rows.parquet").write_text("x,y\n")
    with pytest.raises(ValueError, match=r"must hold parquet files, got .*rows\.parquet"):
        ParquetRows(tmp_path)
    with pytest.raises(FileNotFoundError, match="an empty list"):
        ParquetRows([])
