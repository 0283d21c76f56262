"""The derivative of a linear head's raw predictions in its parameters."""

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import LinearOperator

from sk_softunlearn.views._layer import Layer
from sk_softunlearn.views._sparse_gram import SPARSE_COST, add_sparse_gram, pairs_of_entries

__all__ = ["LinearJacobian"]

# One block of rows in double precision takes 4 MiB: enough for BLAS, little beside any X.
BLOCK_ENTRIES = 2**19


class LinearJacobian(LinearOperator):
    """Jacobian of `z_i = coef x_i + intercept`, as products only.

    The parameters are one flat vector: for each of the K outputs its coefficients, then
    its intercept. The column of ones stays implicit and X is never copied: what is not
    in double precision is converted block by block.

    Parameters
    ----------
    features : ndarray or CSR matrix or array of shape (n, p)
        Rows that the linear head sees.
    n_outputs : int
        K, the number of raw predictions of a row.
    intercept : bool
        Whether the head has an intercept.
    shift : tuple of (ndarray of shape (n, q), ndarray of shape (q, p)), default=None
        `(amount, direction)` moves the rows to `features - amount @ direction`.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.views import LinearJacobian
    >>> jacobian = LinearJacobian(np.array([[1.0, 2.0]]), n_outputs=1, intercept=True)
    >>> jacobian @ np.array([10.0, 1.0, 5.0])
    array([17.])
    """

    def __init__(self, features, n_outputs, intercept, shift=None):
        self.features = features
        self.n_outputs = n_outputs
        self.intercept = intercept
        self.shift = shift
        n_rows, n_columns = features.shape
        super().__init__(np.dtype(float), (n_rows * n_outputs, n_outputs * (n_columns + intercept)))

    @property
    def layers(self):
        """The only layer."""
        n_columns = self.features.shape[1]
        return [Layer(slice(0, self.shape[1]), self.n_outputs, n_columns, self.intercept)]

    def layer_blocks(self, bend):
        """Yield, block by block of rows, `[(inputs, deltas)]` and weights for the only layer.

        Parameters
        ----------
        bend : Bend
            B, one symmetric K x K matrix per row.

        Yields
        ------
        layers : list of (ndarray of shape (b, p + intercept), list of ndarray of shape (b, K))
            What the layer is fed, and the derivative of each of the bend's columns in its output.
        weights : list of ndarray of shape (b,)
            One per column.
        """
        for rows, block in self.blocks(self.n_outputs**2):
            inputs = block.toarray() if sparse.issparse(block) else block
            if self.intercept:
                inputs = np.column_stack([inputs, np.ones(len(inputs))])
            deltas, weights = zip(*bend.rows(rows).columns(), strict=True)
            yield [(inputs, list(deltas))], list(weights)

    def blocks(self, beside=1):
        """Yield blocks of rows in double precision, not copied where they are that already.

        Parameters
        ----------
        beside : int, default=1
            What else is held of every row, in entries.

        Yields
        ------
        rows : slice
            Which rows.
        block : ndarray or CSR of shape (b, p)
            Their features, moved by the shift.
        """
        n_rows, n_columns = self.features.shape
        # Not so few rows that adding up the squares costs as much as taking them.
        step = max(BLOCK_ENTRIES // max(n_columns, beside), n_columns // 4, 1)
        for start in range(0, n_rows, step):
            rows = slice(start, min(start + step, n_rows))
            block = self.features[rows]
            if block.dtype != np.float64:
                block = block.astype(np.float64)
            if self.shift is not None:
                amount, direction = self.shift
                block = (block.toarray() if sparse.issparse(block) else block) - (
                    amount[rows] @ direction
                )
            yield rows, block

    def _streams(self):
        return self.features.dtype != np.float64 and not sparse.issparse(self.features)

    def _forward(self, coefficients):
        if self._streams():
            product = np.empty((self.features.shape[0], coefficients.shape[1]))
            for rows, block in self.blocks():
                product[rows] = block @ coefficients
            return product
        product = self.features @ coefficients
        if self.shift is not None:
            amount, direction = self.shift
            product -= amount @ (direction @ coefficients)
        return product

    def _backward(self, cotangents):
        if self._streams():
            product = np.zeros((self.features.shape[1], cotangents.shape[1]))
            for rows, block in self.blocks():
                product += block.T @ cotangents[rows]
            return product
        product = self.features.T @ cotangents
        if self.shift is not None:
            amount, direction = self.shift
            product -= direction.T @ (amount.T @ cotangents)
        return product

    def _matmat(self, directions):
        n_rows, n_columns = self.features.shape
        per_output = directions.reshape(self.n_outputs, -1, directions.shape[1])
        stacked = per_output[:, :n_columns].transpose(1, 0, 2).reshape(n_columns, -1)
        product = self._forward(np.ascontiguousarray(stacked, dtype=float))
        product = product.reshape(n_rows, self.n_outputs, -1)
        if self.intercept:
            product += per_output[:, n_columns]
        return product.reshape(n_rows * self.n_outputs, -1)

    def _matvec(self, direction):
        return self._matmat(direction.reshape(-1, 1)).reshape(-1)

    def _rmatmat(self, cotangents):
        n_rows, n_columns = self.features.shape
        n_directions = cotangents.shape[1]
        stacked = cotangents.reshape(n_rows, -1)
        product = self._backward(stacked).reshape(n_columns, self.n_outputs, n_directions)
        product = product.transpose(1, 0, 2)
        if self.intercept:
            sums = stacked.sum(axis=0).reshape(self.n_outputs, 1, n_directions)
            product = np.concatenate([product, sums], axis=1)
        return product.reshape(self.shape[1], n_directions)

    def _rmatvec(self, cotangent):
        return self._rmatmat(cotangent.reshape(-1, 1)).reshape(-1)

    def gram(self, bend):
        """Return the dense matrix `J^T B J`, accumulated in blocks of rows.

        Parameters
        ----------
        bend : Bend
            B, one symmetric K x K matrix per row; any sign.

        Returns
        -------
        gram : ndarray of shape (d, d)
            Symmetric.
        """
        n_columns = self.features.shape[1]
        pairs = [(k, m) for k in range(self.n_outputs) for m in range(k, self.n_outputs)]
        squares = [np.zeros((n_columns, n_columns)) for _ in pairs]
        edges = [np.zeros(n_columns) for _ in pairs]
        corners = np.zeros(len(pairs))
        if self._sparse_squares():
            for index, pair in enumerate(pairs):
                weight = bend.entry(*pair)
                corners[index] = weight.sum()
                add_sparse_gram(squares[index], self.features, weight)
                edges[index] += self.features.T @ weight
            return self._assembled(pairs, squares, edges, corners)
        buffer = None
        for rows, block in self.blocks():
            block = block.toarray() if sparse.issparse(block) else block
            if buffer is None:
                buffer = np.empty(block.shape)
            part = bend.rows(rows)
            for index, (pair, square, edge) in enumerate(zip(pairs, squares, edges, strict=True)):
                weight = part.entry(*pair)
                corners[index] += weight.sum()
                _add_gram(square, edge, block, weight, buffer)
        return self._assembled(pairs, squares, edges, corners)

    def _sparse_squares(self):
        """Say whether squares of sparse rows are cheaper than those of dense ones."""
        if self.shift is not None or not sparse.issparse(self.features):
            return False
        n_rows, n_columns = self.features.shape
        return SPARSE_COST * pairs_of_entries(self.features) < n_rows * n_columns**2

    def _assembled(self, pairs, squares, edges, corners):
        n_columns = self.features.shape[1]
        size = n_columns + self.intercept
        gram = np.empty((self.n_outputs, size, self.n_outputs, size))
        for (k, m), square, edge, corner in zip(pairs, squares, edges, corners, strict=True):
            part = np.empty((size, size))
            part[:n_columns, :n_columns] = square
            if self.intercept:
                part[n_columns, :n_columns] = part[:n_columns, n_columns] = edge
                part[n_columns, n_columns] = corner
            gram[k, :, m, :] = gram[m, :, k, :] = part
        return gram.reshape(self.shape[1], self.shape[1])

    def gram_diagonal(self, bend):
        """Return the diagonal of `gram(bend)`, of shape (d,), in O(n d)."""
        n_columns = self.features.shape[1]
        weights = np.column_stack([bend.entry(k, k) for k in range(self.n_outputs)])
        diagonal = np.zeros((self.n_outputs, n_columns + self.intercept))
        for rows, block in self.blocks():
            square = block.power(2) if sparse.issparse(block) else block**2
            diagonal[:, :n_columns] += (square.T @ weights[rows]).T
        if self.intercept:
            diagonal[:, n_columns] = weights.sum(axis=0)
        return diagonal.reshape(-1)


def _add_gram(square, edge, block, weight, buffer):
    """Add `block^T diag(weight) block` to `square` and `block^T weight` to `edge`, in place."""
    for sign in (1.0, -1.0):
        chosen = sign * weight > 0
        if not chosen.any():
            continue
        rows, root = block, np.sqrt(np.maximum(sign * weight, 0.0))
        if not chosen.all():
            rows, root = block[chosen], root[chosen]
        scaled = np.multiply(rows, root[:, None], out=buffer[: len(rows)])
        # A matrix times its own transpose: numpy calls the symmetric rank-k update.
        square += sign * (scaled.T @ scaled)
        edge += sign * (scaled.T @ root)
