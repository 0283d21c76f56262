"""A few long vectors: the constraint rows of a weight problem, left where they are."""

import numpy as np

__all__ = ["RowStack"]

# Entries that stay in a core's cache between a product and its sum.
BLOCK = 2**15
# Rows that an operator is applied to at a time.
TOGETHER = 8


class RowStack:
    """Rows of a matrix of shape (m, n), m small, as separate vectors.

    They are never copied into one matrix: with n large that would cost as much as a solution.

    Parameters
    ----------
    vectors : sequence of ndarray of shape (n,)
        The rows, in double precision.
    n : int
        Their length.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.weights._stack import RowStack
    >>> stack = RowStack([np.array([3.0, 4.0]), np.array([1.0, 0.0])], n=2)
    >>> stack.gram()
    array([[25.,  3.],
           [ 3.,  1.]])
    """

    def __init__(self, vectors, n):
        self.vectors = tuple(np.ascontiguousarray(vector) for vector in vectors)
        self.n = n

    def __len__(self):
        return len(self.vectors)

    def values(self, epsilon):
        """Return the product with a vector of shape (n,), of shape (m,)."""
        return np.array([vector @ epsilon for vector in self.vectors])

    def combine(self, start, factors):
        """Return `start + sum_j factors_j row_j` of shape (n,), a new array; None: no start."""
        used = [pair for pair in zip(factors, self.vectors, strict=True) if pair[0]]
        if start is not None:
            total = start.copy()
        elif used:
            total = used[0][1] * used.pop(0)[0]
        else:
            return np.zeros(self.n)
        scratch = np.empty(min(BLOCK, self.n))
        for begin in range(0, self.n if used else 0, BLOCK):
            part = total[begin : begin + BLOCK]
            for factor, vector in used:
                product = scratch[: len(part)]
                np.multiply(vector[begin : begin + BLOCK], factor, out=product)
                part += product
        return total

    def gram(self, kept=None):
        """Return the products of all pairs of rows over the entries `kept`, of shape (m, m)."""
        masked = self.vectors if kept is None else [vector * kept for vector in self.vectors]
        gram = np.empty((len(self), len(self)))
        for i, left in enumerate(masked):
            for j in range(i, len(self)):
                gram[i, j] = gram[j, i] = left @ self.vectors[j]
        return gram

    def cross(self, operator, kept=None):
        """Return the products of a linear operator of shape (q, n) with the rows, (m, q)."""
        crossed = np.empty((len(self), operator.shape[0]))
        for begin in range(0, len(self), TOGETHER):
            part = np.column_stack(self.vectors[begin : begin + TOGETHER])
            if kept is not None:
                part *= kept[:, None]
            crossed[begin : begin + TOGETHER] = operator.matmat(part).T
        return crossed
