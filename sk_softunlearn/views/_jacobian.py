"""The derivative of a linear head's raw predictions in its parameters."""

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import LinearOperator

from sk_softunlearn._sweeps import blocks_of
from sk_softunlearn.views._kernels import (
    add_backward,
    add_gram,
    add_gram_diagonal,
    answers,
    forward,
    look,
    moved,
    symmetric,
    through,
)
from sk_softunlearn.views._layer import Layer

__all__ = ["LinearJacobian"]


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
        self.rows = blocks_of(features)
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
            Their features, moved by the shift; valid until the next one.
        """
        for rows, block in self.rows.blocks(beside):
            yield rows, moved(block, *self._shift(rows))

    def _shift(self, rows=slice(None)):
        """Return how far rows are moved, and in which directions; both None without a shift."""
        if self.shift is None:
            return None, None
        amount, direction = self.shift
        return amount[rows], direction

    def _matmat(self, directions):
        coefficients, constants = self._tables(directions)
        amount, direction = self._shift()
        (product,), _ = self.rows.sweep(forward, (amount,), (coefficients, direction))
        product += constants
        return product.reshape(self.shape[0], -1)

    def _tables(self, directions):
        """Return m directions as coefficients of shape (p, K m), and constants (K m,) or 0.0."""
        n_columns = self.features.shape[1]
        width = 1 if directions.ndim == 1 else directions.shape[1]
        per_output = directions.reshape(self.n_outputs, -1, width)
        stacked = per_output[:, :n_columns].transpose(1, 0, 2).reshape(n_columns, -1)
        constants = per_output[:, n_columns].reshape(-1) if self.intercept else 0.0
        return np.ascontiguousarray(stacked, dtype=float), constants

    def answers(self, directions, slope, weight):
        """Return by how much every row's loss follows steps of the parameters, in one sweep.

        Parameters
        ----------
        directions : ndarray of shape (d, m)
            The steps.
        slope : ndarray of shape (n, K)
            Derivative of every row's loss in its raw prediction.
        weight : ndarray of shape (n,)
            Weight of every row.

        Returns
        -------
        answers : tuple of m ndarray of shape (n,)
            `weight * sum_k slope_k (J direction)_k`.
        """
        amount, direction = self._shift()
        shared = (*self._tables(directions), direction)
        return self.rows.sweep(answers, (slope, weight, amount), shared)[0]

    def _matvec(self, direction):
        return self._matmat(direction.reshape(-1, 1)).reshape(-1)

    def _rmatmat(self, cotangents):
        n_directions = cotangents.shape[1]
        amount, direction = self._shift()
        columns = (cotangents.reshape(self.features.shape[0], -1), amount)
        _, sums = self.rows.sweep(add_backward, columns, (direction,))
        return self._stacked(*sums, n_directions)

    def _rmatvec(self, cotangent):
        return self._rmatmat(cotangent.reshape(-1, 1)).reshape(-1)

    def _stacked(self, product, total, n_directions):
        """Return what pulls at the parameters, of shape (d, m), from what sweeps sum up."""
        shape = len(product), self.n_outputs, n_directions
        product = product.reshape(shape).transpose(1, 0, 2)
        if self.intercept:
            total = total.reshape(self.n_outputs, 1, n_directions)
            product = np.concatenate([product, total], axis=1)
        return product.reshape(self.shape[1], n_directions)

    def look(self, theta, loss, target, weight, offset=0.0, square=False):
        """Return what a fit needs to know at some parameters, in one sweep over the rows.

        Parameters
        ----------
        theta : ndarray of shape (d,)
            The parameters.
        loss : Loss
            The pointwise loss.
        target : ndarray of shape (n,)
            Class indices.
        weight : ndarray of shape (n,)
            Weight of every row.
        offset : float or ndarray of shape (n, K), default=0.0
            Added to the raw predictions.
        square : bool, default=False
            Whether the square is taken along.

        Returns
        -------
        raw : ndarray of shape (n, K)
            `offset + J theta`.
        value : float
            Weighted sum of the losses.
        pulled : ndarray of shape (d,)
            Its derivative in theta, `J^T (weight * slope)`.
        gram : ndarray of shape (d, d) or None
            Of the second derivatives times the weights, as `gram` returns it.
        """
        coefficients, constant = self._tables(theta)
        per_row = np.ndim(offset) > 0
        amount, direction = self._shift()
        constant = constant if per_row else constant + offset
        (raw,), (product, total, value, *squares) = self.rows.sweep(
            look,
            (offset if per_row else None, target, weight, amount),
            (loss, coefficients, constant, direction, square),
        )
        pulled = self._stacked(product, total, 1).reshape(-1)
        return raw, float(value), pulled, self._square(*squares) if squares else None

    def through(self, direction, between, columns=()):
        """Return what a function makes of the rows' products with a direction, in one sweep.

        Parameters
        ----------
        direction : ndarray of shape (d,) or (d, f), or None
            None: there is no product, it is None.
        between : callable
            `between(product, *columns)` returns parts, cotangents, and what is summed up over some
            of the rows of a block: which (None: all), their cotangents and their `Bend`. The
            product has shape (b, K f). Parts are a tuple of arrays of length b, cotangents have
            shape (b, K m). It can be sent to where the rows are.
        columns : sequence of ndarray of length n, default=()
            Numbers per row; the function sees those of its block.

        Returns
        -------
        parts : tuple of ndarray of length n
            Those of the function.
        pulled : ndarray of shape (d, m)
            The transposed products with the cotangents.
        some : ndarray of shape (d, k)
            Those with the cotangents of some rows.
        gram : ndarray of shape (d, d)
            As `gram` returns it of the bend of these.
        """
        coefficients, constant = (None, 0.0) if direction is None else self._tables(direction)
        amount, shift = self._shift()
        parts, (product, total, some, total_of_some, *squares) = self.rows.sweep(
            through, (amount, *columns), (between, coefficients, constant, shift, self.n_outputs)
        )
        pulled = self._stacked(product, total, product.shape[1] // self.n_outputs)
        some = self._stacked(some, total_of_some, some.shape[1] // self.n_outputs)
        return parts, pulled, some, self._square(*squares)

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
        amount, direction = self._shift()
        _, sums = self.rows.sweep(add_gram, (bend, amount), (direction, self.n_outputs))
        return self._square(*sums)

    def _square(self, squares, edges, corners):
        """Return the matrix of shape (d, d) whose parts `add_gram` sums up."""
        n_columns = self.features.shape[1]
        size = n_columns + self.intercept
        pairs = [(k, m) for k in range(self.n_outputs) for m in range(k, self.n_outputs)]
        gram = np.empty((self.n_outputs, size, self.n_outputs, size))
        for (k, m), square, edge, corner in zip(pairs, squares, edges, corners, strict=True):
            part = np.empty((size, size))
            part[:n_columns, :n_columns] = symmetric(square)
            if self.intercept:
                part[n_columns, :n_columns] = part[:n_columns, n_columns] = edge
                part[n_columns, n_columns] = corner
            gram[k, :, m, :] = gram[m, :, k, :] = part
        return gram.reshape(self.shape[1], self.shape[1])

    def gram_diagonal(self, bend):
        """Return the diagonal of `gram(bend)`, of shape (d,), in O(n d)."""
        n_columns = self.features.shape[1]
        amount, direction = self._shift()
        _, (square, total) = self.rows.sweep(
            add_gram_diagonal, (bend, amount), (direction, self.n_outputs), beside=1
        )
        diagonal = np.zeros((self.n_outputs, n_columns + self.intercept))
        diagonal[:, :n_columns] = square.T
        if self.intercept:
            diagonal[:, n_columns] = total
        return diagonal.reshape(-1)
