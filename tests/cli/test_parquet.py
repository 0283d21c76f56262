"""Tables in parquet: files, directories of files, and their index."""

import numpy as np
import pandas as pd
import pytest

from sk_softunlearn._cli import main
from sk_softunlearn._cli._errors import BadInputError
from sk_softunlearn._cli._frames import load_frame

pytest.importorskip("pyarrow")
FRAME = pd.DataFrame({"a": [1.5, 2.0, 3.0], "s": ["x", "y", "x"]})


def test_a_file_that_is_none(tmp_path):
    (tmp_path / "t.parquet").write_text("a,b\n1,2\n")
    with pytest.raises(BadInputError, match="cannot be read as a table"):
        load_frame(tmp_path / "t.parquet")


@pytest.mark.parametrize(
    ("index", "names"),
    [
        (None, ["a", "s"]),
        (pd.Index([7, 3, 5]), ["a", "s"]),
        (pd.Index([7, 3, 5], name="age"), ["age", "a", "s"]),
        (pd.Index(list("pqr")), ["index", "a", "s"]),
        (
            pd.MultiIndex.from_arrays([[1, 2, 3], list("abc")], names=["n", "t"]),
            ["n", "t", "a", "s"],
        ),
    ],
)
def test_an_index_is_a_column(tmp_path, index, names):
    frame = FRAME if index is None else FRAME.set_axis(index)
    frame.to_parquet(tmp_path / "t.parquet")
    loaded = load_frame(tmp_path / "t.parquet")
    assert list(loaded) == names
    assert loaded.index.equals(pd.RangeIndex(3))


def test_a_directory_is_one_table(tmp_path):
    for name, rows in (("part-1", FRAME[1:]), ("part-0", FRAME[:1]), ("_old", FRAME)):
        rows.to_parquet(tmp_path / f"{name}.parquet")
    (tmp_path / "README.txt").write_text("not a table")
    loaded = load_frame(tmp_path)
    assert loaded["a"].tolist() == [1.5, 2.0, 3.0]
    assert list(loaded) == ["a", "s"]


def test_folders_that_are_called_after_a_value_add_a_column(tmp_path):
    FRAME.to_parquet(tmp_path, partition_cols=["s"])
    loaded = load_frame(tmp_path)
    assert loaded["s"].tolist() == ["x", "x", "y"]
    assert loaded["a"].tolist() == [1.5, 3.0, 2.0]


def test_directories_that_are_no_table(tmp_path):
    with pytest.raises(BadInputError, match="a directory without parquet files"):
        load_frame(tmp_path)
    FRAME.to_parquet(tmp_path / "0.parquet")
    FRAME.rename(columns={"a": "b"}).to_parquet(tmp_path / "1.parquet")
    with pytest.raises(BadInputError, match="differ in 'a', 'b'"):
        load_frame(tmp_path)


def test_a_directory_through_the_command_line(frame, tmp_path, capsys):
    folder = tmp_path / "rows"
    folder.mkdir()
    for k, places in enumerate(np.array_split(np.arange(len(frame)), 3)):
        frame.iloc[places].to_parquet(folder / f"{k}.parquet")
    options = ["--target", "paid", "--sensitive", "sex", "--quiet"]
    assert main(["audit", str(folder), *options]) in (0, 1)
    told = capsys.readouterr().out
    frame.to_parquet(tmp_path / "t.parquet")
    assert main(["audit", str(tmp_path / "t.parquet"), *options]) in (0, 1)
    assert capsys.readouterr().out == told
    assert main(["audit", str(folder), *options, "--weights", str(folder / "w.parquet")]) == 2
    assert "would become a part of" in capsys.readouterr().err
