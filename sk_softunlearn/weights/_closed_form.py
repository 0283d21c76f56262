"""The closed form: every set of active rows, from the Gram matrix of the rows alone."""

from itertools import product

import numpy as np

__all__ = ["solve_closed_form"]

# With m rows 3^m sets of active ends are tried.
MOST_ROWS = 6
# Relative violation of a KKT condition that rounding explains.
ROUNDING = 1e-10


def solve_closed_form(problem):
    """Solve a weight problem as if it had no bounds on epsilon.

    `e = K^-1 (linear + rows^T y)` with `K = 2 lambda I + R^T R`, where y solves the small system of
    the rows whose end is active. All sets of active ends are tried, fewest first; the one whose KKT
    conditions hold is the answer. K is inverted through the q x q matrix `2 lambda I + R R^T`
    (Woodbury 1950).

    Parameters
    ----------
    problem : WeightProblem
        With at most 6 rows.

    Returns
    -------
    multipliers : ndarray of shape (m,) or None
        None if no set fits: then the rows contradict each other, or there are too many.
    """
    m = len(problem.stack)
    if m > MOST_ROWS:
        return None
    scale = problem.scale
    gram = problem.compliance / np.outer(scale, scale)
    start = problem.unforced_values / scale
    lower, upper = problem.lower / scale, problem.upper / scale
    best, best_violation = None, ROUNDING
    for ends in sorted(_candidates(lower, upper, gram.diagonal()), key=np.count_nonzero):
        active = np.flatnonzero(ends)
        target = np.where(ends > 0, lower, upper)[active]
        prices = np.zeros(m)
        matrix = gram[np.ix_(active, active)]
        prices[active] = np.linalg.lstsq(matrix, target - start[active], rcond=1e-14)[0]
        values = start + gram @ prices
        # Rounding is that of the terms: of the rows' pull on epsilon, and of their ends.
        pull = np.sqrt(np.maximum(gram.diagonal() * (prices @ gram @ prices), 0.0))
        violation = _violation(values, np.abs(start) + pull, prices, ends, lower, upper)
        if violation < best_violation:
            best, best_violation = prices / scale, violation
    return best


def _candidates(lower, upper, diagonal):
    """Yield which end of each row is active: 0 none, 1 lower, -1 upper."""
    options = [
        [0] * bool(low != high or size == 0)
        + [1] * bool(np.isfinite(low) and size > 0)
        + [-1] * bool(np.isfinite(high) and size > 0 and low != high)
        for low, high, size in zip(lower, upper, diagonal, strict=True)
    ]
    return (np.array(ends) for ends in product(*options))


def _violation(values, terms, prices, ends, lower, upper):
    """Return the largest relative violation of the interval and sign conditions."""
    if not len(values):
        return 0.0
    size = np.maximum(np.abs(values), terms)
    for end in (lower, upper):
        size = np.maximum(size, np.where(np.isfinite(end), np.abs(end), 0.0))
    size = np.maximum(size, np.finfo(float).tiny)
    outside = np.max(np.maximum(lower - values, values - upper) / size)
    most = max(np.max(np.abs(prices)), np.finfo(float).tiny)
    wrong = np.where(lower == upper, 0.0, -ends * prices)
    return max(outside, np.max(wrong) / most, 0.0)
