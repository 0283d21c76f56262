"""Coefficients as a classifier holds them."""

from scipy import sparse

__all__ = ["as_it_was"]


def as_it_was(coef, before):
    """Return coefficients in the shape, dtype and, after `sparsify`, format of others.

    Parameters
    ----------
    coef : ndarray
        The new ones.
    before : ndarray or sparse
        What they take the place of.

    Returns
    -------
    coef : ndarray or sparse
        Of the type of `before`.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy import sparse
    >>> from sk_softunlearn.views._coefficients import as_it_was
    >>> sparse.issparse(as_it_was(np.ones((1, 2)), sparse.csr_array([[0.0, 3.0]])))
    True
    """
    coef = coef.astype(before.dtype).reshape(before.shape)
    return type(before)(coef) if sparse.issparse(before) else coef
