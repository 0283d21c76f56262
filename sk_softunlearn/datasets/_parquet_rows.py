"""Rows in parquet files."""

import pandas as pd

from sk_softunlearn._sweeps import Chunks
from sk_softunlearn.datasets._parquet_file import ParquetFile, find_files

__all__ = ["ParquetRows"]


class ParquetRows(Chunks):
    """The rows of parquet files, of which no more than one row group is in memory at a time.

    It stands in place of `X`. Labels, weights and groups are one number per row and are read whole,
    by `column`. Needs pyarrow.

    Parameters
    ----------
    path : str, Path or list of them
        A file, files, or a directory: then the ``*.parquet`` files in it and in its directories,
        in the order of their names, part-9 before part-10, as Dask reads them (pandas reads
        part-10 first: take labels by `column`). A directory ``sex=F`` stands for a column `sex`.
    columns : list of str, default=None
        The features, in this order; None: all columns of the files, but for a stored index.

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
        If a file lacks a column, a column is named twice, or there are no rows; later, if a file
        was changed since.

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
        self._opened = [ParquetFile(*each) for each in find_files(path)]
        self.files = [file.path for file in self._opened]
        self._groups = [(file, k) for file in self._opened for k in range(len(file.lengths))]
        lengths = [length for file in self._opened for length in file.lengths]
        if not sum(lengths):
            raise ValueError(f"'path' must hold rows, got none in {self.files[:5]}. Write some.")
        if isinstance(columns, str):
            raise ValueError(f"'columns' must be a list of names, got {columns!r}.")
        names = list(self._opened[0].features if columns is None else columns)
        if not names or len(set(names)) < len(names):
            raise ValueError(f"'columns' must be names, one or more and each once, got {names}.")
        self._check_stored("columns", names)
        super().__init__(lengths, names, len(names))
        self._stored = names

    def load(self, k):
        file, group = self._groups[k]
        return file.read(group, self._stored)

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

        Raises
        ------
        ValueError
            If a file lacks it.
        """
        self._check_stored("name", [name])
        parts = []
        for (file, group), chosen in zip(self._groups, self.chosen, strict=True):
            part = file.read(group, [name])[name]
            part = part if chosen is None else part.iloc[chosen]
            parts += [part] if len(part) else []
        return pd.concat(parts or [pd.Series(name=name)], ignore_index=True)

    def _check_stored(self, parameter, names):
        """Refuse columns that a file lacks."""
        for file in self._opened:
            missing = [name for name in names if name not in file.names]
            if missing:
                raise ValueError(
                    f"'{parameter}' must be in every file, got {missing}, not in {file.path}. It "
                    f"has {file.names}."
                )
