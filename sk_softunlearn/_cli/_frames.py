"""Tables in files, csv and parquet, as data frames."""

import csv
import re
import warnings
from codecs import getincrementaldecoder
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from sk_softunlearn._cli._cells import type_cells
from sk_softunlearn._cli._errors import BadInputError, InputWarning
from sk_softunlearn._cli._missing import replace_missing_texts
from sk_softunlearn._cli._parquet import is_parquet, read_parquet
from sk_softunlearn._cli._twins import number_twins
from sk_softunlearn._cli._unpacking import SAMPLE, unpacked

__all__ = ["load_frame"]

SEPARATORS = ",;\t|"


def load_frame(
    path, missing=(), encoding="utf-8", advance=None, *, known=True, bare=True, as_text=False
):
    """Read a table.

    Parameters
    ----------
    path : str or Path
        A csv file (any of the usual separators), compressed or not, a parquet file, or a
        directory of them.
    missing : sequence of str, default=()
        Cells of a csv file that stand for a missing value, beside the empty one.
    encoding : str, default="utf-8"
        Of a csv file.
    advance : callable, default=None
        Called with every number of bytes read.
    known : bool, default=True
        Whether the cells that pandas knows, such as NA, stand for a missing value too.
    bare : bool, default=True
        Whether to leave out the blanks after the texts of a csv.
    as_text : bool, default=False
        Whether numbers such as 1.234 are to stay text, because they may stand for 1234.

    Returns
    -------
    frame : DataFrame
        All rows, in order, with the columns' names as text, without blanks around them; a missing
        text is nan. Its `attrs` hold the "separator" of the columns of a csv, and the "twins" that
        `number_twins` finds.

    Raises
    ------
    BadInputError
        With the sentence for the user.
    """
    path = Path(path)
    if not path.exists():
        raise BadInputError(f"There is no file {path}: give the path of a csv or parquet table.")
    with _told(path, encoding):
        if is_parquet(path):
            frame = read_parquet(path)
            names = [str(name).strip() for name in frame.columns]
        else:
            cells = {"na_values": ["", *missing], "keep_default_na": known}
            frame, names = _read_csv(path, encoding, advance, cells, as_text)
            frame = type_cells(frame, bare, as_text, **cells) if bare or as_text else frame
    if frame.empty:
        raise BadInputError(f"{path} has no rows: give a table with a header and rows.")
    nameless = names[0] == ""
    number_twins(frame, [name or f"Unnamed: {k}" for k, name in enumerate(names)])
    frame = _without_numbers_of_rows(path, frame) if nameless else frame
    return replace_missing_texts(frame, np.nan)


@contextmanager
def _told(path, encoding):
    """Say in one sentence why a file cannot be read."""
    try:
        yield
    except (BadInputError, MemoryError):
        raise
    except ImportError:
        raise BadInputError("Parquet files need pyarrow: run pip install pyarrow.") from None
    except pd.errors.EmptyDataError:
        raise BadInputError(f"{path} is empty: give a table with a header and rows.") from None
    except UnicodeError:
        raise BadInputError(
            f"{path} is neither parquet nor {encoding} text: name the encoding of a csv, as in "
            "--encoding latin-1."
        ) from None
    except Exception as error:
        # What unpacks and parses may raise anything on a damaged file.
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise BadInputError(f"{path} cannot be read as a table: {reason}") from None


def _read_csv(path, encoding, advance, cells, as_text):
    """Return the table as pandas names its columns, and what the file names them."""
    _check_encoding(encoding)
    # Read once from start to end, so that a pipe will do.
    with unpacked(path, encoding, advance) as (file, encoding):
        separator, header, skipped = _first_lines(file.peek(SAMPLE), encoding)
        bare = re.sub(r'"[^"]*"', "", header)
        if separator is None:
            separator = max(SEPARATORS, key=bare.count)
        if separator not in bare and re.search(r"\S\s+\S|<", bare):
            raise BadInputError(
                f"{path} has no comma, semicolon, tab or bar in its first line, {header[:60]!r}: "
                "separate its columns by one of these."
            )
        names = _names(path, header, separator)
        frame = pd.read_csv(
            file,
            sep=separator,
            skiprows=skipped,
            skipinitialspace=True,
            encoding=encoding,
            low_memory=False,
            dtype=str if as_text else None,
            **cells,
        )
    if not frame.index.equals(pd.RangeIndex(len(frame))):
        raise BadInputError(f"{path} has rows with more cells than its header has names.")
    frame.attrs["separator"] = separator
    if len(names) != frame.shape[1]:
        # A name goes on in the next line.
        names = [str(name).strip() for name in frame.columns]
    return frame, names


def _without_numbers_of_rows(path, frame):
    """Leave out a first column that pandas has written to number the rows."""
    first = frame.columns[0]
    if np.array_equal(frame[first], np.arange(len(frame))):
        warnings.warn(
            f"The first column of {path} has no name and numbers the rows: it is left out.",
            InputWarning,
            stacklevel=3,
        )
        return frame.drop(columns=first)
    return frame


def _check_encoding(encoding):
    try:
        # Codecs that turn text into text, or bytes into bytes, are refused here.
        "".encode(encoding)
    except (LookupError, ValueError):
        raise BadInputError(
            f"--encoding {encoding} is not known: give one such as utf-8, latin-1 or cp1252."
        ) from None


def _first_lines(sample, encoding):
    """Return the separator that a first line names, the header, and the lines before it.

    The sample may end in the middle of a character.
    """
    text = getincrementaldecoder(encoding)().decode(sample).lstrip("\ufeff")
    lines = text.splitlines()
    told = re.fullmatch(r'"?sep=(.)"?\1*', lines[0].rstrip(" ")) if lines else None
    header = next((line for line in lines[1 if told else 0 :] if line.strip()), "")
    return (told[1], header, 1) if told else (None, header, 0)


def _names(path, header, separator):
    try:
        names = next(csv.reader([header], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:
        raise BadInputError(
            f"{path} has {len(header)} characters in its first line, which are no names of "
            "columns: give the columns names in a first line."
        ) from None
    return [name.strip() for name in names]
