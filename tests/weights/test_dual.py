"""What a look at the dual of a weight problem tells, and what follows from two of them."""

import numpy as np
import pytest

from sk_softunlearn.weights import LowRank, WeightProblem
from sk_softunlearn.weights._dual import Dual


def problem(q):
    """One with weights at both bounds; with a low-rank term of q rows, or without."""
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(2, 40))
    quadratic = LowRank(rng.normal(size=(q, 40))) if q else None
    return WeightProblem(
        rng.normal(size=40),
        rows,
        lower=[3.0, -0.2],
        upper=[np.inf, 0.4],
        bounds=(-0.3, 0.4),
        regularization=0.5,
        quadratic=quadratic,
    )


def places(q):
    dual = Dual(problem(q))
    rng = np.random.default_rng(2)
    unknowns = dual.start().unknowns
    return dual, *(dual.at(unknowns + rng.normal(size=len(unknowns))) for _ in range(2))


def value(dual, unknowns):
    """The dual: the least Lagrangian over epsilon within the bounds, row by row."""
    problem, (low, high) = dual.problem, dual.problem.bounds
    force = problem.reward + dual.multipliers(unknowns) @ problem.rows
    moments = unknowns[dual.k :]
    if dual.q:
        force = force - problem.quadratic.matrix.T @ moments
    epsilon = np.clip(force / (2 * problem.price), low, high)
    ends = dual.end @ unknowns[: dual.k]
    return ends + np.sum(problem.price * epsilon**2 - force * epsilon) - 0.5 * moments @ moments


@pytest.mark.parametrize("q", [0, 3])
def test_the_gradient_is_the_derivative_of_the_dual(q):
    dual, here, _ = places(q)
    step = 1e-6
    expected = [
        (value(dual, here.unknowns + step * e) - value(dual, here.unknowns - step * e)) / (2 * step)
        for e in np.eye(len(here.unknowns))
    ]
    np.testing.assert_allclose(here.gradient, expected, atol=1e-6)


@pytest.mark.parametrize("q", [0, 3])
def test_the_slope_between_two_looks_is_that_of_a_look_there(q):
    dual, here, there = places(q)
    step = there.unknowns - here.unknowns
    slope = dual.line(here, there)
    for length in (-0.5, 0.0, 0.3, 1.0, 4.0):
        expected = dual.at(here.unknowns + length * step).gradient @ step
        np.testing.assert_allclose(slope(length), expected, rtol=1e-9, atol=1e-9)


def test_the_certificate_without_a_second_reading_counts_what_it_leaves_out():
    """It is never smaller than that of all products, and as small at the solution."""
    dual, here, _ = places(3)
    problem = dual.problem
    rough = dual.residual(here)
    problem.forget()
    assert rough >= problem.residual(here.epsilon, dual.multipliers(here.unknowns))
    solution = problem.solve("bounded")
    problem.forget()
    assert problem.residual(solution.epsilon, solution.multipliers) <= 1e-11
