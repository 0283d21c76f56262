"""One parquet file, and where files are."""

import re
from pathlib import Path
from urllib.parse import unquote

__all__ = ["ParquetFile", "find_files"]

# How directories say that a value is missing.
MISSING = "__HIVE_DEFAULT_PARTITION__"


class ParquetFile:
    """A parquet file whose row groups are read one at a time, and that must stay as it is.

    Parameters
    ----------
    path : Path
        Where it is.
    said : dict
        Values of columns that its directories say, the same for all its rows.

    Attributes
    ----------
    names : list of str
        All columns.
    features : list of str
        The stored columns, without a stored index.
    lengths : list of int
        Number of rows of every row group.

    Raises
    ------
    ValueError
        If it is no parquet file.
    """

    def __init__(self, path, said):
        from pyarrow import ArrowInvalid, parquet

        try:
            file = parquet.ParquetFile(path)
        except ArrowInvalid as error:
            raise ValueError(f"'path' must hold parquet files, got {path}: {error}") from error
        schema, metadata = file.schema_arrow, file.metadata
        self._index = set(map(str, (schema.pandas_metadata or {}).get("index_columns", [])))
        self.path, self._stamp = path, _stamp(path)
        self.features = [name for name in schema.names if name not in self._index]
        self._said = {name: value for name, value in said.items() if name not in schema.names}
        self.names = [*schema.names, *self._said]
        self.lengths = [metadata.row_group(k).num_rows for k in range(metadata.num_row_groups)]

    def read(self, group, names):
        """Return columns of one row group, a DataFrame.

        Parameters
        ----------
        group : int
            Which.
        names : list of str
            Columns, in the order in which they come back.

        Raises
        ------
        ValueError
            If the file was changed since it was opened.
        """
        from pyarrow import parquet

        if _stamp(self.path) != self._stamp:
            raise ValueError(
                f"'path' must hold files that stay as they are, got {self.path}, which was changed "
                "since. Make new ParquetRows, and begin with fit_influence."
            )
        stored = [name for name in names if name not in self._said]
        table = parquet.ParquetFile(self.path).read_row_group(group, columns=stored)
        frame = table.to_pandas().reset_index(drop=True)
        # An index that was stored is a column like any other.
        beside = {name: table[name].to_pandas().array for name in stored if name in self._index}
        beside |= {name: value for name, value in self._said.items() if name in names}
        # The table tells how many rows there are where no column of it is read.
        frame = frame.reindex(range(self.lengths[group])) if not stored else frame
        return frame.assign(**beside)[names] if beside else frame[names]


def find_files(path):
    """Return the files that a path stands for, each with what its directories say.

    Parameters
    ----------
    path : str, Path or list of them
        Files, or directories of them.

    Returns
    -------
    files : list of (Path, dict)
        Those of a directory in the order of their names, numbers in them by their size.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    paths = [Path(each) for each in (path if isinstance(path, list | tuple) else [path])]
    files, said = [], []
    for each in paths:
        inside = each.is_dir()
        found = sorted(each.rglob("*.parquet"), key=_in_turn) if inside else [each]
        # What is being written, or is beside the table, has such a name.
        found = [file for file in found if not inside or not _hidden(file.relative_to(each))]
        if not found or not found[0].exists():
            raise FileNotFoundError(
                f"'path' must be a parquet file or a directory of them, got {each}, where there is "
                "none."
            )
        files += found
        said += [_said(file.relative_to(each).parts[:-1]) if inside else {} for file in found]
    if not files:
        raise FileNotFoundError("'path' must be one or more parquet files, got an empty list.")
    return list(zip(files, _numbers(said), strict=True))


def _in_turn(path):
    """Return what files are sorted by: part-10 comes after part-9, as Dask reads them."""
    parts = re.split(r"(\d+)", path.as_posix())
    return [int(part) if part.isdecimal() else part for part in parts]


def _hidden(path):
    return any(part.startswith(("_", ".")) and "=" not in part for part in path.parts)


def _said(parts):
    """Return what directories say, as {"sex": "F"} of "sex=F"."""
    pairs = [part.partition("=") for part in parts if "=" in part]
    return {name: None if value == MISSING else unquote(value) for name, _, value in pairs}


def _numbers(said):
    """Return what directories say with whole numbers in place of columns that have no others."""
    for name in {name for each in said for name in each}:
        values = [each[name] for each in said if each.get(name) is not None]
        if all(value.lstrip("-").isdecimal() for value in values):
            for each in said:
                each |= {name: int(each[name])} if each.get(name) is not None else {}
    return said


def _stamp(path):
    """Return what tells that a file was written anew."""
    status = path.stat()
    return status.st_mtime_ns, status.st_size
