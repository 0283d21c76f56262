"""Texts that are dates."""

import re

__all__ = ["are_dates"]

_DAY, _MONTH, _YEAR = r"(?:0?\d|[12]\d|3[01])", r"(?:0?\d|1[0-2])", r"\d{4}"
_NAME = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?"
# Texts that are dates, with or without a time of day.
DATE = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? )?"
    rf"(?:{_YEAR}([-/.]){_MONTH}\1{_DAY}"
    rf"|{_DAY}([-/.]){_DAY}\2(?:{_YEAR}|\d\d)"
    rf"|{_DAY}[- .]+{_NAME}[- ,]+(?:{_YEAR}|\d\d)|{_NAME} {_DAY},? {_YEAR})"
    r"(?:[T ]+\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?[AP]M)?(?: ?(?:Z|UTC|[-+]\d\d:?\d\d))?)?",
    re.IGNORECASE | re.ASCII,
)


def are_dates(levels):
    """Whether all cells of a column are dates, with or without a time of day.

    Parameters
    ----------
    levels : sequence
        The different cells.

    Returns
    -------
    dates : bool
        As in 2020-12-31, 31.12.2020, 12/31/20 or 31 Dec 2020.
    """
    return all(isinstance(level, str) and DATE.fullmatch(level.strip()) for level in levels)
