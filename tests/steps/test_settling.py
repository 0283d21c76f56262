"""A correction never leaves the asked metric worse than it was."""

from dataclasses import replace

import numpy as np
import pytest

from sk_softunlearn import SoftUnlearner
from sk_softunlearn._steps._settling import settle
from sk_softunlearn.corrections import Influence
from sk_softunlearn.exceptions import DeltaNotReachedWarning
from tests.cases import PAPER, step_by_step


@pytest.fixture(scope="module")
def run(fitted, halves):
    soft = SoftUnlearner(fitted, **PAPER | {"guards": None})
    return step_by_step(soft, halves)._run


def test_what_helps_is_taken_whole(run):
    weighed = run.weigh(run.request)
    settled = settle(run, run.request, weighed)
    assert settled.weighed is weighed
    assert settled.after["demographic_parity"] < run.before["demographic_parity"]


@pytest.mark.parametrize("times", [6.0, 30.0])
def test_what_overshoots_is_halved_until_it_helps(run, times):
    weighed = run.weigh(run.request)
    longer = replace(weighed.solution, epsilon=times * weighed.solution.epsilon)
    request = replace(run.request, correction=Influence())
    with pytest.warns(DeltaNotReachedWarning, match="worse on the validation rows"):
        settled = settle(run, request, replace(weighed, solution=longer))
    assert abs(settled.after["demographic_parity"]) <= run.before["demographic_parity"]
    ratio = np.linalg.norm(settled.weighed.solution.epsilon) / np.linalg.norm(longer.epsilon)
    assert np.log2(ratio) == pytest.approx(round(np.log2(ratio)))
    assert settled.weighed.solution.predicted == pytest.approx(
        {name: ratio * change for name, change in longer.predicted.items()}
    )


def test_where_nothing_helps_nothing_is_changed(run):
    weighed = run.weigh(run.request)
    wrong = replace(weighed.solution, epsilon=-weighed.solution.epsilon)
    with pytest.warns(DeltaNotReachedWarning, match="0 of them were taken"):
        settled = settle(run, run.request, replace(weighed, solution=wrong))
    assert not settled.weighed.solution.epsilon.any()
    np.testing.assert_array_equal(settled.theta, run.view.theta)
    assert settled.after == run.before


class TooFar(Influence):
    """Thirty times the influence step."""

    def move(self, view, epsilon, curvature, inverse, start):
        return super().move(view, 30 * epsilon, curvature, inverse, start)


def test_another_correction_starts_from_all_of_the_weights(fitted, halves):
    parameters = PAPER | {"guards": None, "delta": 0.2, "max_improvement": 2.0}
    soft = SoftUnlearner(fitted, correction=TooFar(), **parameters)
    with pytest.warns(DeltaNotReachedWarning, match="of them were taken"):
        step_by_step(soft, halves)
    part = soft.epsilon_
    soft.set_params(correction="influence").unlearn()
    fresh = SoftUnlearner(fitted, correction="influence", **parameters)
    np.testing.assert_array_equal(soft.epsilon_, step_by_step(fresh, halves).epsilon_)
    assert soft.after_ == fresh.after_
    assert np.linalg.norm(part) < 0.3 * np.linalg.norm(soft.epsilon_)
