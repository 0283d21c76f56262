"""The derivative of a linear head's raw predictions in the parameters that may move."""

from itertools import pairwise

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import LinearOperator

from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.views._jacobian import LinearJacobian
from sk_softunlearn.views._kernels import moved
from sk_softunlearn.views._layer import Layer

__all__ = ["SupportJacobian"]


class SupportJacobian(LinearOperator):
    """Some columns of a `LinearJacobian`, which may be others for every output.

    Products run through all columns, with 0 for a parameter that is held. Matrices are
    accumulated from blocks of rows that are cut to the columns of each output. Features are
    neither copied nor made dense, and no matrix is larger than d x d.

    Parameters
    ----------
    features : ndarray or CSR matrix or array of shape (n, p)
        Rows that the linear head sees.
    n_outputs : int
        K, the number of raw predictions of a row.
    intercept : bool
        Whether the head has an intercept.
    support : ndarray of shape (d,)
        Ascending positions of the parameters among those of the `LinearJacobian`.
    shift : tuple of (ndarray of shape (n, q), ndarray of shape (q, p)), default=None
        `(amount, direction)` moves the rows to `features - amount @ direction`.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.views import SupportJacobian
    >>> rows = np.array([[1.0, 2.0]])
    >>> jacobian = SupportJacobian(rows, n_outputs=1, intercept=True, support=np.array([1, 2]))
    >>> jacobian @ np.array([1.0, 5.0])
    array([7.])
    """

    def __init__(self, features, n_outputs, intercept, support, shift=None):
        self.full = LinearJacobian(features, n_outputs, intercept, shift)
        self.n_outputs = n_outputs
        self.intercept = intercept
        self.support = support
        self.shift = shift
        n_columns = features.shape[1]
        output, column = np.divmod(support, n_columns + intercept)
        used, place = np.unique(column, return_inverse=True)
        edges = np.searchsorted(output, np.arange(n_outputs + 1))
        # Of every output: where its parameters are, and their columns among those that are used.
        self.where = [slice(*pair) for pair in pairwise(edges)]
        self.columns = [place[where] for where in self.where]
        self.ones = bool(used[-1] == n_columns)
        self.used = used[used < n_columns]
        super().__init__(np.dtype(float), (self.full.shape[0], len(support)))

    @property
    def layers(self):
        """The only layer: of one output a table, of several all parameters in one row."""
        size = self.shape[1]
        ones = self.ones and self.n_outputs == 1
        return [Layer(slice(0, size), 1, size - ones, ones)]

    def layer_blocks(self, bend):
        """Yield what the only layer is fed and what its output does, as `LinearJacobian` does.

        Parameters
        ----------
        bend : Bend
            B, one number per row.

        Yields
        ------
        layers : list of (ndarray of shape (b, d), list of ndarray of shape (b, 1))
            One pair.
        weights : list of ndarray of shape (b,)
            One.

        Raises
        ------
        UnsupportedEstimatorError
            If there are several outputs.
        """
        if self.n_outputs > 1:
            raise UnsupportedEstimatorError(
                "'curvature' 'ekfac' or 'dual' needs the same features in every class, and an L1 "
                "penalty has left every class others. Use curvature='exact' or "
                "'conjugate_gradient'."
            )
        for rows, block in self.full.blocks(self.shape[1]):
            deltas, weights = zip(*bend.rows(rows).columns(), strict=True)
            yield [(_dense(_cut(block, self.used, self.ones)), list(deltas))], list(weights)

    def _matmat(self, directions):
        return self.full.matmat(self._wide(directions))

    def _wide(self, directions):
        """Return directions of all parameters, 0 in those that are held."""
        wide = np.zeros((self.full.shape[1], *directions.shape[1:]))
        wide[self.support] = directions
        return wide

    def _matvec(self, direction):
        return self._matmat(direction.reshape(-1, 1)).reshape(-1)

    def _rmatmat(self, cotangents):
        return self.full.rmatmat(cotangents)[self.support]

    def _rmatvec(self, cotangent):
        return self._rmatmat(cotangent.reshape(-1, 1)).reshape(-1)

    def answers(self, directions, slope, weight):
        """Return how the rows' losses follow steps, as `LinearJacobian.answers` does."""
        return self.full.answers(self._wide(directions), slope, weight)

    def look(self, theta, loss, target, weight, offset=0.0, square=False):
        """Return what `LinearJacobian.look` does; never the square, which is one of all columns."""
        wide = self._wide(theta)
        raw, value, pulled, _ = self.full.look(wide, loss, target, weight, offset)
        return raw, value, pulled[self.support], None

    def gram(self, bend):
        """Return the dense matrix `J^T B J` of shape (d, d), accumulated in blocks of rows.

        Parameters
        ----------
        bend : Bend
            B, one symmetric K x K matrix per row; any sign.

        Returns
        -------
        gram : ndarray of shape (d, d)
            Symmetric.
        """
        (gram,) = self._sum_up(_add_gram, bend, self.shape[1])
        return np.tril(gram) + np.tril(gram, -1).T

    def gram_diagonal(self, bend):
        """Return the diagonal of `gram(bend)`, of shape (d,), in O(n d)."""
        (diagonal,) = self._sum_up(_add_diagonal, bend, 1)
        return diagonal

    def _sum_up(self, kernel, bend, beside):
        amount, direction = (None, None) if self.shift is None else self.shift
        shared = (direction, self.used, self.ones, self.where, self.columns)
        _, totals = self.full.rows.sweep(kernel, (bend, amount), shared, beside)
        return totals


def _cut(block, used, ones):
    """Return the columns that are used, dense or CSC, with one of ones at the end."""
    cut = block[:, used]
    if ones:
        stack = sparse.hstack if sparse.issparse(cut) else np.hstack
        cut = stack([cut, np.ones((cut.shape[0], 1))])
    return cut.tocsc() if sparse.issparse(cut) else cut


def _add_gram(totals, block, bend, amount, direction, used, ones, where, chosen):
    """Sum up the lower triangle of `J^T B J`, output by output."""
    inputs = _cut(moved(block, amount, direction), used, ones)
    size = where[-1].stop
    gram = np.zeros((size, size)) if totals is None else totals[0]
    fed = [inputs[:, columns] for columns in chosen]
    for k, across in enumerate(where):
        for m, along in enumerate(where[: k + 1]):
            gram[across, along] += _dense(fed[k].T @ _weighted(fed[m], bend.entry(k, m)))
    return (), (gram,)


def _add_diagonal(totals, block, bend, amount, direction, used, ones, where, chosen):
    """Sum up the diagonal of `J^T B J`."""
    inputs = _cut(moved(block, amount, direction), used, ones)
    square = inputs.power(2) if sparse.issparse(inputs) else inputs**2
    found = np.zeros(where[-1].stop) if totals is None else totals[0]
    for k, (place, columns) in enumerate(zip(where, chosen, strict=True)):
        found[place] += square[:, columns].T @ bend.entry(k, k)
    return (), (found,)


def _weighted(rows, weight):
    if sparse.issparse(rows):
        return rows.multiply(weight[:, None]).tocsc()
    return rows * weight[:, None]


def _dense(matrix):
    return matrix.toarray() if sparse.issparse(matrix) else matrix
