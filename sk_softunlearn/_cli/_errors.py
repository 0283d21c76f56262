"""What the command line says when a table or an option is not what it must be."""

from sk_softunlearn.exceptions import SoftUnlearnWarning

__all__ = ["BadInputError", "InputWarning"]


class BadInputError(Exception):
    """The table or an option is not what it must be; the message is one sentence."""


class InputWarning(SoftUnlearnWarning):
    """Something in a table is read in a way that its owner may not expect."""
