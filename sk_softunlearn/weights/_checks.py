"""What a weight problem is given, checked."""

import numpy as np

from sk_softunlearn.weights._low_rank import LowRank
from sk_softunlearn.weights._stack import RowStack

__all__ = ["check_interval", "read_bound", "read_quadratic", "read_rows", "read_vector"]


def read_rows(rows, n):
    """Return the constraint rows, each of shape (n,), as a `RowStack`."""
    vectors = [np.asarray(row, dtype=float) for row in rows]
    if any(vector.shape != (n,) for vector in vectors):
        several = len({vector.shape for vector in vectors}) > 1
        shape = "rows of several lengths" if several else np.shape(rows)
        raise ValueError(
            f"'rows' must have shape (m, {n}), one column per entry of 'linear', got {shape}. "
            "Stack one influence vector per row."
        )
    return RowStack(vectors, n)


def read_quadratic(quadratic, n, regularization):
    """Return R as an operator of shape (q, n), None where there is none."""
    if quadratic is None:
        return None
    if regularization == "auto":
        raise ValueError(
            "'regularization' must be a number where 'quadratic' is given, got 'auto'. Say what "
            "|e|^2 costs beside it."
        )
    operator = quadratic if hasattr(quadratic, "gram") else LowRank(quadratic)
    if len(operator.shape) != 2 or operator.shape[1] != n:
        raise ValueError(
            f"'quadratic' must have shape (q, {n}), got {operator.shape}. Its columns belong to "
            "the entries of 'linear'."
        )
    return operator


def read_vector(name, values, length):
    """Return a vector in double precision, of `length` entries unless that is None."""
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or (length is not None and len(values) != length):
        wanted = "(n,)" if length is None else f"({length},)"
        raise ValueError(f"'{name}' must have shape {wanted}, got {values.shape}. Pass one vector.")
    return values


def read_bound(name, value, default, length):
    """Return a bound as a number or an array of shape (length,); `default` in place of None."""
    value = np.asarray(default if value is None else value, dtype=float)
    if value.shape not in ((), (length,)) or np.isnan(value).any():
        raise ValueError(
            f"'{name}' must be None, a number or an array of shape ({length},) without nan, got "
            f"shape {value.shape}. Use None for no bound."
        )
    return value


def check_interval(low_name, low, high_name, high):
    """Refuse ends of which the lower is above the upper somewhere."""
    if np.any(low > high):
        at = int(np.argmax(np.atleast_1d(low > high)))
        raise ValueError(
            f"'{low_name}' must not be above '{high_name}', got "
            f"{np.atleast_1d(low)[at if low.ndim else 0]:g} > "
            f"{np.atleast_1d(high)[at if high.ndim else 0]:g}. Swap or widen them."
        )
