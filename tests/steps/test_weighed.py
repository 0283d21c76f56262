"""What a request for weights came to."""

import dataclasses

import numpy as np
import pytest

from sk_softunlearn import SoftUnlearner
from tests.cases import step_by_step


def test_several_rounds_say_where_they_ended_and_one_does_not(fitted, halves):
    one = step_by_step(SoftUnlearner(fitted, n_rounds=1), halves)._weighed
    assert one.iterate is None
    assert one.records == []
    several = step_by_step(
        SoftUnlearner(fitted, n_rounds=4, surrogate="probability"), halves
    )._weighed
    np.testing.assert_array_equal(several.iterate.epsilon, several.solution.epsilon)
    last = several.records[-1]["measured_demographic_parity"]
    before = 0.5 * several.iterate.measured["demographic_parity"]
    assert several.request.n_rounds == 4
    assert last == pytest.approx(-2 * before, rel=0.01)


def test_it_is_a_value(fitted, halves):
    weighed = step_by_step(SoftUnlearner(fitted), halves)._weighed
    with pytest.raises(dataclasses.FrozenInstanceError):
        weighed.solution = None
