"""Columns of numbers that are written otherwise: found, read, or refused."""

import warnings
from dataclasses import dataclass

import numpy as np
from pandas.api.types import is_float_dtype

from sk_softunlearn._cli._cells import is_text
from sk_softunlearn._cli._errors import BadInputError, InputWarning, quoted
from sk_softunlearn._cli._numbers import are_plain
from sk_softunlearn._cli._written import Written, may_be_numbers

__all__ = ["NumberColumns"]


@dataclass(frozen=True)
class NumberColumns:
    """How columns of numbers are found in a table, and read.

    A column is read as numbers if all of its cells are numbers with one decimal mark. If it can
    have either, as 1,234 may be 1234 or 1.234, the columns beside it decide that can have one only,
    if they agree. A lone dash is a missing number.

    Parameters
    ----------
    decimal : "." or ",", default=None
        The decimal mark that the user says.
    fallback : "." or ",", default=None
        The one of the training table, for columns that nothing else decides.
    typed : bool, default=False
        Whether the file says the types of its columns, so that texts such as "12" are meant so.
    spared : set of str, default=()
        Columns that are not looked at.
    labels : set of str, default=()
        Columns of values that name something: left as they are if they are not all numbers.
    missing : sequence of str, default=("",)
        Cells that stand for a missing value.
    known : bool, default=True
        Whether those that pandas knows do so too.
    """

    decimal: str | None = None
    fallback: str | None = None
    typed: bool = False
    spared: frozenset = frozenset()
    labels: frozenset = frozenset()
    missing: tuple = ("",)
    known: bool = True

    def need_text(self, frame):
        """Whether a table must be loaded as text, because 1.234 in it may stand for 1234."""
        if self.typed:
            return False
        if _is_semicolon(frame) and any(map(is_float_dtype, frame.dtypes)):
            return True
        marks = {self.decimal, self.fallback}.union(*(found.marks for found in self._find(frame)))
        return "," in marks

    def read(self, frame):
        """Return a table with its columns of numbers as numbers.

        Parameters
        ----------
        frame : DataFrame of n rows
            As it was loaded, as text if `need_text` says so.

        Returns
        -------
        frame : DataFrame of n rows
            The same columns.
        mark : "." or "," or None
            The decimal mark of the table; None: nothing says which.

        Raises
        ------
        BadInputError
            If a column can be read in more than one way, or in none.
        """
        self._check_points(frame)
        columns = self._find(frame)
        marks = self._certain(frame, columns)
        if self.decimal is not None:
            mark = self.decimal
        elif marks:
            mark = None if len(marks) > 1 else min(marks)
        else:
            mark = self.fallback
        # Numbers with points are read as pandas reads them, if nothing says otherwise.
        usual = not marks and not _is_semicolon(frame)
        read, left = {}, []
        for column in columns:
            choice = self._choose(column, mark, usual)
            if choice is None:
                left.append(column)
            else:
                read[column.name] = column.read(choice, self.missing, self.known)
        _warn_of_dashes([column for column in columns if column.name in read])
        _warn_of_texts([column for column in left if column.name not in self.labels])
        return frame.assign(**read), mark

    def _find(self, frame):
        """Return the columns of texts that may be numbers."""
        names = [name for name in frame.columns if name not in self.spared and is_text(frame[name])]
        columns = [
            Written(frame[name], dashes=name not in self.labels)
            for name in names
            if may_be_numbers(frame[name])
        ]
        return [column for column in columns if not (self.typed and are_plain(column.levels))]

    def _certain(self, frame, columns):
        """Return the decimal marks of the columns that can have one only."""
        marks = [column.marks for column in columns]
        certain = set().union(*(found for found in marks if len(found) == 1))
        if not self.typed and any(marks):
            # Pandas has read these, by their points.
            names = frame.columns.difference(self.spared, sort=False)
            if any(_has_fractions(frame[name]) for name in names):
                certain.add(".")
        return certain

    def _check_points(self, frame):
        """Refuse a decimal comma beside numbers that pandas has read by their points."""
        if self.decimal != "," or self.typed:
            return
        for name in frame.columns.difference(self.spared, sort=False):
            if _has_fractions(frame[name]):
                raise BadInputError(
                    f"--decimal , does not fit column {name}, whose decimal mark is a point: leave "
                    "--decimal out, or leave the column out with --exclude."
                )

    def _choose(self, column, mark, usual):
        """Return the decimal mark to read a column with; None: it is one of texts."""
        named = column.name in self.labels
        if not column.readings:
            if column.is_mixture and not named:
                column.refuse_mixture()
            return None
        if not column.marks:
            return "."
        if len(column.marks) == 1 and self.decimal in (None, *column.marks):
            return min(column.marks)
        if len(column.marks) == 2 and mark is not None:
            return mark
        if len(column.marks) == 2 and are_plain(column.levels) and usual:
            return "."
        if named:
            return None
        return column.refuse_open() if len(column.marks) == 2 else column.refuse_mark(self.decimal)


def _is_semicolon(frame):
    """Whether semicolons separate the columns, as they do where the decimal mark is a comma."""
    return frame.attrs.get("separator") == ";"


def _has_fractions(values):
    if not is_float_dtype(values):
        return False
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    numbers = numbers[np.isfinite(numbers)]
    return bool((numbers != np.floor(numbers)).any())


def _warn_of_dashes(columns):
    names = [column.name for column in columns if column.dash]
    if names:
        warnings.warn(
            f"A lone dash among numbers is read as a missing cell: {', '.join(names)}.",
            InputWarning,
            stacklevel=3,
        )


def _warn_of_texts(columns):
    told = [
        f"{column.name} ({quoted(column.others[:3])}{', ...' * (len(column.others) > 3)})"
        for column in columns
        if column.others
    ]
    if told:
        warnings.warn(
            f"Columns of numbers with other cells are read as texts: {', '.join(told)}. Name those "
            "that stand for a missing cell, as in --missing unknown.",
            InputWarning,
            stacklevel=3,
        )
