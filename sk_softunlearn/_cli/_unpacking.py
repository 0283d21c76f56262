"""Files as a stream of their text's bytes: pipes, compressed files, and what is no text."""

import bz2
import codecs
import gzip
import io
import lzma
import os
import stat
import zipfile
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from sk_softunlearn._cli._errors import BadInputError

__all__ = ["SAMPLE", "unpacked"]

SAMPLE = 2**20
# Seconds to wait for the program that writes to a named pipe.
PATIENCE = 10.0
STREAMS = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
}
ZIP = b"PK\x03\x04"
EXCEL = "an Excel workbook: save its sheet as csv (UTF-8)"
# First bytes of what has rows, or holds files that have, but is not read.
STRANGE = {
    b"PAR1": "a parquet file: give it a name that ends in .parquet, and do not compress it",
    b"\x28\xb5\x2f\xfd": "compressed by zstd: unpack it",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive: unpack it",
    b"\xd0\xcf\x11\xe0": EXCEL,
    b"ARROW1": "a feather file: save it as parquet or csv",
    b"SQLite format 3": "a database: export its table as csv",
}
# What a text begins with that says its encoding; the longer ones first.
MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    codecs.BOM_UTF8: "utf-8-sig",
}
# Bytes of a text in these encodings may be 0.
WIDE = ("utf-16", "utf-32")


@contextmanager
def unpacked(path, encoding, advance=None):
    """Open a file that holds text, compressed or not, to be read once from start to end.

    Parameters
    ----------
    path : Path
        A file or a pipe: plain, gzip, bzip2, xz, or a zip of one file, told by its content.
    encoding : str
        Of the text.
    advance : callable, default=None
        Called with every number of bytes read.

    Yields
    ------
    file : BufferedReader
        The bytes of the text.
    encoding : str
        The one that a mark at its start says, or else the one given.

    Raises
    ------
    BadInputError
        If it is something else than text, with the sentence for the user.
    """
    with (
        _Counted(_opened(path), advance) as counted,
        io.BufferedReader(counted, SAMPLE) as packed,
        _stream(path, packed) as plain,
    ):
        start = plain.peek(SAMPLE)
        _refuse_strange(path, start)
        marked = (name for mark, name in MARKS.items() if start.startswith(mark))
        encoding = next(marked, encoding)
        if codecs.lookup(encoding).name.startswith(WIDE):
            yield plain, encoding
        else:
            with io.BufferedReader(_WithoutNul(path, plain), SAMPLE) as text:
                yield text, encoding


def _opened(path):
    """Return a file descriptor; refuse a named pipe that nothing writes to."""
    if not stat.S_ISFIFO(path.stat().st_mode):
        return os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    found = []
    waiting = Thread(target=_open_pipe, args=(path, found), daemon=True)
    waiting.start()
    waiting.join(PATIENCE)
    if not found:
        raise BadInputError(
            f"Nothing writes to the pipe {path}: first start the program that writes the table."
        )
    if isinstance(found[0], OSError):
        raise found[0]
    return found[0]


def _open_pipe(path, found):
    """Open a pipe, which waits for the other end."""
    try:
        found.append(os.open(path, os.O_RDONLY))
    except OSError as error:
        found.append(error)


def _stream(path, file):
    start = file.peek(SAMPLE)
    if start.startswith(ZIP):
        return _stream(path, io.BufferedReader(_only_member(path, file), SAMPLE))
    for magic, unpack in STREAMS.items():
        if start.startswith(magic):
            return _stream(path, io.BufferedReader(unpack(file), SAMPLE))
    return file


def _only_member(path, file):
    if not file.seekable():
        # The list of the files in a zip is at its end.
        file = io.BytesIO(file.read())
    archive = zipfile.ZipFile(file)
    if "[Content_Types].xml" in archive.namelist():
        raise BadInputError(f"{path} is {EXCEL}.")
    # What begins with a dot is of the system that packed it.
    names = [
        entry.filename
        for entry in archive.infolist()
        if not entry.is_dir() and not Path(entry.filename).name.startswith(".")
    ]
    if len(names) != 1:
        listed = ", ".join(names[:5]) + ", ..." * (len(names) > 5)
        held = f"{len(names)} files ({listed})" if names else "no file"
        raise BadInputError(f"{path} holds {held}: unpack it, and give one csv.")
    return archive.open(names[0])


def _refuse_strange(path, start):
    for magic, what in STRANGE.items():
        if start.startswith(magic):
            raise BadInputError(f"{path} is {what}.")
    if start[257:262] == b"ustar":
        raise BadInputError(f"{path} is a tar archive: unpack it, and give one of its files.")


class _Counted(io.FileIO):
    """A file that tells how many bytes have been read."""

    def __init__(self, opened, advance):
        super().__init__(opened)
        self.advance = advance

    def readinto(self, buffer):
        count = super().readinto(buffer)
        if self.advance is not None:
            self.advance(count)
        return count


class _WithoutNul(io.RawIOBase):
    """A stream that refuses bytes of 0, which end a cell without a word."""

    def __init__(self, path, file):
        self.path, self.file = path, file

    def readable(self):
        return True

    def readinto(self, buffer):
        count = self.file.readinto1(buffer)
        if b"\0" in bytes(buffer[:count]):
            raise BadInputError(
                f"{self.path} holds bytes of 0, which no csv does: if it is text in UTF-16, say "
                "--encoding utf-16-le, or utf-16-be."
            )
        return count
