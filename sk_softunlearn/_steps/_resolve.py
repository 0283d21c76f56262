"""From a name or an object, as a parameter may be given, to the object."""

from sk_softunlearn._sklearn import validate_params

__all__ = ["resolve"]


def resolve(value, parameter, named, base):
    """Return the object that a parameter names or is.

    Parameters
    ----------
    value : str or object
        What the user gave.
    parameter : str
        The parameter's name, for the sentence.
    named : dict of str to type
        The classes that have a name.
    base : type
        What any other object must be an instance of.

    Returns
    -------
    resolved : object
        An instance of it.

    Raises
    ------
    ValueError
        If it is neither, or a parameter of the object is not what its class says it must be
        (`_parameter_constraints`, as scikit-learn has them).

    Examples
    --------
    >>> from sk_softunlearn._steps._resolve import resolve
    >>> from sk_softunlearn.corrections import CORRECTIONS, Correction
    >>> resolve("newton", "correction", CORRECTIONS, Correction)
    Newton()
    """
    if isinstance(value, str) and value in named:
        return named[value]()
    if isinstance(value, base):
        validate_params(value)
        return value
    names = ", ".join(map(repr, named))
    raise ValueError(
        f"'{parameter}' must be one of {names}, or an instance of a subclass of {base.__name__}, "
        f"got {value!r}. Choose one of these."
    )
