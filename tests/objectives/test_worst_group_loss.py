"""The worst group, by hand."""

import numpy as np
import pytest

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.objectives import WorstGroupLoss
from tests.cases import step_by_step
from tests.contracts.test_objectives import evaluation


def test_it_is_the_largest_of_the_group_means_wherever_it_is_measured():
    rows, raw = evaluation(n_groups=4, n=400)
    bound = WorstGroupLoss().bind(raw, rows)
    for z in (raw, -raw, 3 * raw):
        loss = rows.loss.value(z, rows.target)
        means = [
            np.average(loss[rows.groups == g], weights=rows.sample_weight[rows.groups == g])
            for g in range(4)
        ]
        assert bound.measure(z) == pytest.approx(max(means))
    values = [bound.value(raw)] + [rival.counted(raw) for rival in bound.rivals(raw)]
    assert values == sorted(values, reverse=True)
    assert len(values) == 4


def test_as_a_guard_it_keeps_every_group_from_being_levelled_down(fitted, halves):
    guards = {"worst_group_loss": 0.0075}
    soft = SoftUnlearner(fitted, delta=0.3, n_rounds=8, guards=guards, surrogate="probability")
    soft = step_by_step(soft, halves)
    worse = soft.after_["worst_group_loss"] - soft.before_["worst_group_loss"]
    assert worse <= 0.0075 * 1.02
    assert soft.solution_.costs["worst_group_loss"] > 0
