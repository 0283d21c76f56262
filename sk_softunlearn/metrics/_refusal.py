"""Errors of a scorer that a search of scikit-learn must not turn into nan."""

from sk_softunlearn._sklearn import makes_nan_of_errors
from sk_softunlearn.exceptions import SoftUnlearnError

__all__ = ["refuse"]


class _Refusal:
    """No score: whoever asks for the number gets the error."""

    def __init__(self, sentence):
        self.sentence = sentence

    def item(self):
        # scikit-learn unwraps scores by `item`, where it lets a ValueError pass.
        raise SoftUnlearnError(self.sentence)

    def __repr__(self):
        # Without `item` it would say that a scorer must return a number, and got this.
        return self.sentence


def refuse(error):
    """Raise an error, or return what raises it where scikit-learn would make nan of it.

    scikit-learn's searches take an error of a scorer for a score of nan and go on. What is wrong
    in every fold is then nan for every candidate, and the first one wins.

    Parameters
    ----------
    error : ValueError
        What is wrong, whichever rows are scored.

    Returns
    -------
    refusal : object
        In place of a score: a search that looks at it stops with a SoftUnlearnError.

    Raises
    ------
    ValueError
        The error itself, if no search has called the scorer.

    Examples
    --------
    >>> from sk_softunlearn.metrics._refusal import refuse
    >>> refuse(ValueError("'pos_label' must be given."))
    Traceback (most recent call last):
    ...
    ValueError: 'pos_label' must be given.
    """
    if makes_nan_of_errors():
        return _Refusal(str(error))
    raise error
