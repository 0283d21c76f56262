"""Files as people have them."""

import gzip
import os
import threading

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from sk_softunlearn._cli._errors import BadInputError, InputWarning
from sk_softunlearn._cli._frames import load_frame

EXPECTED = pd.DataFrame({"name": ["Zoë, the 1st", "Bo"], "pay": [1.5, 2.0]})


def write(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_separators_quotes_and_encodings(tmp_path, separator, encoding):
    text = f'"name"{separator}"pay"\n"Zoë, the 1st"{separator}1.5\n"Bo"{separator}2\n'
    path = write(tmp_path, text, encoding)
    told = "utf-8" if encoding.startswith("utf-8") else encoding
    assert_frame_equal(load_frame(path, encoding=told), EXPECTED)


def test_a_separator_inside_a_quoted_name(tmp_path):
    path = write(tmp_path, '"pay, gross, in $";city\n1;Oslo\n')
    assert list(load_frame(path)) == ["pay, gross, in $", "city"]


def test_a_header_longer_than_a_buffer(tmp_path):
    names = [f"column number {k}" for k in range(5000)]
    path = write(tmp_path, ";".join(names) + "\n" + ";".join("1" * 5000) + "\n")
    assert list(load_frame(path)) == names


def test_every_byte_is_counted_and_gzip_is_told_by_its_content(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(gzip.compress(EXPECTED.to_csv(index=False).encode()))
    counts = []
    assert_frame_equal(load_frame(path, advance=counts.append), EXPECTED)
    assert sum(counts) == path.stat().st_size


def test_a_pipe_is_read_once(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=EXPECTED.to_csv, args=[path], kwargs={"index": False})
    writer.start()
    assert_frame_equal(load_frame(path), EXPECTED)
    writer.join()


def test_cells_that_are_missing(tmp_path):
    path = write(tmp_path, "a,b\n?,-\n1,x\n")
    assert load_frame(path, ["?", "-"]).isna().to_numpy().tolist() == [[True, True], [False] * 2]
    assert load_frame(path).isna().to_numpy().sum() == 0


def test_only_the_cells_that_are_named_are_missing(tmp_path):
    path = write(tmp_path, "a,b,n\nNA,?,1\n,x,\nnull,NA ,2\n")
    told = load_frame(path, ["?"], known=False)
    assert told.isna().to_numpy().tolist() == [
        [False, True, False],
        [True, False, True],
        [False] * 3,
    ]
    assert told["a"].tolist()[::2] == ["NA", "null"]
    assert load_frame(path, known=False).isna().sum().tolist() == [1, 0, 1]
    assert load_frame(path).isna().sum().tolist() == [3, 1, 1]
    # The same holds for cells that are read as text first.
    assert_frame_equal(load_frame(path, ["?"], known=False, as_text=True), told)


def test_names_and_cells_come_without_blanks_around_them(tmp_path):
    path = write(tmp_path, 'name , "pay "\n"Zoë, the 1st ",1.5 \nBo , 2\n')
    assert_frame_equal(load_frame(path), EXPECTED)
    assert load_frame(path, bare=False)["name"].tolist() == ["Zoë, the 1st ", "Bo "]


@pytest.mark.parametrize("separator", [",", ";", "\t", "^"])
@pytest.mark.parametrize("line", ["sep={}", '"sep={}"', "sep={0}{0}{0}"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_first_line_for_excel_says_the_separator(tmp_path, separator, line, encoding):
    text = EXPECTED.to_csv(index=False, sep=separator)
    path = write(tmp_path, f"{line.format(separator)}\r\n{text}", encoding)
    assert_frame_equal(load_frame(path), EXPECTED)


@pytest.mark.parametrize("encoding", ["rot13", "hex", "klingon", "", "undefined"])
def test_codecs_that_are_no_encodings_are_refused(tmp_path, encoding):
    with pytest.raises(BadInputError, match="is not known: give one such as utf-8"):
        load_frame(write(tmp_path, "a,b\n1,2\n"), encoding=encoding)


def test_very_long_lines(tmp_path):
    with pytest.raises(BadInputError, match="no names of columns"):
        load_frame(write(tmp_path, "a" * 200_000 + "\n1\n"))
    frame = load_frame(write(tmp_path, "a,b\n" + "x" * 200_000 + ",1\n"))
    assert len(frame["a"].iloc[0]) == 200_000


def test_a_column_that_numbers_the_rows_is_left_out(tmp_path):
    EXPECTED.to_csv(tmp_path / "t.csv")
    with pytest.warns(InputWarning, match="numbers the rows"):
        assert_frame_equal(load_frame(tmp_path / "t.csv"), EXPECTED)


def test_types_are_those_of_the_whole_column(tmp_path):
    cells = ["1"] * 300_000 + ["x"]
    frame = load_frame(write(tmp_path, "a\n" + "\n".join(cells)))
    assert set(frame["a"].map(type)) == {str}


def test_names_of_a_parquet_file_are_text(tmp_path):
    pytest.importorskip("pyarrow")
    pd.DataFrame(np.eye(2)).rename(columns={0: "0", 1: "1"}).to_parquet(tmp_path / "t.parquet")
    assert list(load_frame(tmp_path / "t.parquet")) == ["0", "1"]


def test_columns_of_one_name_get_a_number(tmp_path):
    frame = load_frame(write(tmp_path, "a,b,a ,a.1,,b\n1,2,3,4,5,6\n"))
    assert list(frame) == ["a", "b", "a.2", "a.1", "Unnamed: 4", "b.1"]
    assert frame.attrs["twins"] == {"a.2": "a", "b.1": "b"}
    assert frame.iloc[0].tolist() == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("content", "options", "sentence"),
    [
        (None, {}, "There is no file"),
        (b"", {}, "is empty"),
        (b"a,b\n", {}, "has no rows"),
        (b"a,b\n1,2,3\n4,5,6\n", {}, "more cells than its header"),
        (b"a,b\n1,2\n1,2,3\n", {}, "Expected 2 fields"),
        ("a,b\nZoë,2\n".encode("latin-1"), {}, "neither parquet nor utf-8 text: name the encoding"),
        (b"a,b\n1,2\n", {"encoding": "klingon"}, "--encoding klingon is not known"),
        (b"\x1f\x8bcut off", {}, "cannot be read as a table"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path, content, options, sentence):
    path = tmp_path / "t.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInputError, match=sentence):
        load_frame(path, **options)
