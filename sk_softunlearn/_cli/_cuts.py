"""Columns, and where an option cuts them: age>40, race=Black, race=Black,White."""

import csv
import re
from dataclasses import dataclass
from numbers import Real

import numpy as np
import pandas as pd

from sk_softunlearn._cli._errors import BadInputError, quoted
from sk_softunlearn._cli._outcome import level_keys
from sk_softunlearn._cli._roles import MOST_LEVELS, column, factorized

__all__ = ["Cut", "add_cut_target", "sensitive_cuts", "target_cut"]

EXPRESSION = re.compile(r"(.+?)\s*(>=|<=|==|>|<|=)\s*(.+)")
ABOVE_OR_BELOW = {">": np.greater, ">=": np.greater_equal, "<": np.less, "<=": np.less_equal}


@dataclass(frozen=True)
class Cut:
    """A column, whole or cut.

    Parameters
    ----------
    source : str
        Its name.
    sign : ">", ">=", "<", "<=" or "=", default=None
        How it is cut; None: it is not.
    values : tuple of str, default=()
        The bound, or the values that are named.
    """

    source: str
    sign: str | None = None
    values: tuple = ()

    @property
    def name(self):
        """The column as the option writes it."""
        return f"{self.source}{self.sign or ''}{','.join(self.values)}"

    @property
    def is_of_numbers(self):
        """Whether it is cut at a number."""
        return self.sign in ABOVE_OR_BELOW

    def apply(self, values, option):
        """Return the groups that the cut makes.

        Parameters
        ----------
        values : Series of n rows
            The column; missing cells stay missing.
        option : str
            Where the cut comes from, for the sentence.

        Returns
        -------
        groups : Categorical of n rows
            Texts.
        counted : ndarray of shape (n,), dtype bool
            False for rows that are in none of the values that are named.
        """
        everywhere = np.ones(len(values), dtype=bool)
        if self.is_of_numbers:
            return self._halves(values, option), everywhere
        codes, levels = factorized(values, f"{option} {self.name}")
        if self.sign is None:
            return _in_order(codes, levels, values), everywhere
        places = self._places(levels, option)
        # The last place stands for the other levels, and for a missing cell.
        of_level = np.full(len(levels) + 1, len(places))
        of_level[places] = np.arange(len(places))
        found = of_level[codes]
        if len(places) == 1:
            return pd.Categorical.from_codes(1 - found, [f"not {self.name}", self.name]), everywhere
        names = [str(levels[place]) for place in places]
        names.append(f"not {self.name}")
        groups = pd.Categorical.from_codes(found, names, ordered=True)
        return groups, found < len(places)

    def _halves(self, values, option):
        try:
            bound = float(self.values[0])
        except ValueError:
            raise BadInputError(
                f"{option} {self.name}: a column is cut at a number, got {quoted(self.values)}."
            ) from None
        if not pd.api.types.is_numeric_dtype(values):
            raise BadInputError(f"{option} {self.name}: {self.source} is not a column of numbers.")
        missing = values.isna().to_numpy()
        inside = ABOVE_OR_BELOW[self.sign](values.to_numpy(dtype=float, na_value=np.nan), bound)
        return pd.Categorical.from_codes(
            np.where(missing, -1, inside), [f"not {self.name}", self.name]
        )

    def _places(self, levels, option):
        """Return where the named values are among the levels of the column."""
        keys = level_keys(levels)
        places = []
        for value in self.values:
            (key,) = level_keys([value])
            if key not in keys:
                listed = quoted(levels[:MOST_LEVELS]) + ", ..." * (len(levels) > MOST_LEVELS)
                raise BadInputError(
                    f"{option} {self.name}: {value!r} is neither a value of {self.source} nor a "
                    f"column; {self.source} has {listed}."
                )
            places.append(keys.index(key))
        return places


def _in_order(codes, levels, values):
    """Return texts whose order is that of ordered categories, or of numbers."""
    if getattr(values.dtype, "ordered", False):
        order = [levels.index(level) for level in values.cat.categories if level in levels]
    elif all(isinstance(level, Real) for level in levels):
        order = np.argsort(np.array(levels, dtype=float))
    else:
        return pd.Categorical.from_codes(codes, [str(level) for level in levels])
    rank = np.empty(len(levels), dtype=int)
    rank[order] = np.arange(len(levels))
    names = [str(levels[place]) for place in order]
    return pd.Categorical.from_codes(rank[codes], names, ordered=True)


def sensitive_cuts(text, frame):
    """Return the columns that --sensitive names, and how they are cut.

    Parameters
    ----------
    text : str
        As in "sex,age>40" or "race=Black,White,sex". What is no column belongs to the values
        before it.
    frame : DataFrame
        The table.

    Returns
    -------
    cuts : list of Cut
        In order, each once.
    """
    if text.strip() in frame.columns:
        return [Cut(text.strip())]
    cuts = []
    for part in next(csv.reader([text], skipinitialspace=True), []):
        name = part.strip()
        if not name:
            continue
        cut = _parsed(name, frame)
        if cut.sign is None and name not in frame.columns and cuts and cuts[-1].sign == "=":
            before = cuts.pop()
            cut = Cut(before.source, "=", tuple(dict.fromkeys((*before.values, name))))
        cuts.append(cut)
    return list(dict.fromkeys(cuts))


def _parsed(name, frame):
    found = None if name in frame.columns else EXPRESSION.fullmatch(name)
    if found is None:
        return Cut(name)
    return Cut(found[1], found[2].replace("==", "="), (found[3],))


def target_cut(text, frame):
    """Return the column that --target cuts at a number.

    Parameters
    ----------
    text : str
        As in "income>50000".
    frame : DataFrame
        The table.

    Returns
    -------
    cut : Cut or None
        None where a column is called so, or the text cuts none.
    """
    cut = _parsed(text, frame)
    return cut if cut.is_of_numbers else None


def add_cut_target(frame, text):
    """Return the table with one more column where --target cuts one.

    Parameters
    ----------
    frame : DataFrame
        The table.
    text : str
        What --target says.

    Returns
    -------
    frame : DataFrame
        The new column is called as the text; `attrs["target_source"]` is the one that was cut.
    """
    cut = target_cut(text, frame)
    if cut is None:
        return frame
    cells, _ = cut.apply(column(frame, cut.source, "--target"), "--target")
    frame = frame.assign(**{text: pd.Series(cells, frame.index).astype(object)})
    frame.attrs["target_source"] = cut.source
    return frame
