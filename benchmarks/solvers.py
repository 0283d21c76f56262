"""The weight problem against cvxpy's solvers, and the closed form in passes over its rows.

    python solvers.py [n ...]

Two rows, weights in [-1, 1] that bind, and without bounds: median of three, objectives, largest
violation. The closed form's time is also given in dot products of two vectors of that length.
"""

import sys
import time
import warnings

import cvxpy as cp
import numpy as np

from sk_softunlearn.weights import WeightProblem

SOLVERS = ("CLARABEL", "OSQP", "PIQP")


def median(function, repeats=3):
    seconds, value = [], None
    for _ in range(repeats):
        start = time.perf_counter()
        value = function()
        seconds.append(time.perf_counter() - start)
    return value, np.median(seconds)


def make(n, bounds):
    """Influences of size 1/n; an end of the metric that puts many weights on their bounds."""
    rng = np.random.default_rng(0)
    metric, guard = rng.normal(size=n) / n, rng.normal(size=n) / n
    reach = 0.6 * np.abs(metric).sum()
    rows = np.stack([metric, guard])
    lower, upper = np.array([reach, 0.0]), np.array([1.1 * reach, np.inf])
    return WeightProblem(metric, rows, lower, upper, bounds=bounds, regularization="auto")


def by_cvxpy(problem, solver):
    """Solve with every row in units of its norm, as these solvers need it."""
    unit = np.linalg.norm(problem.rows, axis=1)
    e = cp.Variable(problem.rows.shape[1])
    ends = [
        problem.rows[0] / unit[0] @ e >= problem.lower[0] / unit[0],
        problem.rows[0] / unit[0] @ e <= problem.upper[0] / unit[0],
        problem.rows[1] / unit[1] @ e >= 0,
    ]
    if np.isfinite(problem.bounds[0]):
        ends += [e >= problem.bounds[0], e <= problem.bounds[1]]
    cp.Problem(cp.Minimize(cp.sum_squares(e)), ends).solve(solver=solver)
    return e.value


def violation(problem, e):
    values = problem.rows @ e
    missed = np.maximum(problem.lower - values, values - problem.upper) / np.abs(problem.lower[0])
    low, high = problem.bounds
    return max(missed.max(), (low - e).max(), (e - high).max(), 0.0)


def main():
    warnings.simplefilter("ignore")
    sizes = [int(n) for n in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    for n in sizes:
        for bounds in (None, (-1.0, 1.0)):
            problem = make(n, bounds)
            make_and_solve = lambda n=n, p=problem, b=bounds: WeightProblem(  # noqa: E731
                p.linear, p.rows, p.lower, p.upper, bounds=b, regularization="auto"
            ).solve()
            solution, ours = median(make_and_solve, 7)
            a, b = problem.rows
            _, dot = median(lambda a=a, b=b: [np.dot(a, b) for _ in range(100)], 7)
            print(
                f"\nn = {n:,}, bounds {bounds}: {solution.solver} {1e3 * ours:.2f} ms "
                f"({ours / dot * 100:.1f} dot products), |e|^2 {solution.objective:.9g}, "
                f"residual {solution.residual:.1e}"
            )
            for solver in SOLVERS:
                if solver not in cp.installed_solvers():
                    continue
                e, theirs = median(lambda s=solver, p=problem: by_cvxpy(p, s), 1)
                if e is None:
                    print(f"  {solver}: no answer")
                    continue
                print(
                    f"  {solver}: {theirs:.3f} s, {theirs / ours:.0f} times ours, |e|^2 less ours "
                    f"{e @ e / solution.objective - 1:+.1e}, violation {violation(problem, e):.1e}"
                )


if __name__ == "__main__":
    main()
