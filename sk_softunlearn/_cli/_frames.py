"""Tables in files: csv, csv.gz and parquet, as data frames."""

import codecs
import csv
import gzip
import io
import re
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from sk_softunlearn._cli._errors import BadInputError, InputWarning
from sk_softunlearn._cli._missing import replace_missing_texts

__all__ = ["load_frame"]

SEPARATORS = ",;\t|"
GZIP = b"\x1f\x8b"
SAMPLE = 2**20


def load_frame(path, missing=(), encoding="utf-8", advance=None):
    """Read a table.

    Parameters
    ----------
    path : str or Path
        A csv file (any of the usual separators), compressed by gzip or not, or a parquet file.
    missing : sequence of str, default=()
        Cells of a csv file that stand for a missing value, beside those that pandas knows.
    encoding : str, default="utf-8"
        Of a csv file.
    advance : callable, default=None
        Called with every number of bytes read.

    Returns
    -------
    frame : DataFrame
        All rows, in order, with the columns' names as text; a missing text is nan.

    Raises
    ------
    BadInputError
        With the sentence for the user.
    """
    path = Path(path)
    if not path.exists() or path.is_dir():
        raise BadInputError(f"There is no file {path}: give the path of a csv or parquet table.")
    try:
        if path.suffix == ".parquet":
            frame = pd.read_parquet(path)
        else:
            frame = _read_csv(path, list(missing), encoding, advance)
    except ImportError:
        raise BadInputError(
            "Parquet files need pyarrow: run pip install 'sk-softunlearn[parquet]'."
        ) from None
    except pd.errors.EmptyDataError:
        raise BadInputError(f"{path} is empty: give a table with a header and rows.") from None
    except UnicodeError:
        raise BadInputError(
            f"{path} is neither parquet nor {encoding} text: name the encoding of a csv, as in "
            "--encoding latin-1."
        ) from None
    except (OSError, EOFError, ValueError, pd.errors.ParserError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise BadInputError(f"{path} cannot be read as a table: {reason}") from None
    if frame.empty:
        raise BadInputError(f"{path} has no rows: give a table with a header and rows.")
    frame.columns = [str(name) for name in frame.columns]
    _refuse_twins(path, frame.columns)
    return replace_missing_texts(frame, np.nan)


def _read_csv(path, missing, encoding, advance):
    _check_encoding(encoding)
    # Read once from start to end, so that a pipe will do.
    with (
        _Counted(path, advance) as counted,
        io.BufferedReader(counted, SAMPLE) as packed,
        _unpacked(packed) as file,
    ):
        header = _header(file.peek(SAMPLE), encoding)
        bare = re.sub(r'"[^"]*"', "", header)
        separator = max(SEPARATORS, key=bare.count)
        if separator not in bare and re.search(r"\S\s+\S|<", bare):
            raise BadInputError(
                f"{path} has no comma, semicolon, tab or bar in its first line, {header[:60]!r}: "
                "separate its columns by one of these."
            )
        names = next(csv.reader([header], delimiter=separator, skipinitialspace=True), [])
        _refuse_twins(path, [name for name in names if name])
        frame = pd.read_csv(
            file,
            sep=separator,
            na_values=missing,
            skipinitialspace=True,
            encoding="utf-8-sig" if encoding == "utf-8" else encoding,
            low_memory=False,
        )
    if not frame.index.equals(pd.RangeIndex(len(frame))):
        raise BadInputError(f"{path} has rows with more cells than its header has names.")
    first = frame.columns[0]
    if names and not names[0] and np.array_equal(frame[first], np.arange(len(frame))):
        warnings.warn(
            f"The first column of {path} has no name and numbers the rows: it is left out.",
            InputWarning,
            stacklevel=3,
        )
        frame = frame.drop(columns=first)
    return frame


def _check_encoding(encoding):
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise BadInputError(
            f"--encoding {encoding} is not known: give one such as utf-8, latin-1 or cp1252."
        ) from None


def _unpacked(file):
    if file.peek(len(GZIP))[: len(GZIP)] == GZIP:
        return io.BufferedReader(gzip.GzipFile(fileobj=file), SAMPLE)
    return file


def _header(sample, encoding):
    """Return the first line of what may end in the middle of a character."""
    text = codecs.getincrementaldecoder(encoding)().decode(sample)
    return next(iter(text.lstrip("\ufeff").splitlines()), "")


def _refuse_twins(path, names):
    twins = [name for name, count in Counter(names).items() if count > 1]
    if twins:
        raise BadInputError(f"{path} has more than one column {', '.join(twins)}: rename them.")


class _Counted(io.FileIO):
    """A file that tells how many bytes have been read."""

    def __init__(self, path, advance):
        super().__init__(path)
        self.advance = advance

    def readinto(self, buffer):
        count = super().readinto(buffer)
        if self.advance is not None:
            self.advance(count)
        return count
