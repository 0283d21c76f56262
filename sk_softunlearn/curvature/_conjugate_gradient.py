"""The curvature through products only, by conjugate gradients."""

from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from scipy.sparse.linalg import LinearOperator, cg
from sklearn.exceptions import ConvergenceWarning

from sk_softunlearn._sklearn import Interval, StrOptions
from sk_softunlearn.curvature._base import Curvature, InverseCurvature
from sk_softunlearn.curvature._damping import damp
from sk_softunlearn.curvature._ekfac import EKFAC
from sk_softunlearn.exceptions import warn_caller

__all__ = ["ConjugateGradient"]

# Steps in units of the number of parameters, and in all, after which no more are taken.
MOST_ROUNDS, MOST_STEPS = 10, 5000


class ConjugateGradient(Curvature):
    r"""Gauss-Newton products, inverted by preconditioned conjugate gradients.

    Needs no dense matrix: each step is one product with the Jacobian and one with its transpose,

    .. math:: H v = J^\top \big(s B\, (J v)\big) + \Lambda v.

    The diagonal of the curvature is the preconditioner. Where the objective is not
    convex, the mean of each layer's diagonal is added to it, and `EKFAC` is the
    preconditioner. Each product with the inverse is one run of conjugate gradients per right-hand
    side; it warns with a ConvergenceWarning where `max_iter` steps do not reach `tol`.

    Parameters
    ----------
    tol : float or "auto", default="auto"
        Largest residual, as a share of the right-hand side. "auto": 1e-10 on a convex objective,
        and 1e-2 on another one, whose matrix is an approximation itself. The predictions for groups
        of rows then differ by less than a hundredth from the exact ones.
    max_iter : int, default=None
        Largest number of steps per right-hand side; None: `10 * d`, and at most 5,000.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sk_softunlearn.curvature import ConjugateGradient, Exact
    >>> from sk_softunlearn.views import read_view
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X = X / X.std(axis=0)
    >>> view = read_view(LogisticRegression(max_iter=1000).fit(X, y), X, y)
    >>> inverses = [c.invert(view, view.sample_weight) for c in (ConjugateGradient(), Exact())]
    >>> bool(np.allclose(inverses[0] @ np.ones(31), inverses[1] @ np.ones(31), rtol=1e-6))
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        "tol": [Interval(Real, 0, 1, closed="neither"), StrOptions({"auto"})],
        "max_iter": [Interval(Integral, 1, None, closed="left"), None],
    }

    def __init__(self, tol="auto", max_iter=None):
        self.tol = tol
        self.max_iter = max_iter

    def invert(self, view, weight):
        bend = view.bend(weight)
        n_rows = len(weight)
        size = len(view.theta)

        diagonal = view.jacobian.gram_diagonal(bend) + view.penalty
        held, damping = damp(view, diagonal)
        # A parameter that no row bends has no solution. Bent by 1 it moves, and an L1 penalty, the
        # only one that pulls at it then, stops it at 0.
        added = view.penalty + held + (diagonal + held == 0.0)
        tol = (1e-10 if view.convex else 1e-2) if self.tol == "auto" else self.tol

        def multiply(direction):
            moved = (view.jacobian @ direction.reshape(-1)).reshape(n_rows, -1)
            return view.pull(bend.apply(moved)) + added * direction.reshape(-1)

        operator = LinearOperator((size, size), matvec=multiply, dtype=float)
        layerwise = view.layerwise and not view.convex
        preconditioner = (
            EKFAC().factor(view, weight)[0] if layerwise else _diagonal(diagonal + held)
        )

        gauge = np.linalg.qr(view.gauge.T)[0]
        most = min(MOST_ROUNDS * size, MOST_STEPS) if self.max_iter is None else self.max_iter

        def solve_one(right, tol):
            # Along the gauge the matrix is 0: what is left of the right-hand side there is
            # rounding, and has no solution.
            right = right - gauge @ (gauge.T @ right)
            solution, failure = cg(operator, right, rtol=tol, maxiter=most, M=preconditioner)
            if failure:
                residual = np.linalg.norm(multiply(solution) - right) / np.linalg.norm(right)
                warn_caller(
                    f"Conjugate gradients stopped at a relative residual of {residual:.1e} "
                    f"instead of 'tol'={tol:g}. Raise 'max_iter', scale the features, or "
                    "use curvature='exact'.",
                    ConvergenceWarning,
                )
            return solution

        def to(residual):
            def solve(right):
                return np.column_stack([solve_one(column, residual) for column in right.T])

            return InverseCurvature(solve, size, damping, rougher=lambda r: to(max(r, residual)))

        return to(tol)


def _diagonal(diagonal):
    """Return the inverse of a diagonal, with 1 in place of 0."""
    inverse = 1.0 / np.where(diagonal > 0, diagonal, 1.0)
    shape = (len(diagonal), len(diagonal))
    return LinearOperator(shape, matvec=lambda right: inverse * right.reshape(-1), dtype=float)
