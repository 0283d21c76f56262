"""The derivative of a network's raw predictions in all its parameters."""

import numpy as np
from scipy import sparse

from sk_softunlearn._row_gradients import RowGradients

__all__ = ["ACTIVATIONS", "NetworkJacobian", "activate", "unpack"]

# Entries of one block of rows in the widest layer, and of one block of per-row gradients.
BLOCK_ENTRIES, GRADIENT_ENTRIES = 2**20, 2**22

# Derivative of each activation, as a function of what it returned.
ACTIVATIONS = {
    "identity": np.ones_like,
    "logistic": lambda out: out * (1.0 - out),
    "tanh": lambda out: 1.0 - out**2,
    "relu": lambda out: (out > 0).astype(float),
}
_FORWARD = {
    "identity": lambda z: z,
    "logistic": lambda z: 0.5 * (1.0 + np.tanh(0.5 * z)),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0.0),
}


def unpack(theta, layers):
    """Return (weights of shape (in, out), intercepts of shape (out,)) of every layer."""
    tables = (theta[layer.where].reshape(layer.n_outputs, -1) for layer in layers)
    return [(table[:, :-1].T, table[:, -1]) for table in tables]


def activate(block, weights, activation):
    """Return the activations of hidden layers on dense or sparse rows, and the raw prediction."""
    hidden = []
    for k, (weight, intercept) in enumerate(weights):
        block = block @ weight + intercept
        if k < len(weights) - 1:
            block = _FORWARD[activation](block)
            hidden.append(block)
    return hidden, block


class NetworkJacobian(RowGradients):
    """Jacobian of a feed-forward network in all its parameters, as products only.

    Works in blocks of rows: forward differentiation for products, backpropagation for those with
    the transpose. The activations of the hidden layers are kept, X is not copied.

    Parameters
    ----------
    features : ndarray or CSR of shape (n, p)
        Rows that the network sees.
    theta : ndarray of shape (d,)
        The parameters, layer by layer, as `Layer` says.
    layers : list of Layer
        Where they are.
    activation : str
        "identity", "logistic", "tanh" or "relu".

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.views import Layer, NetworkJacobian
    >>> layers = [Layer(slice(0, 2), 1, 1, True), Layer(slice(2, 4), 1, 1, True)]
    >>> jacobian = NetworkJacobian(np.array([[3.0]]), np.array([2.0, 0, 5, 0]), layers, "relu")
    >>> jacobian @ np.eye(4)
    array([[15.,  5.,  6.,  1.]])
    """

    def __init__(self, features, theta, layers, activation):
        self.features = features
        self.layers = layers
        self.activation = activation
        self.weights = unpack(theta, layers)
        self.n_outputs = layers[-1].n_outputs
        widest = max(layer.n_inputs for layer in layers)
        self._step = max(BLOCK_ENTRIES // widest, 1)
        n_rows = features.shape[0]
        self.hidden = [np.empty((n_rows, layer.n_outputs)) for layer in layers[:-1]]
        self.raw_prediction = np.empty((n_rows, self.n_outputs))
        for rows, block in self._blocks(self._step):
            hidden, self.raw_prediction[rows] = activate(block, self.weights, activation)
            for kept, part in zip(self.hidden, hidden, strict=True):
                kept[rows] = part
        super().__init__(np.dtype(float), (n_rows * self.n_outputs, len(theta)))

    def _blocks(self, step):
        n_rows = self.features.shape[0]
        for start in range(0, n_rows, step):
            rows = slice(start, min(start + step, n_rows))
            block = self.features[rows]
            dense = not sparse.issparse(block)
            yield rows, block.astype(np.float64, copy=False) if dense else block

    def _inputs(self, rows, block):
        """Return what every layer is fed on a block of rows."""
        return [block, *(kept[rows] for kept in self.hidden)]

    def _deltas(self, inputs, cotangent):
        """Return the derivative of `cotangent . z` in the output of every layer."""
        deltas, derivative = [cotangent], ACTIVATIONS[self.activation]
        for (weight, _), fed in zip(self.weights[:0:-1], inputs[:0:-1], strict=True):
            deltas.append(deltas[-1] @ weight.T * derivative(fed))
        return deltas[::-1]

    def _matvec(self, direction):
        moves, derivative = unpack(direction.reshape(-1), self.layers), ACTIVATIONS[self.activation]
        product = np.empty((self.features.shape[0], self.n_outputs))
        for rows, block in self._blocks(self._step):
            moved = None
            for k, fed in enumerate(self._inputs(rows, block)):
                weight_move, intercept_move = moves[k]
                change = fed @ weight_move + intercept_move
                if moved is not None:
                    change += (derivative(fed) * moved) @ self.weights[k][0]
                moved = change
            product[rows] = moved
        return product.reshape(-1)

    def _rmatvec(self, cotangent):
        cotangent = cotangent.reshape(-1, self.n_outputs)
        product = np.zeros(self.shape[1])
        for rows, block in self._blocks(self._step):
            inputs = self._inputs(rows, block)
            deltas = self._deltas(inputs, cotangent[rows])
            for layer, fed, delta in zip(self.layers, inputs, deltas, strict=True):
                table = np.column_stack([(fed.T @ delta).T, delta.sum(axis=0)])
                product[layer.where] += table.reshape(-1)
        return product

    def input_gradient(self, cotangent):
        """Return the derivative of `cotangent . z` in the rows, of shape (n, p)."""
        gradient = np.empty(self.features.shape)
        for rows, block in self._blocks(self._step):
            first = self._deltas(self._inputs(rows, block), cotangent[rows])[0]
            gradient[rows] = first @ self.weights[0][0].T
        return gradient

    def layer_blocks(self, bend, step=None):
        """Yield, block by block of rows, `[(inputs, deltas)]` of every layer, and weights.

        Parameters
        ----------
        bend : Bend
            B, one symmetric K x K matrix per row.
        step : int, default=None
            Rows of a block; None: what is fast.

        Yields
        ------
        layers : list of (ndarray of shape (b, inputs + 1), list of ndarray of shape (b, outputs))
            What the layer is fed, and the derivative of each of the bend's columns in its output.
        weights : list of ndarray of shape (b,)
            One per column.
        """
        held = self.n_outputs * max(layer.n_outputs for layer in self.layers)
        for rows, block in self._blocks(step or min(self._step, max(GRADIENT_ENTRIES // held, 1))):
            inputs = self._inputs(rows, block)
            columns, weights = zip(*bend.rows(rows).columns(), strict=True)
            deltas = [self._deltas(inputs, column) for column in columns]
            fed = [each.toarray() if sparse.issparse(each) else each for each in inputs]
            fed = [np.column_stack([each, np.ones(len(each))]) for each in fed]
            yield (
                [(each, [d[k] for d in deltas]) for k, each in enumerate(fed)],
                list(weights),
            )

    def gram_diagonal(self, bend):
        """Return the diagonal of `gram(bend)`, of shape (d,), without the gradients of rows."""
        diagonal = np.zeros(self.shape[1])
        for blocks, weights in self.layer_blocks(bend):
            for layer, (fed, deltas) in zip(self.layers, blocks, strict=True):
                squares = fed**2
                for delta, weight in zip(deltas, weights, strict=True):
                    table = (delta**2 * weight[:, None]).T @ squares
                    diagonal[layer.where] += table.reshape(-1)
        return diagonal

    def gradient_blocks(self, bend):
        held = self.n_outputs * self.shape[1]
        for blocks, weights in self.layer_blocks(bend, max(GRADIENT_ENTRIES // held, 1)):
            yield [_gradients(blocks, column) for column in range(len(weights))], weights


def _gradients(blocks, column):
    """Return the gradient of one of the bend's columns in every row, of shape (b, d)."""
    tables = [deltas[column][:, :, None] * fed[:, None, :] for fed, deltas in blocks]
    return np.hstack([table.reshape(len(table), -1) for table in tables])
