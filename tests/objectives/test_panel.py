"""Objectives on rows drawn with replacement."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from fairlearn.metrics import demographic_parity_difference

from sk_softunlearn.losses import LogisticLoss
from sk_softunlearn.objectives import DemographicParity, EvaluationRows, LogLoss, Panel
from sk_softunlearn.objectives._panel import _pulled
from tests.cases import view


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


def movable(raw):
    """A view of raw predictions to which the parameter is added."""
    return SimpleNamespace(raw_prediction=raw, at=lambda theta: movable(raw + theta))


def of_two_groups(n):
    rng = np.random.default_rng(0)
    groups, target = rng.integers(2, size=n), rng.integers(2, size=n)
    raw = (rng.normal(size=n) + 0.8 * groups)[:, None]
    rows = EvaluationRows(
        *(LogisticLoss(), target, rng.uniform(0.5, 2.0, n), np.arange(2)),
        *(1, groups, ("a", "b"), None, 1),
    )
    return rows, raw


def test_a_draw_counts_rows_as_often_as_they_are_drawn_and_by_their_weight():
    rows, raw = of_two_groups(300)
    panel = Panel({"gap": DemographicParity("label")}, movable(raw), rows)
    draws = panel.resample([0.0, 0.3], 4, random_state=5)["gap"]
    rng = np.random.default_rng(5)
    for draw in draws:
        drawn = rng.integers(300, size=300)
        for theta, value in zip((0.0, 0.3), draw, strict=True):
            oracle = demographic_parity_difference(
                *(rows.target[drawn], raw[drawn, 0] + theta > 0),
                sensitive_features=rows.groups[drawn],
                sample_weight=rows.sample_weight[drawn],
            )
            assert value == pytest.approx(oracle)


def test_a_gap_has_its_sign_from_the_fitted_parameters_in_every_draw():
    rows, raw = of_two_groups(300)
    panel = Panel({"gap": DemographicParity("probability")}, movable(raw), rows)
    turned = np.where(rows.groups == 1, -1.6, 0.0)[:, None]
    draws = panel.resample([0.0, turned], 20)["gap"]
    assert np.all(draws[:, 0] > 0)
    assert np.all(draws[:, 1] < 0)


def test_what_is_measured_on_rows_of_its_own_has_no_noise():
    rows, raw = of_two_groups(100)

    class Elsewhere(LogLoss):
        """It does not see the weights of these rows."""

        def bind(self, raw, rows):
            return super().bind(raw, replace(rows, sample_weight=np.ones(len(raw))))

    panel = Panel({"here": LogLoss(), "elsewhere": Elsewhere()}, movable(raw), rows)
    draws = panel.resample([0.0, 0.3], 5)
    assert np.isnan(draws["elsewhere"]).all()
    assert np.isfinite(draws["here"]).all()


def test_what_is_counted_is_followed_by_its_probability():
    rows, raw = of_two_groups(300)
    objectives = {name: DemographicParity(name) for name in ("label", "probability")}
    panel = Panel({**objectives, "log_loss": LogLoss()}, movable(raw), rows)
    measured, followed = panel.measure(0.3), panel.follow(0.3)
    for name in ("probability", "log_loss"):
        assert followed[name] == measured[name]
    ratio = panel.bound["label"].steepness
    assert followed["label"] == pytest.approx(ratio * measured["probability"])
    assert followed["label"] != measured["label"]


def test_what_is_followed_is_the_largest_gap_there():
    groups = np.repeat([0, 1, 2], 40)
    rows = EvaluationRows(
        *(LogisticLoss(), np.arange(120) % 2, np.ones(120), np.arange(2)),
        *(1, groups, ("a", "b", "c"), None, 1),
    )
    raw = np.array([-1.0, 0.0, 1.0])[groups][:, None]
    panel = Panel({"gap": DemographicParity("probability")}, movable(raw), rows)
    # At first a and c are furthest apart, then b and c.
    moved = np.where(groups == 1, -3.0, 0.0)[:, None]
    expected = 1 / (1 + np.exp(-1.0)) - 1 / (1 + np.exp(3.0))
    assert panel.follow(moved)["gap"] == pytest.approx(expected)


def test_several_gradients_on_a_view_that_only_pulls():
    """`Objective.place` may return any view with `at`, `raw_prediction` and `pull`."""
    seen = view("lbfgs")

    class Pulls:
        raw_prediction = seen.raw_prediction

        def at(self, theta):
            return self

        def pull(self, cotangent):
            return seen.pull(cotangent)

    placed = Pulls()
    cotangents = [np.ones_like(seen.raw_prediction), seen.raw_prediction]
    pulled = _pulled({k: (placed, lambda r=r: r) for k, r in enumerate(cotangents)})
    for k, cotangent in enumerate(cotangents):
        np.testing.assert_array_equal(pulled[k], seen.pull(cotangent))


def test_jacobians_that_are_made_anew_are_told_apart():
    """A view of one's own may make its Jacobian whenever it is asked for."""
    whole = view("lbfgs")
    labels = np.array(["no", "yes"])[whole.target]
    views = [whole.on(whole.features[:n], labels[:n]) for n in range(7, 17)]

    class Anew:
        def __init__(self, seen):
            self.seen = seen

        @property
        def jacobian(self):
            return SimpleNamespace(
                shape=self.seen.jacobian.shape, rmatmat=self.seen.jacobian.rmatmat
            )

        def pull(self, cotangent):
            return self.seen.pull(cotangent)

    sloped = {
        k: (Anew(seen), lambda seen=seen: np.ones_like(seen.raw_prediction))
        for k, seen in enumerate(views)
    }
    for k, product in _pulled(sloped).items():
        np.testing.assert_array_equal(product, views[k].pull(sloped[k][1]()))
