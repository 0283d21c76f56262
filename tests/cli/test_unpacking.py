"""Compressed files, pipes, and what is no text."""

import bz2
import gzip
import io
import lzma
import os
import threading
import zipfile

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from sk_softunlearn._cli import _unpacking
from sk_softunlearn._cli._errors import BadInputError
from sk_softunlearn._cli._frames import load_frame

EXPECTED = pd.DataFrame({"name": ["Zoë, the 1st", "Bo"], "pay": [1.5, 2.0]})
TEXT = EXPECTED.to_csv(index=False)


def zipped(**files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__DOT__", "."), content)
    return packed.getvalue()


def write(tmp_path, content, name="t.csv"):
    (tmp_path / name).write_bytes(content)
    return tmp_path / name


PACKED = {
    "gzip": gzip.compress(TEXT.encode()),
    "bzip2": bz2.compress(TEXT.encode()),
    "xz": lzma.compress(TEXT.encode()),
    "zip": zipped(table=TEXT.encode()),
    "zip of a Mac": zipped(**{"t.csv": TEXT.encode(), "__MACOSX/._t.csv": b"x", "folder/": b""}),
    "zip of a gzip": zipped(table=gzip.compress(TEXT.encode())),
    "gzip of UTF-16": gzip.compress(TEXT.encode("utf-16")),
}


@pytest.mark.parametrize("content", PACKED.values(), ids=PACKED)
def test_one_csv_in_any_wrapping_is_that_csv(tmp_path, content):
    assert_frame_equal(load_frame(write(tmp_path, content)), EXPECTED)


@pytest.mark.parametrize("content", PACKED.values(), ids=PACKED)
def test_it_may_come_from_a_pipe(tmp_path, content):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=[content])
    writer.start()
    assert_frame_equal(load_frame(path), EXPECTED)
    writer.join()


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "xz", "zip"])
@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_what_is_damaged_is_said(tmp_path, kind, damage):
    content = PACKED[kind]
    middle = len(content) // 2
    if damage == "cut":
        content = content[:middle]
    else:
        content = content[:middle] + bytes(255 - b for b in content[middle : middle + 6])
        content += PACKED[kind][middle + 6 :]
    with pytest.raises(BadInputError, match=r"t\.csv"):
        load_frame(write(tmp_path, content))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (zipped(one=b"a", two=b"b"), r"holds 2 files \(one, two\): unpack it"),
        (zipped(**{"folder/": b""}), "holds no file"),
        (zipped(**{"[Content_Types].xml": b"", "xl/book.xml": b""}), "is an Excel workbook: save"),
        (b"\xd0\xcf\x11\xe0 old", "is an Excel workbook: save"),
        (b"PAR1 rows PAR1", r"is a parquet file: give it a name that ends in \.parquet"),
        (gzip.compress(b"PAR1 rows PAR1"), "is a parquet file"),
        (b"\x28\xb5\x2f\xfd rows", "is compressed by zstd: unpack it"),
        (gzip.compress(bytes(257) + b"ustar" + bytes(99)), "is a tar archive"),
        (b"a\0,b\n1,2\n", "holds bytes of 0"),
        (b"a,b\n" + b"1,2\n" * 600_000 + b"1,\0\n", "holds bytes of 0"),
        (TEXT.encode("utf-16-le"), "--encoding utf-16-le"),
    ],
    # The bytes hold the time at which they were packed.
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_what_is_no_csv_brings_advice(tmp_path, content, sentence):
    with pytest.raises(BadInputError, match=sentence):
        load_frame(write(tmp_path, content))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("told", ["utf-8", "latin-1", "utf-16-le"])
def test_a_mark_at_the_start_says_the_encoding(tmp_path, encoding, told):
    content = TEXT.encode(encoding)
    if encoding == "utf-8":
        content = b"\xef\xbb\xbf" + content
    assert_frame_equal(load_frame(write(tmp_path, content), encoding=told), EXPECTED)


def test_a_pipe_that_nothing_writes_to_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(_unpacking, "PATIENCE", 0.2)
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(BadInputError, match="Nothing writes to the pipe"):
        load_frame(path)
    # The thread that waits for a writer ends with the first one.
    path.write_bytes(b"late")


def test_a_parquet_table_comes_from_a_file(tmp_path):
    os.mkfifo(tmp_path / "t.parquet")
    with pytest.raises(BadInputError, match="is a pipe: a parquet table must be a file"):
        load_frame(tmp_path / "t.parquet")
