"""SoftWeights: what is asked is brought, or the answer says what can be."""

import numpy as np
import pytest

from sk_softunlearn.exceptions import DeltaNotReachedWarning, InfeasibleWeightsError
from sk_softunlearn.weights import Limit, SoftWeights, Subproblem, Terms


@pytest.fixture
def influences():
    rng = np.random.default_rng(0)
    F = rng.normal(size=300) / 300
    return F, -0.5 * F + rng.normal(size=300) / 600


@pytest.mark.parametrize("delta", [0.1, 0.7, 1.0])
def test_delta_and_guard_are_kept(influences, delta):
    F, U = influences
    solution = SoftWeights(delta=delta, verify=True).solve(F, 0.2, {"log_loss": (U, 0.0)})
    assert -solution.predicted["metric"] == pytest.approx(delta * 0.2, rel=1e-9)
    assert solution.predicted["log_loss"] <= 1e-12
    assert solution.epsilon.min() >= -1


def test_regularization_goes_further_but_not_past_the_limit(influences):
    F, _ = influences
    solution = SoftWeights(delta=0.2, max_improvement=0.6, regularization=1e-9).solve(F, 0.2)
    assert -solution.predicted["metric"] == pytest.approx(0.6 * 0.2, rel=1e-9)


@pytest.mark.parametrize("second", [None, 0.0])
def test_infeasible_names_a_delta_and_a_slack_that_do(influences, second):
    F, _ = influences
    guards = {"log_loss": (-F, 0.01)}
    if second is not None:
        guards["other"] = (-2 * F, second)
    with pytest.raises(InfeasibleWeightsError, match="largest feasible delta") as caught:
        SoftWeights(delta=0.9).solve(F, 0.2, guards)
    error = caught.value
    if second is None:
        assert error.max_delta == pytest.approx(0.05, rel=1e-6)
        assert error.min_slack == pytest.approx(0.18, rel=1e-6)
        SoftWeights(delta=error.max_delta * (1 - 1e-6)).solve(F, 0.2, guards)
        with pytest.raises(InfeasibleWeightsError):
            SoftWeights(delta=error.max_delta * (1 + 1e-4)).solve(F, 0.2, guards)
    else:
        assert error.max_delta == pytest.approx(0.0, abs=1e-6)
        assert error.min_slack == pytest.approx(0.36, rel=1e-6)
    slack = error.min_slack * (1 + 1e-6)
    wider = {name: (scores, slack) for name, (scores, _) in guards.items()}
    SoftWeights(delta=0.9).solve(F, 0.2, wider)


def test_further_weights_are_told_from_where_the_others_have_led(influences):
    """A linear metric: half the way and then the other is the whole way at once."""
    F, U = influences
    whole = SoftWeights(delta=0.8).solve(F, 0.2, {"log_loss": (U, 0.0)})
    half = SoftWeights(delta=0.4).solve(F, 0.2, {"log_loss": (U, 0.0)}).epsilon
    start = Subproblem(F, 0.12, 0.2, half, guards={"log_loss": Limit(U, half @ U)})
    rest = SoftWeights().weigh(start, Terms(delta=0.8))
    np.testing.assert_allclose(rest.epsilon, whole.epsilon, atol=1e-12)
    assert -rest.predicted["metric"] == pytest.approx(0.4 * 0.2)
    assert rest.costs["metric"] == pytest.approx(whole.costs["metric"])


def test_a_fall_is_limited(influences):
    F, U = influences
    free = SoftWeights(delta=0.8).solve(F, 0.2, {"gap": (-U, 1.0)})
    fallen = -free.predicted["gap"] / 2
    held = SoftWeights(delta=0.8).solve(F, 0.2, {"gap": (-U, 1.0, fallen)})
    assert -held.predicted["gap"] == pytest.approx(fallen)


def test_bounds_limit_delta(influences):
    F, _ = influences
    reach = 0.1 * np.abs(F).sum()
    with pytest.raises(InfeasibleWeightsError) as caught:
        SoftWeights(delta=1.0, bounds=(-0.1, 0.1)).solve(F, 2 * reach)
    assert caught.value.max_delta == pytest.approx(0.5, rel=1e-6)
    with pytest.warns(DeltaNotReachedWarning, match="lowered"):
        relaxed = SoftWeights(delta=1.0, bounds=(-0.1, 0.1), on_infeasible="relax").solve(
            F, 2 * reach
        )
    assert -relaxed.predicted["metric"] == pytest.approx(reach, rel=1e-5)


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"delta": 0.0}, "'delta' must be in"),
        ({"delta": 1.2}, "'delta' must be in"),
        ({"delta": 0.5, "max_improvement": 0.4}, "'max_improvement' must be at least"),
        ({"bounds": (0.1, None)}, "'bounds' must have 0 between"),
        ({"bounds": ("a", 1)}, "'bounds' must be numbers"),
        ({"bounds": (np.nan, 1)}, "'bounds' must be numbers"),
        ({"on_infeasible": "ignore"}, "'on_infeasible' must be"),
    ],
)
def test_bad_parameters_are_named(influences, parameters, sentence):
    with pytest.raises(ValueError, match=sentence):
        SoftWeights(**parameters).solve(influences[0], 0.2)
