"""How far the rates of groups are apart, as fairlearn counts it."""

import numpy as np

__all__ = ["difference", "ratio"]


def difference(rates, reference=None):
    """Return the largest difference between the rates of two groups.

    Parameters
    ----------
    rates : ndarray of shape (n_groups,)
        One rate per group; nan where a group has no rows that count.
    reference : int, default=None
        Position of the group that all others are compared with; None: any two groups.

    Returns
    -------
    difference : float
        At least 0; nan if there are no two groups to compare.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.audit._between import difference
    >>> rates = np.array([0.25, 0.5, 1.0])
    >>> float(difference(rates)), float(difference(rates, reference=1))
    (0.75, 0.5)
    """
    known = rates[~np.isnan(rates)]
    if len(known) < 2:
        return np.nan
    if reference is None:
        return known.max() - known.min()
    return np.abs(known - rates[reference]).max()


def ratio(rates, reference=None):
    """Return the smallest ratio of the rates of two groups, the smaller rate by the larger.

    Parameters
    ----------
    rates : ndarray of shape (n_groups,)
        One rate per group, none below 0; nan where a group has no rows that count.
    reference : int, default=None
        Position of the group that all others are compared with; None: any two groups.

    Returns
    -------
    ratio : float
        Between 0 and 1; nan if there are no two groups to compare, or all rates are 0.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.audit._between import ratio
    >>> rates = np.array([0.25, 0.5, 1.0])
    >>> float(ratio(rates)), float(ratio(rates, reference=1))
    (0.25, 0.5)
    """
    known = rates[~np.isnan(rates)]
    if len(known) < 2 or known.max() <= 0:
        return np.nan
    if reference is None:
        return known.min() / known.max()
    other = rates[reference]
    smaller, larger = np.minimum(known, other), np.maximum(known, other)
    # Two rates of 0 are equal.
    return np.divide(smaller, larger, out=np.ones(len(known)), where=larger != 0).min()
