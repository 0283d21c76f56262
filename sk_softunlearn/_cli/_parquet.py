"""Tables in parquet: one file, or a directory of files."""

from pathlib import Path

import pandas as pd
from pandas.api.types import is_numeric_dtype

from sk_softunlearn._cli._errors import BadInputError, quoted

__all__ = ["ENDING", "is_parquet", "read_parquet"]

ENDING = ".parquet"


def is_parquet(path):
    """Whether a path is that of a parquet table: a file of that name, or a directory."""
    path = Path(path)
    return path.suffix == ENDING or path.is_dir()


def read_parquet(path):
    """Read a parquet table.

    Parameters
    ----------
    path : Path
        A file; or a directory, whose files are read in the order of their names. Folders called
        as in sex=F add a column.

    Returns
    -------
    frame : DataFrame
        All rows, in order. Index columns come first, as columns; one of whole numbers without a
        name, as pandas keeps of rows that were selected, is left out.
    """
    if path.is_dir():
        return _with_index(_read_directory(path))
    if not path.is_file():
        raise BadInputError(f"{path} is a pipe: a parquet table must be a file.")
    return _with_index(pd.read_parquet(path))


def _read_directory(path):
    files = sorted(
        file
        for file in path.rglob(f"*{ENDING}")
        if not any(part.startswith((".", "_")) for part in file.relative_to(path).parts)
    )
    if not files:
        raise BadInputError(
            f"{path} is a directory without parquet files: give a csv or parquet table."
        )
    from pyarrow import dataset, parquet

    names = set(parquet.read_schema(files[0]).names)
    for file in files[1:]:
        others = set(parquet.read_schema(file).names)
        if others != names:
            raise BadInputError(
                f"{file} has other columns than {files[0]}: they differ in "
                f"{quoted(sorted(names ^ others)[:5])}. Give files with the same columns."
            )
    table = dataset.dataset(
        files, format="parquet", partitioning="hive", partition_base_dir=str(path)
    )
    return table.to_table().to_pandas()


def _with_index(frame):
    index = frame.index
    if index.nlevels == 1 and index.name is None and is_numeric_dtype(index):
        return frame.reset_index(drop=True)
    return frame.reset_index()
