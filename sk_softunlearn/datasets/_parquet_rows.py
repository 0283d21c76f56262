"""Rows in parquet files."""

from pathlib import Path

import pandas as pd

from sk_softunlearn._sweeps import Chunks

__all__ = ["ParquetRows"]


class ParquetRows(Chunks):
    """The rows of parquet files, of which no more than one row group is in memory at a time.

    It stands in place of `X`. Labels, weights and groups are one number per row and are read whole,
    by `column`. Needs pyarrow.

    Parameters
    ----------
    path : str, Path or list of them
        A file, files, or a directory: then its ``*.parquet`` files in the order of their names.
    columns : list of str, default=None
        The features, in this order; None: all columns.

    Attributes
    ----------
    files : list of Path
        Where the rows are.
    names : list of str
        The features.

    Raises
    ------
    FileNotFoundError
        If there is no such file, or none in the directory.
    ValueError
        If a column is in none of the files, or they have no rows.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import pandas as pd
    >>> from sk_softunlearn.datasets import ParquetRows
    >>> with TemporaryDirectory() as folder:
    ...     table = pd.DataFrame({"age": [30.0, 40.0], "income": [1, 2], "sold": [0, 1]})
    ...     table.to_parquet(Path(folder) / "part-0.parquet")
    ...     X = ParquetRows(folder, columns=["age", "income"])
    ...     X.shape, X.column("sold").tolist()
    ((2, 2), [0, 1])
    """

    def __init__(self, path, columns=None):
        from pyarrow import parquet

        self.files = _files(path)
        self._groups, lengths = [], []
        for file in self.files:
            metadata = parquet.ParquetFile(file).metadata
            for group in range(metadata.num_row_groups):
                self._groups.append((file, group))
                lengths.append(metadata.row_group(group).num_rows)
        if not sum(lengths):
            raise ValueError(f"'path' must hold rows, got none in {self.files[0]}. Write some.")
        stored = parquet.read_schema(self.files[0]).names
        names = list(stored if columns is None else columns)
        missing = [name for name in names if name not in stored]
        if missing:
            raise ValueError(
                f"'columns' must be columns of {self.files[0]}, got {missing}. It has {stored}."
            )
        super().__init__(lengths, names, len(names))
        self._stored = names

    def load(self, k):
        return self._read(k, self._stored)

    def column(self, name):
        """Return one column of all rows that are taken, whole.

        Parameters
        ----------
        name : str
            Any column of the files, as that of the labels.

        Returns
        -------
        column : Series of length n
            In the order of the rows.
        """
        parts = [
            part if chosen is None else part.iloc[chosen]
            for part, chosen in zip(
                (self._read(k, [name])[name] for k in range(len(self._groups))),
                self.chosen,
                strict=True,
            )
        ]
        return pd.concat(parts, ignore_index=True)

    def _read(self, k, names):
        from pyarrow import parquet

        file, group = self._groups[k]
        return parquet.ParquetFile(file).read_row_group(group, columns=names).to_pandas()[names]


def _files(path):
    """Return the files that a path stands for."""
    paths = [Path(each) for each in (path if isinstance(path, list | tuple) else [path])]
    files = []
    for each in paths:
        found = sorted(each.glob("*.parquet")) if each.is_dir() else [each]
        if not found or not found[0].exists():
            raise FileNotFoundError(
                f"'path' must be a parquet file or a directory of them, got {each}, where there is "
                "none."
            )
        files += found
    return files
