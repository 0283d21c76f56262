"""Objectives on rows drawn with replacement."""

from types import SimpleNamespace

import numpy as np

from sk_softunlearn.losses import LogisticLoss
from sk_softunlearn.objectives import DemographicParity, EvaluationRows, Panel


def test_the_same_groups_count_in_every_draw():
    # A draw holds some 25 different rows of the 40 of the third group.
    groups = np.repeat([0, 1, 2], [500, 500, 40])
    raw = np.random.default_rng(0).normal(scale=0.1, size=(1040, 1))
    raw += np.where(groups == 2, 2.0, -2.0)[:, None]
    rows = EvaluationRows(
        *(LogisticLoss(), np.arange(1040) % 2, np.ones(1040), np.arange(2)),
        *(1, groups, ("a", "b", "c"), None, 30),
    )
    view = SimpleNamespace(
        raw_prediction=raw, at=lambda theta: SimpleNamespace(raw_prediction=raw + theta)
    )
    panel = Panel({"gap": DemographicParity("probability")}, view, rows)
    draws = panel.resample([0.0, 0.1], 50)["gap"]
    assert draws.shape == (50, 2)
    # The logistic function of 2 minus that of -2.
    np.testing.assert_allclose(draws, 0.76, atol=0.02)
