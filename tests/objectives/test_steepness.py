"""The ratio of a counted gap to that of the probabilities."""

import numpy as np
import pytest
from scipy.stats import logistic

from sk_softunlearn.losses import LogisticLoss
from sk_softunlearn.objectives import DemographicParity, EvaluationRows


def bound(raw):
    n = len(raw)
    groups = np.arange(n) % 2
    rows = EvaluationRows(
        LogisticLoss(), groups, np.ones(n), np.arange(2), 1, groups, ("a", "b"), None
    )
    return DemographicParity("label").bind(raw, rows)


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_beforehand_it_is_about_what_a_small_move_shows(scale):
    margins = logistic.ppf((np.arange(20_000) + 0.5) / 20_000, scale=scale)
    second = (np.arange(20_000) % 2)[:, None]
    raw = np.random.default_rng(0).permutation(margins)[:, None] + 0.5 * scale * second
    gap, moved = bound(raw), raw - 0.25 * scale * second
    counted = gap.counted(raw) - gap.counted(moved)
    smooth = (gap.value(raw) - gap.value(moved)) / gap.steepness
    assert counted / smooth / 1.7 < gap.steepness < 1.7 * counted / smooth


def test_where_no_margin_is_near_the_threshold_it_stays_near_one():
    """Certain predictions have no density at the threshold; a ratio of 0 would move nothing."""
    raw = np.where(np.random.default_rng(0).random(400) < 0.5, -30.0, 30.0)[:, None]
    assert 1 / 16 <= bound(raw).steepness <= 16
