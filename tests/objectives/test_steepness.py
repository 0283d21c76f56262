"""The ratio of a counted gap to that of the probabilities."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import iqr, logistic

from sk_softunlearn.losses import LogisticLoss
from sk_softunlearn.objectives import DemographicParity, EvaluationRows
from sk_softunlearn.objectives._steepness import _label_slope, _scale
from tests.oracles import numerical_gradient


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


def kernel_scale(margin):
    """Silverman's bandwidth (1986, eq. 3.31) as the scale of a logistic distribution."""
    deviation = 0.9 * min(margin.std(), iqr(margin) / 1.34) * len(margin) ** -0.2
    return deviation / logistic.std()


def two_humps(n):
    """Margins on both sides of the threshold, wider between the quartiles than a bell would be."""
    rng = np.random.default_rng(0)
    return rng.choice([-1.0, 1.2], n) + 0.4 * rng.normal(size=n)


def long_tails(n):
    """Margins of which a few are far off."""
    return 0.3 + np.random.default_rng(0).standard_t(2, size=n)


@pytest.mark.parametrize("margins", [two_humps, long_tails])
@pytest.mark.parametrize("n", [100, 3000])
@pytest.mark.parametrize("positive", [0, 1])
def test_the_kernel_is_of_silvermans_bandwidth(margins, n, positive):
    raw = margins(n)[:, None]
    side = 1.0 if positive == 1 else -1.0
    density = logistic.pdf(raw, scale=kernel_scale(raw[:, 0]))
    np.testing.assert_allclose(
        _label_slope(raw, positive, _scale(raw, positive)), side * density, rtol=1e-10, atol=1e-12
    )


def test_of_several_classes_the_nearest_other_one_counts():
    raw = np.random.default_rng(0).normal(size=(50, 3))
    scale = kernel_scale(raw[:, 1] - np.maximum(raw[:, 0], raw[:, 2]))

    def steps(at):
        return expit((at[:, 1] - np.maximum(at[:, 0], at[:, 2])) / scale).sum()

    np.testing.assert_allclose(
        _label_slope(raw, 1, _scale(raw, 1)), numerical_gradient(steps, raw), atol=1e-7
    )


def test_without_a_gap_of_one_sign_it_is_the_ratio_of_the_slopes():
    """Fewer labels and more probability in the second group: the gaps have no ratio above 0."""
    rng = np.random.default_rng(0)
    second = np.arange(600) % 2 == 1
    chosen = rng.random(600) < np.where(second, 0.4, 0.6)
    raw = np.where(chosen, np.where(second, 3.0, 0.3), np.where(second, -0.3, -3.0))
    raw = (raw + 0.1 * rng.normal(size=600))[:, None]
    smooth = expit(raw) * expit(-raw)
    steep = logistic.pdf(raw, scale=kernel_scale(raw[:, 0]))
    expected = np.sum(smooth * steep) / np.sum(smooth**2)
    assert 1 / 8 < expected < 8
    assert bound(raw).steepness == pytest.approx(expected)


def test_what_was_seen_last_counts_most():
    """Twice a move of the same length: the count followed it by half, and by twice as much."""
    second = np.arange(2000) % 2 == 1
    raw = np.random.default_rng(0).normal(size=(2000, 1)) + second[:, None]
    gap = bound(raw)
    here = gap.observe(raw)
    places = []
    for ratio in (0.5, 2.0):
        labels, probabilities = (values.copy() for values in here[0])
        labels[1] -= ratio * 0.2
        probabilities[1] -= 0.2
        places.append([(labels, probabilities)])
    slowly, fast = (gap.learn((a, b)).steepness for a, b in (places[::-1], places))
    assert 0.5 < slowly < 1.1
    assert 1.4 < fast < 2.0
