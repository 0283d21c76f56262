"""Weights of rows as a user hands them over."""

import numpy as np

from sk_softunlearn._sklearn import check_sample_weight

__all__ = ["read_weights"]


def read_weights(sample_weight, X, suffix=""):
    """Return the weights of rows as one array, checked.

    Parameters
    ----------
    sample_weight : array-like of shape (n,) or None
        Weights; None: 1 everywhere.
    X : array-like, DataFrame or sparse of shape (n, p)
        The rows; only their number matters.
    suffix : str, default=""
        End of the parameter's name, for the sentence: "_val" for validation rows.

    Returns
    -------
    sample_weight : ndarray of shape (n,)
        At least 0. A copy: the steps go on from it, whatever becomes of what was handed over.

    Raises
    ------
    ValueError
        If there is not one finite weight per row, one is below 0, or all are 0.

    Examples
    --------
    >>> from sk_softunlearn._rows import read_weights
    >>> read_weights([2, 0], X=[[1.0], [3.0]]).tolist()
    [2.0, 0.0]
    """
    given = np.asarray(sample_weight)
    if given.dtype.kind in "biuf" and given.size and not given.any():
        raise ValueError(
            f"'sample_weight{suffix}' must be above zero for some rows, got zero for all of them. "
            "Leave it out if all rows count alike."
        )
    sample_weight = check_sample_weight(sample_weight, X, dtype=np.float64, copy=True)
    if np.any(sample_weight < 0):
        raise ValueError(
            f"'sample_weight{suffix}' must be at least 0, got {sample_weight.min():g}. Use 0 "
            "for rows that do not count."
        )
    return sample_weight
