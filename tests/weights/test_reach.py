"""How far the rows can go: against a general solver, and by a sort where one price decides."""

import numpy as np
import pytest
from scipy.optimize import linprog

from sk_softunlearn.exceptions import InfeasibleWeightsError
from sk_softunlearn.weights import SoftWeights, WeightProblem
from sk_softunlearn.weights import _elastic as elastic
from sk_softunlearn.weights._reach import smallest_excess, smallest_shortfall, smallest_slack

BOXES = {"box": (-0.1, 0.1), "below": (-1.0, None), "none": None, "mixed": "mixed"}


def make(seed, box, n=60):
    """Rows with ties, rows of zeros, rows that depend on each other, and ends out of reach."""
    rng = np.random.default_rng(seed)
    m = rng.integers(1, 6)
    rows = rng.normal(size=(m, n))
    if seed % 2:
        rows = np.round(rows)
        rows[:, : n // 4] = 0.0
    if seed % 3 == 0:
        rows[-1] = -2.5 * rows[0]
    extent = np.abs(rows).sum(axis=1)
    lower = rng.normal(size=m) * extent * rng.choice([0.02, 0.3, 2.0])
    upper = np.where(rng.random(m) < 0.5, np.inf, lower + extent * rng.random(m))
    if seed % 5 == 0:
        upper[0] = lower[0]
    bounds = BOXES[box]
    if bounds == "mixed":
        low = np.where(rng.random(n) < 0.3, -np.inf, -rng.random(n))
        bounds = (low, np.where(rng.random(n) < 0.3, np.inf, rng.random(n) * (rng.random(n) < 0.8)))
    return WeightProblem(rows[0], rows * 1e-3, lower * 1e-3, upper * 1e-3, bounds, "auto")


def by_highs(problem, below, above):
    """Return the smallest t with `lower - t below <= rows e <= upper + t above`."""
    low, high = np.isfinite(problem.lower), np.isfinite(problem.upper)
    rows, n = problem.rows * 1e3, len(problem.linear)
    matrix = np.vstack(
        [
            np.column_stack([-rows[low], -below[low]]),
            np.column_stack([rows[high], -above[high]]),
        ]
    )
    ends = np.concatenate([-problem.lower[low], problem.upper[high]]) * 1e3
    box = [np.broadcast_to(end, n) for end in problem.bounds]
    answer = linprog(
        np.append(np.zeros(n), 1.0),
        matrix,
        ends,
        bounds=np.vstack([np.column_stack(box), [0.0, np.inf]]),
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    assert answer.status in (0, 2)
    return answer.fun * 1e-3 if answer.status == 0 else np.inf


@pytest.mark.parametrize("at_once", [20, 20_000])
@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("seed", range(15))
def test_as_a_general_solver_has_it(seed, box, at_once, monkeypatch):
    monkeypatch.setattr(elastic, "MOST_AT_ONCE", at_once)
    problem = make(seed, box)
    m = len(problem.lower)
    shared = np.arange(m) % 2 == 0
    expected = by_highs(problem, shared.astype(float), np.zeros(m))
    found = smallest_shortfall(problem, shared)
    assert found == pytest.approx(expected, rel=1e-8, abs=1e-10)
    every = np.ones(m)
    assert (smallest_excess(problem) > 1e-9) == (by_highs(problem, every, every) > 1e-9)
    guards = ((np.arange(m) > 0) & (np.arange(m) < 4)).astype(float)
    if guards.any():
        found = smallest_slack(problem, np.zeros(int(guards.sum())))
        expected = by_highs(problem, guards, np.zeros(m))
        assert found == pytest.approx(expected, rel=1e-8, abs=1e-10)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_weights_with_one_bound_end_there(sign):
    """Four weights reach 0.1 * (1 + 2 + 3 + 4) = 1 together, and have no end on the other side."""
    row = sign * np.arange(1.0, 5.0)
    bounds = (-np.inf, 0.1) if sign > 0 else (-0.1, np.inf)
    problem = WeightProblem(row, [row], [3.0], [np.inf], bounds, "auto")
    assert smallest_shortfall(problem, np.array([True])) == pytest.approx(2.0)


@pytest.mark.parametrize("seed", range(4))
def test_guards_that_have_a_larger_slack_keep_it(seed):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(3, 60))
    rows[1:] -= 2 * rows[0]
    reach = 0.1 * np.abs(rows[0]).sum()
    slacks = np.array([100.0 * reach, 0.0])
    lower = np.concatenate([[0.8 * reach], -slacks])
    problem = WeightProblem(rows[0], rows, lower, [np.inf] * 3, (-0.1, 0.1), "auto")
    rows, lower = rows * 1e-3, lower * 1e-3
    scaled = WeightProblem(rows[0], rows, lower, [np.inf] * 3, (-0.1, 0.1), "auto")
    # The first holds in any case: the second alone is let off.
    expected = 1e3 * by_highs(scaled, np.array([0.0, 0.0, 1.0]), np.zeros(3))
    assert 0 < expected < slacks[0]
    assert smallest_slack(problem, slacks) == pytest.approx(expected, rel=1e-8)
    # Where all have more than is needed, none is.
    lower = np.concatenate([[800.0 * lower[0]], -slacks[[0, 0]]])
    problem = WeightProblem(rows[0] * 1e3, rows * 1e3, lower, [np.inf] * 3, (-0.1, 0.1), "auto")
    assert smallest_slack(problem, slacks[[0, 0]]) == 0.0


def largest(metric, guard, bound):
    """Return the largest metric @ e with guard @ e >= 0 and |e| <= bound, by a sort.

    It is the least of `bound * sum |metric + p guard|` over p of at least 0.
    """
    breaks = -metric / guard
    order = np.argsort(breaks)
    slopes = np.cumsum(np.abs(guard)[order])
    p = max(breaks[order][np.searchsorted(slopes, slopes[-1] / 2)], 0.0)
    return bound * np.abs(metric + p * guard).sum()


def test_of_many_weights_those_beyond_doubt_are_not_solved_for(monkeypatch):
    """The dual value of what a sample has left open says that nothing else was in doubt."""
    sizes = []

    def noted(matrix, *rest):
        sizes.append(matrix.shape[1])
        return interior_point(matrix, *rest)

    interior_point = elastic.interior_point
    monkeypatch.setattr(elastic, "interior_point", noted)
    monkeypatch.setattr(elastic, "MOST_AT_ONCE", 2000)
    rng = np.random.default_rng(0)
    metric, guard = rng.normal(size=(2, 20_000))
    reach = largest(metric, guard, 0.01)
    rows = [metric, guard]
    problem = WeightProblem(metric, rows, [2.0 * reach, 0.0], [np.inf] * 2, (-0.01, 0.01))
    assert smallest_shortfall(problem, np.array([True, False])) == pytest.approx(reach, rel=1e-9)
    assert max(sizes) < 10_000


def test_many_rows_with_bounds_and_a_guard():
    """This took a general solver more than nine minutes."""
    rng = np.random.default_rng(0)
    metric = rng.normal(size=300_000) / 300_000
    guard = rng.normal(size=300_000) / 300_000 - metric
    reach = largest(metric, guard, 0.01)
    with pytest.raises(InfeasibleWeightsError) as caught:
        SoftWeights(delta=1.0, bounds=(-0.01, 0.01)).solve(
            metric, 1.25 * reach, {"log_loss": (guard, 0.0)}
        )
    assert caught.value.max_delta == pytest.approx(0.8, rel=1e-9)
    slack = caught.value.min_slack
    guards = {"log_loss": (guard, slack * (1 + 1e-6))}
    assert SoftWeights(delta=1.0, bounds=(-0.01, 0.01)).solve(metric, 1.25 * reach, guards)


def test_ties_that_old_solvers_did_not_end_on():
    """Eight thousand rows with four distinct influences: HiGHS of scipy 1.15 does not end."""
    rng = np.random.default_rng(0)
    metric = rng.choice([-3.0, -1.0, 1.0, 2.0], size=8000) / 8000
    reach = 0.1 * np.abs(metric).sum()
    with pytest.raises(InfeasibleWeightsError) as caught:
        SoftWeights(delta=0.9, bounds=(-0.1, 0.1)).solve(metric, 4 * reach)
    assert caught.value.max_delta == pytest.approx(0.25, rel=1e-9)
