"""What a linear head computes from one block of rows, for `RowBlocks.sweep`.

A shift moves the rows of a block to `block - amount @ direction`; both are None without one.
"""

import numpy as np
from scipy import sparse
from scipy.linalg.blas import dsyrk

from sk_softunlearn.views._sparse_gram import SPARSE_COST, add_sparse_gram, pairs_of_entries

__all__ = [
    "add_backward",
    "add_gram",
    "add_gram_diagonal",
    "answers",
    "forward",
    "look",
    "moved",
    "pull_and_square",
    "symmetric",
    "through",
]

# Up to so many columns, one product each reads a cached block faster than a product of matrices.
FEW = 8
# Entries of sparse rows that are made dense at a time.
DENSE_ENTRIES = 2**17


def moved(block, amount, direction):
    """Return the rows of a block, moved by the shift; dense where there is one."""
    if amount is None:
        return block
    return (block.toarray() if sparse.issparse(block) else block) - amount @ direction


def forward(totals, block, amount, coefficients, direction):
    """Return the products of the rows with coefficients of shape (p, m)."""
    product = _times(block, coefficients)
    if amount is not None:
        product -= amount @ (direction @ coefficients)
    return (product,), None


def answers(totals, block, slope, weight, amount, coefficients, constants, direction):
    """Return, step by step of m, the products of the rows' weighted slopes with what it moves."""
    (product,), _ = forward(None, block, amount, coefficients, direction)
    product += constants
    product = product.reshape(*slope.shape, -1)
    return tuple(np.einsum("nk,nkm->mn", slope * weight[:, None], product)), None


def add_backward(totals, block, cotangent, amount, direction):
    """Sum up the products of the transposed rows with cotangents of shape (b, m), and these."""
    product = _transposed_times(block, cotangent)
    if amount is not None:
        product -= direction.T @ (amount.T @ cotangent)
    if totals is None:
        return (), (product, cotangent.sum(axis=0))
    totals[0][...] += product
    totals[1][...] += cotangent.sum(axis=0)
    return (), totals


def look(
    totals,
    block,
    offset,
    target,
    weight,
    amount,
    loss,
    coefficients,
    intercept,
    direction,
    square,
):
    """Return raw predictions; sum up the loss, and what pulls at the coefficients.

    One pass over the rows for what `forward`, the loss and `add_backward` give, and `add_gram` if
    the square is asked for.
    """
    (raw,), _ = forward(None, block, amount, coefficients, direction)
    raw += intercept
    if offset is not None:
        raw += offset
    value, slope = loss.value_and_slope(raw, target)
    sums, before, squares = (None, 0.0, None)
    if totals is not None:
        sums, before, squares = totals[:2], totals[2], totals[3:]
    _, sums = add_backward(sums, block, slope * weight[:, None], amount, direction)
    found = (*sums, before + weight @ value)
    if square:
        bend = loss.bend(raw, target).scaled(weight)
        found += add_gram(squares, block, bend, amount, direction, raw.shape[1])[1]
    return (raw,), found


def pull_and_square(product, cotangent, bend):
    """Pull with a cotangent, and sum up the square of a bend, for `through`."""
    return (), cotangent, (None, cotangent[:, :0], bend)


def add_gram(totals, block, bend, amount, direction, n_outputs):
    """Sum up `X^T B X`, `X^T B 1` and `1^T B 1` for every pair of outputs.

    Of a dense square only the upper triangle is summed up; `symmetric` fills in the other.
    """
    n_columns = block.shape[1]
    pairs = [(k, m) for k in range(n_outputs) for m in range(k, n_outputs)]
    if totals is None:
        totals = (
            np.zeros((len(pairs), n_columns, n_columns)),
            np.zeros((len(pairs), n_columns)),
            np.zeros(len(pairs)),
        )
    for rows, part in _squared_rows(block, amount, direction):
        bends = bend.rows(rows)
        buffer = None if sparse.issparse(part) else np.empty(part.shape)
        for place, pair in enumerate(pairs):
            entry = bends.entry(*pair)
            totals[2][place] += entry.sum()
            totals[1][place] += part.T @ entry
            if buffer is None:
                add_sparse_gram(totals[0][place], part, entry)
            else:
                _add_square(totals[0][place], part, entry, buffer)
    return (), totals


def through(totals, block, amount, *given):
    """Sum up what a function makes of the products of the rows with coefficients.

    `given` are columns, then `between`, the coefficients, a constant, the direction of the shift
    and K. `between(product, *columns)` returns parts, cotangents as `add_backward` takes them, and
    what is summed up over some of the rows: which (None: all), their cotangents, and a `Bend` whose
    square is summed up as `add_gram` does. Without coefficients the product is None.
    """
    *columns, between, coefficients, constant, direction, n_outputs = given
    product = None
    if coefficients is not None:
        (product,), _ = forward(None, block, amount, coefficients, direction)
        product += constant
    parts, cotangents, (chosen, several, bend) = between(product, *columns)
    all_rows, some, squares = (None, None, None)
    if totals is not None:
        all_rows, some, squares = totals[:2], totals[2:4], totals[4:]
    _, all_rows = add_backward(all_rows, block, cotangents, amount, direction)
    if chosen is not None:
        block, amount = block[chosen], None if amount is None else amount[chosen]
    _, some = add_backward(some, block, several, amount, direction)
    _, squares = add_gram(squares, block, bend, amount, direction, n_outputs)
    return parts, (*all_rows, *some, *squares)


def _squared_rows(block, amount, direction):
    """Yield rows of a block in the form in which their squares are cheaper, moved by the shift."""
    n_rows, n_columns = block.shape
    step = max(n_rows, 1)
    if sparse.issparse(block):
        if amount is None and SPARSE_COST * pairs_of_entries(block) < n_rows * n_columns**2:
            yield slice(None), block
            return
        step = max(DENSE_ENTRIES // n_columns, n_columns // 4, 1)
    for start in range(0, n_rows, step):
        rows = slice(start, start + step)
        part = block[rows].toarray() if sparse.issparse(block) else block
        yield rows, moved(part, None if amount is None else amount[rows], direction)


def symmetric(square):
    """Return a square of `add_gram`, of shape (p, p), with its other half filled in, in place."""
    for k in range(len(square)):
        square[k + 1 :, k] = square[k, k + 1 :]
    return square


def add_gram_diagonal(totals, block, bend, amount, direction, n_outputs):
    """Sum up `X^T diag(w) X`'s diagonal for the weights w that outputs have on their own."""
    weights = np.column_stack([bend.entry(k, k) for k in range(n_outputs)])
    block = moved(block, amount, direction)
    square = block.power(2) if sparse.issparse(block) else block**2
    product = _transposed_times(square, weights)
    if totals is None:
        return (), (product, weights.sum(axis=0))
    totals[0][...] += product
    totals[1][...] += weights.sum(axis=0)
    return (), totals


def _times(block, coefficients):
    if sparse.issparse(block) or coefficients.shape[1] > FEW:
        return np.asarray(block @ coefficients)
    product = np.empty((block.shape[0], coefficients.shape[1]))
    for column, coefficient in zip(product.T, coefficients.T, strict=True):
        column[...] = block @ np.ascontiguousarray(coefficient)
    return product


def _transposed_times(block, cotangent):
    if sparse.issparse(block) or cotangent.shape[1] > FEW:
        return np.asarray(block.T @ cotangent)
    product = np.empty((block.shape[1], cotangent.shape[1]))
    for column, each in zip(product.T, cotangent.T, strict=True):
        column[...] = block.T @ np.ascontiguousarray(each)
    return product


def _add_square(square, block, weight, buffer):
    """Add `block^T diag(weight) block` to a C-ordered square, in place: its upper triangle."""
    for sign in (1.0, -1.0):
        chosen = sign * weight > 0
        if not chosen.any():
            continue
        rows, root = block, np.sqrt(np.maximum(sign * weight, 0.0))
        if not chosen.all():
            rows, root = block[chosen], root[chosen]
        scaled = np.multiply(rows, root[:, None], out=buffer[: len(rows)])
        # The transpose is in the order of Fortran: dsyrk adds to its lower triangle in place.
        dsyrk(sign, scaled.T, beta=1.0, c=square.T, lower=True, overwrite_c=True)
