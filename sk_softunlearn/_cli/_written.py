"""One column of texts that may be numbers."""

from functools import cached_property

import numpy as np

from sk_softunlearn._cli._cells import levels_of, replaced, type_levels
from sk_softunlearn._cli._dates import are_dates
from sk_softunlearn._cli._errors import BadInputError, quoted
from sk_softunlearn._cli._numbers import MARKS, readings, seems_number

__all__ = ["Written", "may_be_numbers"]

DASHES = {"-", "--", "\u2013", "\u2014", "\u2212"}
# With more different numbers than this, a column with other texts is said to be one of texts.
MANY = 20
# Cells that show whether a column may be one of numbers.
SHOWN = 1000


def may_be_numbers(values):
    """Whether most of the first cells of a column seem to be numbers.

    Parameters
    ----------
    values : Series
        Texts.

    Returns
    -------
    may : bool
        False for columns of texts, which then cost no more time.
    """
    shown = [level.strip() for level in values.dropna().head(SHOWN).unique()]
    seeming = sum(level in DASHES or seems_number(level) for level in shown)
    return 2 * seeming > len(shown)


class Written:
    """A column of texts that may be numbers.

    Parameters
    ----------
    values : Series of n rows
        Its cells: texts, some missing.
    dashes : bool, default=True
        Whether a lone dash among numbers stands for a missing one.

    Attributes
    ----------
    name : str
        Of the column.
    levels : list of str
        Its different cells, without blanks around them and without dashes.
    dash : str or None
        The first dash that is left out.
    """

    def __init__(self, values, dashes=True):
        codes, levels = levels_of(values)
        kept = np.array([not (dashes and level in DASHES) for level in levels], dtype=bool)
        places = np.where(kept, np.cumsum(kept) - 1, -1)
        self.name, self.values = values.name, values
        self.codes = np.append(places, -1)[codes]
        self.levels = [level for level in levels if level not in DASHES or not dashes]
        self.dash = next((level for level in levels if dashes and level in DASHES), None)

    @cached_property
    def readings(self):
        """From each decimal mark that all cells can have to their numbers, as texts."""
        return readings(self.levels)

    @property
    def marks(self):
        """The decimal marks that all cells can have, none if that makes no difference."""
        found = self.readings
        return set() if len(found) == 2 and found["."] == found[","] else set(found)

    def read(self, mark, missing, known):
        """Return the numbers.

        Parameters
        ----------
        mark : "." or ","
            One of the marks in `readings`.
        missing : sequence of str
            Cells that stand for a missing value.
        known : bool
            Whether those that pandas knows do so too.

        Returns
        -------
        numbers : Series of n rows
            With the same name and index.
        """
        levels = type_levels(self.readings[mark], missing, known)
        return replaced(self.values, self.codes, levels)

    def refuse_open(self):
        """Raise the error of a column that can be read in two ways."""
        point, comma = self.readings["."], self.readings[","]
        first = next(k for k, text in enumerate(point) if text != comma[k])
        raise BadInputError(
            f"Column {self.name} can be read in two ways: {quoted(self.levels[first : first + 1])} "
            f"is {point[first]} if its decimal mark is a point, and {comma[first]} if it is a "
            "comma: say which, as in --decimal , or leave the column out with --exclude."
        )

    def refuse_mark(self, mark):
        """Raise the error of a column that has not the decimal mark that was said."""
        raise BadInputError(
            f"--decimal {mark} does not fit column {self.name}, which holds "
            f"{quoted(self._without(mark)[:1])}: give the decimal mark of the table, or "
            "leave the column out with --exclude."
        )

    def refuse_mixture(self):
        """Raise the error of a column of numbers that are written in different ways."""
        strange = {mark: self._without(mark) for mark in MARKS}
        shown = [levels[0] for levels in strange.values()] if all(strange.values()) else self.levels
        raise BadInputError(
            f"Column {self.name} holds numbers that are written in different ways "
            f"({quoted(shown[:3])}): write them alike, with the decimal mark that --decimal says, "
            "or leave the column out with --exclude."
        )

    def _without(self, mark):
        return [level for level in self.levels if mark not in readings([level])]

    @property
    def is_mixture(self):
        """Whether each cell can be read as a number, but not all of them in one way."""
        return not self.readings and all(map(readings, ([level] for level in self.levels)))

    @property
    def others(self):
        """The cells that are no numbers, where there are many numbers beside them."""
        seeming = [seems_number(level) for level in self.levels]
        count = sum(seeming)
        if not count or 2 * count <= len(seeming) or (count <= MANY and not all(seeming)):
            return []
        if are_dates(self.levels):
            return []
        strange = [level for level, like in zip(self.levels, seeming, strict=True) if not like]
        return strange or self.levels
