"""Thresholds, at both of their sides."""

import pytest

from sk_softunlearn._steps._verdicts import (
    exceeds,
    exceeds_grossly,
    falls_short,
    goes_too_far,
    leaves_open,
    small_groups,
)


@pytest.mark.parametrize(
    ("gone", "short"), [(0.5, False), (0.48, False), (0.47, True), (-0.1, True)]
)
def test_half_was_asked(gone, short):
    assert falls_short(gone, 0.5) == short


@pytest.mark.parametrize(
    ("gone", "furthest", "far"),
    [(1.0, 1.0, False), (1.04, 1.0, False), (1.06, 1.0, True), (0.7, 0.6, True)],
)
def test_past_where_it_was_to_stop(gone, furthest, far):
    assert goes_too_far(gone, furthest) == far


@pytest.mark.parametrize(
    ("before", "after", "slack", "exceeded"),
    [
        (0.3, 0.34, 0.05, False),
        (0.3, 0.36, 0.05, True),
        (0.3, 0.2, 0.05, False),
        (0.1, -0.2, 0.05, True),
        (0.3, 0.3001, 0.0, False),
        (0.3, 0.301, 0.0, True),
    ],
)
def test_a_guard_of_either_sign(before, after, slack, exceeded):
    assert exceeds(before, after, slack) == exceeded


@pytest.mark.parametrize(
    ("before", "after", "grossly"), [(0.4, 0.49, False), (0.4, 0.51, True), (0.1, -0.13, True)]
)
def test_a_guard_without_slack_that_rises_by_a_quarter(before, after, grossly):
    assert exceeds_grossly(before, after) == grossly


def test_a_row_of_what_is_counted_is_not_told():
    assert not exceeds(0.1, -0.13, 0.02, grain=0.011)
    assert exceeds(0.1, -0.132, 0.02, grain=0.011)
    assert not exceeds_grossly(0.0, 0.01, grain=0.01)
    assert exceeds_grossly(0.0, 0.02, grain=0.01)


def test_small_groups_are_counted():
    sizes = [30, 29, 0, 1]
    assert small_groups(("a", "b", "none", "d"), sizes, 29) == ["none (0)", "d (1)"]
    assert small_groups(("a", "b", "none", "d"), sizes) == ["b (29)", "none (0)", "d (1)"]


@pytest.mark.parametrize(("change", "left"), [(0.0019, False), (0.0021, True)])
def test_a_hundredth_of_the_metric_may_be_left_open(change, left):
    assert leaves_open(change, 0.2) == left
