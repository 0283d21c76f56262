"""What the command line says when a table or an option is not what it must be."""

from sk_softunlearn.exceptions import SoftUnlearnWarning

__all__ = ["BadInputError", "InputWarning", "quoted", "shortened"]

LONGEST = 60


class BadInputError(Exception):
    """The table or an option is not what it must be; the message is one sentence."""


class InputWarning(SoftUnlearnWarning):
    """Something in a table is read in a way that its owner may not expect."""


def shortened(text):
    """Return a text without its end where it is too long for a sentence."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def quoted(values):
    """Return values as a sentence lists them: texts in quotes, so that blanks are seen.

    Parameters
    ----------
    values : sequence
        Texts, numbers and whatever else a cell holds.

    Returns
    -------
    listed : str
        With commas between them.
    """
    return ", ".join(
        repr(shortened(value)) if isinstance(value, str) else shortened(str(value))
        for value in values
    )
