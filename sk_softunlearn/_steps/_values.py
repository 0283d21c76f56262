"""Values of parameters: when two are the same, and how one is kept as it is now."""

from copy import copy

import numpy as np
from sklearn.base import BaseEstimator

__all__ = ["kept", "same", "snapshot"]


def same(one, other) -> bool:
    """Say whether two values of a parameter are the same.

    Arrays are compared entry by entry, lists, tuples and dicts item by item, estimators in them by
    type and parameters, and other objects by what they hold.

    Parameters
    ----------
    one, other : object
        Any values.

    Returns
    -------
    same : bool
        False where it cannot be told: two tables are the same only if they are one object.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn._steps._values import same
    >>> same(np.array([1.0, 2.0]), np.array([1.0, 2.0])), same(0.5, 0.75)
    (True, False)
    """
    if one is other:
        return True
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return type(one) is type(other) and np.array_equal(one, other)
    if isinstance(one, dict) and isinstance(other, dict):
        return _items_are_the_same([*one.items()], [*other.items()])
    if isinstance(one, (list, tuple)) and type(one) is type(other):
        return _items_are_the_same(one, other)
    try:
        return bool(one == other) or _have_the_same(one, other)
    except (TypeError, ValueError):
        # A table answers cell by cell.
        return False


def snapshot(value):
    """Return a container as it is now, whatever is changed in it later.

    Parameters
    ----------
    value : object
        Any value; lists, tuples and dicts are copied, with the objects in them. Arrays are not.

    Returns
    -------
    kept : object
        The same, as `same` says.

    Examples
    --------
    >>> from sk_softunlearn._steps._values import same, snapshot
    >>> bounds = [-1.0, None]
    >>> kept = snapshot(bounds)
    >>> bounds[0] = -0.5
    >>> kept, same(kept, bounds)
    ([-1.0, None], False)
    """
    if type(value) is dict:
        return {kept(key): kept(item) for key, item in value.items()}
    return type(value)(map(kept, value)) if type(value) in (list, tuple) else value


def kept(value):
    """Return an object with the parameters that it has now; of anything else, its `snapshot`.

    Parameters
    ----------
    value : object
        Any value.

    Returns
    -------
    kept : object
        Of the same type, with the same parameters and attributes.

    Examples
    --------
    >>> from sk_softunlearn._steps._values import kept
    >>> from sk_softunlearn.weights import HardWeights
    >>> weighting = HardWeights(0.25)
    >>> as_it_was = kept(weighting)
    >>> weighting.fraction = 0.5
    >>> as_it_was
    HardWeights(fraction=0.25)
    """
    if not isinstance(value, BaseEstimator):
        return snapshot(value)
    other = copy(value)
    for name, item in value.get_params(deep=False).items():
        setattr(other, name, kept(item))
    return other


def _have_the_same(one, other):
    """Say whether two objects, no functions and no estimators, hold the same.

    Some estimators make new ones whenever they are asked for their parameters.
    """
    if callable(one) or isinstance(one, BaseEstimator) or type(one) is not type(other):
        return False
    return type(one).__eq__ is object.__eq__ and bool(vars(one) == vars(other))


def _items_are_the_same(ones, others):
    return len(ones) == len(others) and all(map(_is_the_same_item, ones, others))


def _is_the_same_item(one, other):
    if isinstance(one, BaseEstimator) and type(one) is type(other):
        return same(one.get_params(deep=False), other.get_params(deep=False))
    return same(one, other)
