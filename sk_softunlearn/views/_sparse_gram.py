"""Squares of sparse rows, added up without making the rows dense."""

import numpy as np

__all__ = ["SPARSE_COST", "add_sparse_gram", "pairs_of_entries"]

# A product of two entries of a sparse row costs as much as so many of dense rows.
SPARSE_COST = 100
# Entries of the rows that are multiplied at a time.
BLOCK_ENTRIES = 2**21


def pairs_of_entries(features):
    """Return the number of pairs of entries that stand in one row: what the squares cost.

    Parameters
    ----------
    features : CSR matrix or array of shape (n, p)
        Rows.

    Returns
    -------
    pairs : float
        The sum of the squares of their numbers of entries.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy import sparse
    >>> from sk_softunlearn.views._sparse_gram import pairs_of_entries
    >>> pairs_of_entries(sparse.csr_array(np.array([[1.0, 2.0, 0.0], [0.0, 0.0, 3.0]])))
    5.0
    """
    entries = np.diff(features.indptr).astype(float)
    return float(entries @ entries)


def add_sparse_gram(square, features, weight):
    """Add `features^T diag(weight) features` to a dense matrix, in place.

    Parameters
    ----------
    square : ndarray of shape (p, p)
        What it is added to.
    features : CSR matrix or array of shape (n, p)
        Rows.
    weight : ndarray of shape (n,)
        Of any sign.
    """
    n_rows = features.shape[0]
    step = max(BLOCK_ENTRIES * n_rows // max(features.nnz, 1), 1)
    for start in range(0, n_rows, step):
        block = features[start : start + step]
        scaled = block.astype(np.float64)
        scaled.data *= np.repeat(weight[start : start + step], np.diff(block.indptr))
        square[...] = np.asarray(square + block.T @ scaled)
