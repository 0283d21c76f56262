"""When two values of a parameter are the same."""

import numpy as np

__all__ = ["same"]


def same(one, other) -> bool:
    """Say whether two values of a parameter are the same, arrays entry by entry.

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
    try:
        return bool(one == other)
    except (TypeError, ValueError):
        # A table answers cell by cell.
        return False
