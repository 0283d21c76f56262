"""The quadratic program: hand-solved cases, certificates, and cvxpy's objective."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sk_softunlearn.exceptions import InfeasibleWeightsError, SoftUnlearnError
from sk_softunlearn.weights import LowRank, WeightProblem, WeightSolution

CERTIFIED = 1e-9
INF = np.inf
STEADY = settings(deadline=None, derandomize=True, max_examples=300)


@st.composite
def problems(draw, bounded):
    """Feasible problems with rows of any scale: random, parallel, sparse or zero."""
    n = draw(st.sampled_from([3, 10, 60]))
    m = draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    scale = 10.0 ** draw(st.integers(-9, 2))
    rows = rng.normal(size=(m, n)) * scale
    shape = draw(st.sampled_from(["random", "spread", "parallel", "opposed", "zero", "sparse"]))
    if shape == "spread":
        rows *= 10.0 ** rng.uniform(-6, 0, size=n)
    elif shape == "sparse":
        rows *= rng.random(rows.shape) < 0.3
    elif shape == "zero":
        rows[-1] = 0.0
    elif m > 1 and shape != "random":
        rows[1] = rows[0] * (2.0 if shape == "parallel" else -1.0)
    bounds = (
        draw(st.sampled_from([(-1, None), (-1, 1), (None, 0.5), (-0.1, 5)])) if bounded else None
    )
    low, high = (-np.inf, np.inf) if bounds is None else bounds
    inside = np.clip(
        rng.normal(size=n),
        -np.inf if low is None else low * 0.9,
        np.inf if high is None else high * 0.9,
    )
    values = rows @ inside
    lower = np.where(rng.random(m) < 0.2, -np.inf, values - np.abs(values) * rng.random(m))
    upper = np.where(rng.random(m) < 0.4, np.inf, values + np.abs(values) * rng.random(m))
    price = draw(st.sampled_from(["auto", 0.01, 1.0, 100.0]))
    price = price if price == "auto" else price * scale
    return WeightProblem(rows[0], rows, lower, upper, bounds=bounds, regularization=price)


@given(problems(bounded=False))
@STEADY
def test_closed_form_is_certified(problem):
    solution = problem.solve()
    assert solution.solver == "closed_form"
    assert solution.residual < CERTIFIED


@given(problems(bounded=True))
@STEADY
def test_bounded_solutions_are_certified(problem):
    solution = problem.solve()
    assert solution.residual < CERTIFIED
    assert np.all(solution.epsilon >= problem.bounds[0])
    assert np.all(solution.epsilon <= problem.bounds[1])


@given(problems(bounded=True))
@settings(STEADY, max_examples=60)
def test_native_solvers_agree_with_each_other(problem):
    first, second = problem.solve(), problem.solve("bounded")
    size = max(abs(first.objective), abs(second.objective), 1e-300)
    assert abs(first.objective - second.objective) <= 1e-9 * size


def violation(problem, epsilon):
    """Return the largest violation of the rows, in units of their norms, and of the bounds."""
    values = problem.rows @ epsilon
    outside = np.maximum(problem.lower - values, values - problem.upper) / problem.scale
    box = np.maximum(problem.bounds[0] - epsilon, epsilon - problem.bounds[1])
    return max(outside.max(), box.max(), 0.0)


@pytest.mark.parametrize("seed", range(25))
def test_objective_is_never_above_that_of_cvxpy(seed):
    pytest.importorskip("cvxpy")
    rng = np.random.default_rng(seed)
    n = int(rng.choice([20, 200]))
    rows = rng.normal(size=(2, n)) / n
    reached = rows @ np.clip(rng.normal(size=n), -0.5, 1)
    problem = WeightProblem(
        rows[0],
        rows,
        lower=reached,
        upper=[np.inf, np.inf],
        bounds=(-1, None) if seed % 2 else (-1, 1),
        regularization="auto" if seed % 3 else 1 / n,
    )
    ours, other = problem.solve(), problem.solve("cvxpy")
    # What cvxpy gains by stepping outside the constraints is no better objective.
    price = np.abs(ours.multipliers * problem.scale).sum() + np.linalg.norm(ours.epsilon)
    gained = violation(problem, other.epsilon) * price
    size = max(abs(ours.objective), abs(other.objective))
    assert ours.objective <= other.objective + 1e-9 * size + gained
    assert ours.objective == pytest.approx(other.objective, rel=1e-5)


def test_smallest_weights_by_hand():
    rows = np.array([[3.0, 4.0]])
    solution = WeightProblem(rows[0], rows, [5.0], [np.inf], regularization="auto").solve()
    np.testing.assert_allclose(solution.epsilon, [0.6, 0.8])
    assert solution.case == "metric"
    assert solution.multipliers[0] > 0


@pytest.mark.parametrize(("solver", "rounding"), [("auto", 1e-15), ("cvxpy", 1e-6)])
def test_the_four_cases_by_hand(solver, rounding):
    F, U = np.array([1.0, 0.0]), np.array([0.0, 1.0])

    def solve(metric, guard):
        rows = np.array([F, U])
        return WeightProblem(F, rows, [metric, guard], [np.inf, np.inf]).solve(solver)

    cases = {
        "unconstrained": ((0.1, -1.0), [0.5, 0.0], [0.0, 0.0]),
        "metric": ((2.0, -1.0), [2.0, 0.0], [3.0, 0.0]),
        "utility": ((0.1, 1.0), [0.5, 1.0], [0.0, 2.0]),
        "metric+utility": ((2.0, 1.0), [2.0, 1.0], [3.0, 2.0]),
    }
    for case, (ends, epsilon, multipliers) in cases.items():
        solution = solve(*ends)
        assert solution.case == case
        np.testing.assert_allclose(solution.epsilon, epsilon, atol=rounding)
        np.testing.assert_allclose(solution.multipliers, multipliers, atol=rounding)


def test_upper_end_has_a_negative_multiplier():
    rows = np.ones((1, 4))
    solution = WeightProblem(10 * rows[0], rows, [0.0], [2.0]).solve()
    np.testing.assert_allclose(solution.epsilon, np.full(4, 0.5))
    assert solution.multipliers[0] < 0


def test_bounds_hold_the_rest_takes_over():
    rows = np.array([[-10.0, 1.0, 1.0]])
    problem = WeightProblem(
        rows[0], rows, [12.0], [np.inf], bounds=(-1, None), regularization="auto"
    )
    solution = problem.solve()
    assert solution.case == "bounded"
    assert problem.solve("cvxpy").case == "bounded"
    np.testing.assert_allclose(solution.epsilon, [-1.0, 1.0, 1.0])


def test_a_row_that_only_the_bounds_break_by_hand():
    """Without bounds it has no price. A first step of 0.35 per weight takes the third past 1."""
    problem = WeightProblem([10.0, 0.2, 0.7], [np.ones(3)], [2.6], [INF], (-1.0, 1.0), 0.5)
    np.testing.assert_array_equal(problem.closed_form, [0.0])
    solution = problem.solve()
    np.testing.assert_allclose(solution.epsilon, [1.0, 0.6, 1.0], atol=1e-12)
    np.testing.assert_allclose(solution.multipliers, [0.4], atol=1e-12)


@st.composite
def with_low_rank_term(draw):
    """The same problems with 1/2 |R e|^2, from hardly felt to dominating."""
    problem = draw(problems(bounded=draw(st.booleans())))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    q = draw(st.sampled_from([1, 4, 20]))
    size = np.sqrt(problem.price) * 10.0 ** draw(st.integers(-2, 2))
    return WeightProblem(
        problem.linear,
        problem.rows,
        problem.lower,
        problem.upper,
        problem.bounds,
        problem.price,
        quadratic=rng.normal(size=(q, len(problem.linear))) * size,
    )


@given(with_low_rank_term())
@settings(STEADY, max_examples=150)
def test_a_low_rank_term_is_certified(problem):
    solution = problem.solve()
    assert solution.residual < CERTIFIED
    assert np.all(solution.epsilon >= problem.bounds[0])
    assert np.all(solution.epsilon <= problem.bounds[1])


@pytest.mark.parametrize("seed", range(60))
def test_gaps_between_all_pairs_of_groups_are_certified(seed):
    """Gaps between four groups depend on each other: eight rows of rank 3."""
    rng = np.random.default_rng(seed)
    rates = rng.normal(size=(4, 400)) * 10.0 ** rng.uniform(-1, 1, size=(4, 1))
    gaps = np.array([rates[i] - rates[(i + j) % 4] for i, j in np.ndindex(4, 3) if j])
    values = gaps @ rng.uniform(-0.9, 0.9, size=400)
    cut = rng.random(8) * (rng.random(8) < 0.5)
    problem = WeightProblem(
        rng.normal(size=400),
        gaps,
        values - np.abs(values) * cut,
        np.full(8, np.inf),
        bounds=(-1, 1),
        regularization=0.05,
        quadratic=rng.normal(size=(20, 400)) * 10.0 ** rng.uniform(-2, 0, size=(20, 1)),
    )
    assert problem.solve().residual < CERTIFIED


@pytest.mark.parametrize("seed", range(12))
def test_low_rank_objective_is_never_above_that_of_cvxpy(seed):
    pytest.importorskip("cvxpy")
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(2, 80))
    R = rng.normal(size=(7, 80)) * 10.0 ** rng.uniform(-1, 1)
    reached = rows @ np.clip(rng.normal(size=80), -0.5, 1)
    bounds = (None, (-1, None), (-0.6, 0.7))[seed % 3]
    problem = WeightProblem(
        rng.normal(size=80), rows, reached, [np.inf, np.inf], bounds, 0.3, quadratic=R
    )
    ours, other = problem.solve(), problem.solve("cvxpy")
    price = np.abs(ours.multipliers * problem.scale).sum() + np.linalg.norm(ours.epsilon)
    gained = violation(problem, other.epsilon) * price
    size = max(abs(ours.objective), abs(other.objective))
    assert ours.objective <= other.objective + 1e-9 * size + gained
    assert ours.objective == pytest.approx(other.objective, rel=1e-5)


def test_without_bounds_a_low_rank_term_is_dense_algebra():
    rng = np.random.default_rng(0)
    R, linear, row = rng.normal(size=(3, 9)), rng.normal(size=9), rng.normal(size=9)
    problem = WeightProblem(linear, [row], [-np.inf], [np.inf], None, 0.5, LowRank(R))
    expected = np.linalg.solve(np.eye(9) + R.T @ R, linear)
    np.testing.assert_allclose(problem.solve().epsilon, expected, atol=1e-13)


def test_the_objective_is_that_of_dense_algebra():
    rng = np.random.default_rng(1)
    R, linear, row, epsilon = (rng.normal(size=shape) for shape in ((3, 9), 9, 9, 9))
    problem = WeightProblem(linear, [row], [-np.inf], [np.inf], None, 0.7, LowRank(R))
    expected = epsilon @ (0.7 * np.eye(9) + 0.5 * R.T @ R) @ epsilon - linear @ epsilon
    assert problem.objective(epsilon) == pytest.approx(expected, rel=1e-12)


def test_a_utility_that_drowns_the_regularization_is_said():
    row = np.array([1.0, 2.0, 3.0])
    drowning = LowRank(np.full((3, 3), 1e12))
    problem = WeightProblem(np.ones(3), [row], [1.0], [np.inf], (-1, 1), 0.5, drowning)
    with pytest.raises(SoftUnlearnError, match=r"regularization of 0\.5 is lost in rounding"):
        problem.solve()


def test_rows_may_be_separate_vectors():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(2, 30))
    together = WeightProblem(rows[0], rows, [3.0, 0.0], [9.0, np.inf], (-1, 1), "auto").solve()
    apart = WeightProblem(rows[0], list(rows), [3.0, 0.0], [9.0, np.inf], (-1, 1), "auto").solve()
    np.testing.assert_array_equal(together.epsilon, apart.epsilon)


def test_order_and_unit_do_not_matter():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(2, 50))
    order = rng.permutation(50)
    first = WeightProblem(rows[0], rows, [9.0, 1.0], [99.0, 99.0], (-0.4, 0.4), "auto").solve()
    other = WeightProblem(
        rows[0][order] * 1e-9,
        rows[:, order] * 1e-9,
        np.array([9.0, 1.0]) * 1e-9,
        np.array([99.0, 99.0]) * 1e-9,
        (-0.4, 0.4),
        "auto",
    ).solve()
    np.testing.assert_allclose(other.epsilon, first.epsilon[order], atol=1e-12)


def test_wrong_candidates_are_not_certified():
    rows = np.array([[3.0, 4.0]])
    problem = WeightProblem(rows[0], rows, [5.0], [np.inf], regularization="auto")
    right = problem.solve()
    assert problem.residual(right.epsilon, right.multipliers) < 1e-12
    assert problem.residual(right.epsilon * 1.01, right.multipliers) > 1e-3
    assert problem.residual(right.epsilon, right.multipliers * 1.01) > 1e-3
    assert problem.residual(right.epsilon, -right.multipliers) > 0.1


# |e|^2 - F e with F = (1, 0): these prices ask for e = ((1 + y0) / 2, y1 / 2) with y of the rows
# (1, 0) and (0, 1). The certificate is a share of the largest number that a condition compares.
@pytest.mark.parametrize(
    ("prices", "lower", "upper", "residual"),
    [
        # e = (0.5, 0): all is as it must be.
        ((0, 0), (0.4, -1), (0.6, 1), 0.0),
        # A row is 1.5 below an end of 2, is 0.4 above one of 0.1 and 0.5 in size.
        ((0, 0), (2.0, -1), (INF, 1), 1.5 / 2),
        ((0, 0), (-INF, -1), (0.1, 1), 0.4 / 0.5),
        # The second row, of 0, is 0.3 below and 0.3 above, beside a size of all of 0.5.
        ((0, 0), (-INF, 0.3), (INF, INF), 0.3 / 0.5),
        ((0, 0), (-INF, -INF), (INF, -0.3), 0.3 / 0.5),
        # A price of 3 brings e = (2, 0), 1 off the lower end; on it; and without one.
        ((3, 0), (1.0, -1), (2.0, 1), 0.5),
        ((3, 0), (2.0, -1), (2.5, 1), 0.0),
        ((3, 0), (-INF, -1), (2.0, 1), 1.0),
        # A price of -3 brings e = (-1, 0), 0.5 off the upper end; on it.
        ((-3, 0), (-1.0, -1), (-0.5, 1), 0.5),
        ((-3, 0), (-2.0, -1), (-1.0, 1), 0.0),
        # One that is small beside the reward, and one beside the other price.
        ((0.01, 0), (-9.0, -1), (9.0, 1), 0.01),
        ((3, 0.06), (2.0, -9), (9.0, 9), 0.02),
        # e = (2, 0.25): the second row is 0.15 off its end, beside a size of all that is larger.
        ((3, 0.5), (2.0, 0.1), (INF, INF), 0.15 / np.hypot(2, 0.25)),
    ],
)
@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e3])
def test_the_certificate_by_hand(prices, lower, upper, residual, unit):
    """In whatever unit the objective is, and the prices with it."""
    prices = unit * np.array(prices)
    problem = WeightProblem([unit, 0.0], np.eye(2), lower, upper, regularization=unit)
    epsilon = problem.unbounded(prices)
    assert problem.residual(epsilon, prices) == pytest.approx(residual, abs=1e-12)


def test_a_certificate_does_not_depend_on_the_unit_of_a_row():
    """A row a thousand times as long has a price of a thousandth."""
    for unit in (1.0, 1e3):
        rows = np.array([[unit, 0.0], [0.0, 1.0]])
        problem = WeightProblem(np.array([1.0, 0.0]), rows, [unit, -INF], [INF, INF])
        prices = np.array([3.0 / unit, 0.0])
        assert problem.residual(np.array([2.0, 0.0]), prices) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("epsilon", "price", "bounds", "residual"),
    [
        # 0.1 off an ideal of (0.5, 0): a share of the size of e, or of what the reward pulls, 0.5.
        ((0.6, 0.0), 0.0, None, 0.1 / 0.6),
        ((0.4, 0.0), 0.0, None, 0.1 / 0.5),
        # 0.1 off an ideal of (0.5, 2): a share of what the row pulls, 2.
        ((0.5, 1.9), 4.0, None, 0.1 / 2.0),
        # Where the ideal is beyond a bound, the bound is what it asks for.
        ((0.2, 0.0), 0.0, (-1.0, 0.2), 0.0),
    ],
)
@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e3])
def test_weights_off_their_ideal_by_hand(epsilon, price, bounds, residual, unit):
    epsilon = np.array(epsilon)
    # The row is at its lower end, where it may have a price.
    row, low = [[0.0, 1.0]], [epsilon[1]]
    problem = WeightProblem([unit, 0.0], row, low, [INF], bounds, regularization=unit)
    expected = pytest.approx(residual, rel=1e-9, abs=1e-12)
    assert problem.residual(epsilon, [unit * price]) == expected


def test_what_is_off_is_a_share_of_the_pull_per_price():
    """2 |e|^2 - e_0 has its minimum at 1 / 4; 0.05 off that is a fifth of it."""
    problem = WeightProblem([1.0, 0.0], [[0.0, 1.0]], [0.0], [INF], regularization=2.0)
    assert problem.residual(np.array([0.2, 0.0]), [0.0]) == pytest.approx(0.2)


def test_weights_outside_the_bounds_are_told_by_how_much():
    """Beside a reward of 1e6 the distance to the ideal is nothing; the bound is passed by 0.25."""
    problem = WeightProblem([1e6, 0.0], [[0.0, 1.0]], [-np.inf], [np.inf], (-1.0, 2.0))
    for epsilon in ([2.25, 0.0], [2.0, -1.25]):
        assert problem.residual(np.array(epsilon), [0.0]) == pytest.approx(0.25)


def test_the_pull_of_the_utility_is_a_measure_of_what_is_off():
    """With R = (10, 0): 100 e_0 pulls, and the ideal is off by half of that at e = (1, 0)."""
    problem = WeightProblem([1.0, 0.0], [[0.0, 1.0]], [-np.inf], [np.inf], quadratic=[[10.0, 0.0]])
    gap = 1.0 - (1.0 - 100.0) / 2
    assert problem.residual(np.array([1.0, 0.0]), [0.0]) == pytest.approx(gap / 50.0)


@pytest.mark.parametrize("solver", ["auto", "cvxpy"])
@pytest.mark.parametrize("bounds", [None, (-1.0, None), (-1.0, 1.0)])
def test_contradicting_rows_are_infeasible(bounds, solver):
    if solver == "cvxpy":
        pytest.importorskip("cvxpy")
    rows = np.array([[1.0, 2.0, 3.0], [-1.0, -2.0, -3.0]])
    problem = WeightProblem(rows[0], rows, [1.0, 0.5], [np.inf, np.inf], bounds, "auto")
    with pytest.raises(InfeasibleWeightsError):
        problem.solve(solver)


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("bounds", [None, (-1.0, None), (-1.0, 1.0)])
def test_contradicting_equalities_are_infeasible(bounds, sign):
    """A direction of prices along which the dual rises without end, up or down."""
    row = np.array([1.0, 2.0, 3.0])
    ends = sign * np.array([0.5, -1.0])
    problem = WeightProblem(row, [row, -row], ends, ends, bounds, 0.5)
    with pytest.raises(InfeasibleWeightsError, match="contradict each other"):
        problem.solve("bounded")


@pytest.mark.parametrize("ends", [(3.0 * (1 + 1e-7), INF), (-INF, -5.0 * (1 + 1e-7))])
def test_a_row_just_out_of_reach_is_named_with_its_reach(ends):
    """A row of (0, 1, -2) within bounds of one's own per weight, also without an end."""
    low, high = np.array([-INF, -1.0, -1.0]), np.array([INF, 1.0, 2.0])
    rows = [np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, -2.0])]
    lower, upper = np.transpose([(0.0, 1.0), ends])
    problem = WeightProblem(rows[0], rows, lower, upper, (low, high), 0.5)
    reach = r"^Row 1 must lie in .* it can only lie in \[-5, 3\]"
    with pytest.raises(InfeasibleWeightsError, match=reach):
        problem.solve("bounded")
    # A number for every weight makes [-3, 3] of it.
    problem = WeightProblem(rows[0], rows, lower, upper, (-1, 1))
    with pytest.raises(InfeasibleWeightsError, match=r"^Row 1 .* in \[-3, 3\]"):
        problem.solve("bounded")


def test_bounds_out_of_reach_are_infeasible():
    rows = np.ones((1, 3))
    with pytest.raises(InfeasibleWeightsError, match="'bounds'"):
        WeightProblem(rows[0], rows, [3.5], [np.inf], (-1, 1), "auto").solve()


def test_a_million_rows():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(2, 1_000_000)) / 1e6
    problem = WeightProblem(rows[0], rows, [0.2, 0.0], [0.4, np.inf], (-0.3, None), "auto")
    assert problem.solve().residual < CERTIFIED


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"linear": np.ones((3, 1))}, "'linear' must have shape"),
        ({"linear": np.array([1.0, np.nan, 0.0])}, "'linear' must be finite"),
        ({"rows": np.ones((1, 4))}, "'rows' must have shape"),
        ({"rows": np.full((1, 3), np.inf)}, "'rows' must be finite"),
        ({"lower": [1.0, 2.0]}, "'lower' must have shape"),
        ({"lower": [2.0], "upper": [1.0]}, "'lower' must not be above 'upper'"),
        ({"bounds": (1.0, -1.0)}, r"'bounds\[0\]' must not be above"),
        ({"bounds": (np.zeros(2), None)}, r"'bounds\[0\]' must be None"),
        ({"regularization": 0.0}, "'regularization' must be"),
        ({"rows": [np.ones(3), np.ones(2)], "lower": [0, 0]}, "rows of several lengths"),
        ({"quadratic": np.ones((2, 4))}, "'quadratic' must have shape"),
        (
            {"quadratic": np.ones((2, 3)), "regularization": "auto"},
            "'regularization' must be a number where",
        ),
    ],
)
def test_bad_arguments_are_named(change, sentence):
    arguments = {"linear": np.ones(3), "rows": np.ones((1, 3)), "lower": [0.0], "upper": [1.0]}
    with pytest.raises(ValueError, match=sentence):
        WeightProblem(**(arguments | change))


def test_solvers_are_named():
    problem = WeightProblem(np.ones(3), np.ones((1, 3)), [2.0], [np.inf], (-1, 0.5), "auto")
    with pytest.raises(ValueError, match="'solver' must be one of"):
        problem.solve("simplex")
    with pytest.raises(InfeasibleWeightsError):
        problem.solve()
    bounded = WeightProblem(np.array([1.0, 9.0]), np.array([[1.0, 9.0]]), [9.0], [99.0], (-1, 0.95))
    with pytest.raises(SoftUnlearnError, match="closed_form"):
        bounded.solve("closed_form")


def test_a_solution_cannot_be_changed_by_accident():
    solution = WeightProblem(np.ones(3), np.ones((1, 3)), [1.0], [np.inf]).solve()
    assert isinstance(solution, WeightSolution)
    with pytest.raises(AttributeError):
        solution.residual = 0.0
