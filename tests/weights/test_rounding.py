"""Weight problems of which the price is nearly lost in the rounding of a low-rank term."""

import numpy as np
import pytest

from sk_softunlearn.weights import LowRank, WeightProblem
from sk_softunlearn.weights._dual import Dual


class Counted(LowRank):
    """It counts how often its transpose is read."""

    reads = 0

    def _rmatvec(self, direction):
        self.reads += 1
        return super()._rmatvec(direction)


def problem(seed, q, price, reward, bounds):
    rng = np.random.default_rng(seed)
    quadratic = Counted(3 * rng.normal(size=(q, 200)))
    row = rng.normal(size=200)
    return WeightProblem(
        reward * row,
        [row],
        lower=[2.0],
        upper=[2.5],
        bounds=bounds,
        regularization=price,
        quadratic=quadratic,
    )


@pytest.mark.parametrize(
    ("seed", "q", "price", "bounds"),
    [
        (2, 6, 1e-6, (-0.05, 0.05)),
        (11, 6, 1e-6, (-0.05, 0.05)),
        (6, 6, 1e-6, None),
        (1, 3, 1e-6, (-0.05, 0.05)),
        (7, 3, 1e-5, (-0.3, 0.3)),
    ],
)
def test_a_slope_that_is_rounding_leads_nowhere(seed, q, price, bounds):
    posed = problem(seed, q, price, 1.0, bounds)
    solution = posed.solve()
    matrix = posed.quadratic.matrix
    force = posed.linear + solution.multipliers @ posed.rows
    ideal = (force - matrix.T @ (matrix @ solution.epsilon)) / (2 * price)
    gap = np.clip(ideal, *posed.bounds) - solution.epsilon
    size = np.linalg.norm(posed.linear) / (2 * price)
    assert np.linalg.norm(gap) <= 1e-9 * size


def test_where_no_step_moves_none_is_tried_again():
    posed = problem(4, 3, 1e-3, 1e-3, (-0.3, 0.3))
    posed.solve("bounded")
    assert posed.quadratic.reads < 20


def test_rounding_that_is_counted_too_large_is_measured():
    """The closed form is certified by a second reading of R, and no bounds are searched."""
    posed = problem(0, 3, 1e-4, 1e-3, None)
    dual = Dual(posed)
    assert dual.residual(dual.start()) > 1e-9
    posed.forget()
    posed.quadratic.reads = 0
    solution = posed.solve()
    assert solution.solver == "closed_form"
    assert posed.quadratic.reads == 2


def test_where_the_slope_between_two_looks_is_lost_every_length_is_looked_at(monkeypatch):
    expected = problem(2, 6, 1e-2, 1.0, (-0.05, 0.05)).solve("bounded").epsilon
    lost = []
    monkeypatch.setattr(Dual, "line", lambda *_: lost.append(1) or (lambda length: 1e300))
    found = problem(2, 6, 1e-2, 1.0, (-0.05, 0.05)).solve("bounded").epsilon
    np.testing.assert_allclose(found, expected, atol=1e-9)
    assert lost
