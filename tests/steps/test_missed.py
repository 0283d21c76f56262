"""What is missed, as measured."""

from types import SimpleNamespace

import pytest

from sk_softunlearn._steps._missed import Missed
from sk_softunlearn.weights import Terms


def missed(guards, counted=()):
    """A gap of 0.4, half of it asked, and two guards of 0.1."""
    before = {"gap": 0.4, "a": 0.1, "b": 0.1}
    grain = {name: 0.02 if name in counted else 0.0 for name in before}
    look = SimpleNamespace(grain=grain)
    run = SimpleNamespace(metric="gap", before=before, start=SimpleNamespace(look=look))
    here = {"gap": 0.25, "a": -0.13, "b": 0.13}
    return Missed(run, Terms(delta=0.5), guards), SimpleNamespace(measured=here, look=look)


def test_a_guard_without_slack_is_held_as_measured_if_it_is_counted():
    found, point = missed({"a": 0.0, "b": 0.0}, counted=("a",))
    assert found.violations(point) == pytest.approx([0.05, 0.03, 0.0])
    assert found.guarded
    assert found.in_steps
    assert not found.counted
    # One row of the one that is counted is not told.
    assert found.excess(point) == pytest.approx((0.05 - 2e-4 + 0.01) / 0.2, abs=1e-6)


def test_a_guard_with_slack_is_held_as_measured():
    found, point = missed({"a": 0.01, "b": 0.05})
    assert found.violations(point) == pytest.approx([0.05, 0.02, 0.0])
    assert not found.in_steps


def test_on_which_side_a_metric_ends():
    found, point = missed({}, counted=("gap",))
    assert found.short(point)
    point.measured["gap"] = 0.19
    assert not found.short(point)
    assert not found.far(point)
    point.measured["gap"] = 0.17
    assert found.far(point)
