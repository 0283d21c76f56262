"""Every loss: its slope, bend and probabilities are derivatives of each other."""

import numpy as np
import pytest

from sk_softunlearn.losses import Bend
from tests.cases import LOG_LOSSES, LOSSES, raw_predictions
from tests.oracles import dense_bend, numerical_gradient


@pytest.fixture(params=LOSSES, ids=lambda case: type(case[0]).__name__)
def case(request):
    loss, n_outputs = request.param
    return loss, *raw_predictions(loss, n_outputs)


def test_slope_is_the_derivative_of_the_value(case):
    loss, raw, target = case
    expected = numerical_gradient(lambda z: loss.value(z, target).sum(), raw)
    np.testing.assert_allclose(loss.slope(raw, target), expected, atol=1e-9)


def test_value_and_slope_together_are_those_apart(case):
    loss, raw, target = case
    # A raw prediction far out on either side must not overflow.
    raw = np.vstack([raw, 800.0 * np.sign(raw)])
    target = np.concatenate([target, target])
    value, slope = loss.value_and_slope(raw, target)
    np.testing.assert_allclose(value, loss.value(raw, target), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(slope, loss.slope(raw, target), rtol=1e-13, atol=1e-15)


def test_bend_is_the_derivative_of_the_slope(case):
    loss, raw, target = case
    bend = loss.bend(raw, target)
    full = dense_bend(bend)
    for k in range(raw.shape[1]):
        expected = numerical_gradient(lambda z, k=k: loss.slope(z, target)[:, k].sum(), raw)
        np.testing.assert_allclose(full[:, k], expected, atol=1e-8)
    direction = np.random.default_rng(1).normal(size=raw.shape)
    scaled = bend.scaled(np.full(6, 2.0)).scaled(np.full(6, 1.5))
    np.testing.assert_allclose(
        scaled.apply(direction), 3 * np.einsum("nkm,nm->nk", full, direction), atol=1e-12
    )


def test_probabilities_sum_to_one_and_have_the_slope(case):
    loss, raw, _ = case
    n_classes = max(raw.shape[1], 2)
    total = sum(loss.probability(raw, k) for k in range(n_classes))
    np.testing.assert_allclose(total, 1.0)
    for k in range(n_classes):
        expected = numerical_gradient(lambda z, k=k: loss.probability(z, k).sum(), raw)
        np.testing.assert_allclose(loss.probability_slope(raw, k), expected, atol=1e-9)


@pytest.mark.parametrize(
    ("loss", "n_outputs"),
    LOG_LOSSES,
    ids=[f"{type(loss).__name__}, {n_outputs}" for loss, n_outputs in LOG_LOSSES],
)
def test_log_losses_are_the_logarithm_of_the_probability(loss, n_outputs):
    raw, target = raw_predictions(loss, n_outputs)
    probability = [loss.probability(raw, k)[i] for i, k in enumerate(target)]
    np.testing.assert_allclose(loss.value(raw, target), -np.log(probability))


def test_columns_of_the_bend_square_to_it(case):
    loss, raw, target = case
    weight = np.random.default_rng(1).normal(size=len(raw))
    outer = Bend(np.zeros_like(raw), outer=raw, weight=weight)
    for bend in (loss.bend(raw, target).scaled(weight), outer):
        squares = sum(
            w[:, None, None] * column[:, :, None] * column[:, None, :]
            for column, w in bend.columns()
        )
        np.testing.assert_allclose(squares, dense_bend(bend), atol=1e-12)


def test_departure_is_0_at_the_teacher_and_bends_with_the_loss(case):
    loss, raw, _ = case
    np.testing.assert_array_equal(loss.departure_slope(raw, raw), 0.0)
    far = loss.departure_slope(raw + 0.1 * np.eye(raw.shape[1])[0], raw)
    assert np.all(far[:, 0] > 0)


def test_departure_is_what_its_slope_is_the_slope_of(case):
    loss, raw, _ = case
    np.testing.assert_allclose(loss.departure(raw, raw), 0.0, atol=1e-15)
    away = raw + np.random.default_rng(1).normal(size=raw.shape)
    for k in range(raw.shape[1]):
        move = 1e-6 * np.eye(raw.shape[1])[k]
        rise = loss.departure(away + move, raw) - loss.departure(away - move, raw)
        np.testing.assert_allclose(loss.departure_slope(away, raw)[:, k], rise / 2e-6, atol=1e-8)


def test_far_from_the_boundary_nothing_overflows(case):
    loss, raw, target = case
    far = 1e4 * raw
    assert np.isfinite(loss.value(far, target)).all()
    assert np.isfinite(loss.slope(far, target)).all()


@pytest.mark.parametrize(
    ("diagonal", "outer", "got"),
    [
        ([[0.5, 0.5], [0.5, 0.5]], [[0.5, 0.5], [0.1, 0.1]], "0.04"),
        ([[0.5, 0.5], [0.5, 0.5]], [[0.5, 0.5], [0.6, 0.6]], "1.44"),
        # A row without a diagonal beside one that has it: both sums must be 1.
        ([[0.5, 0.5], [0.0, 0.0]], [[0.5, 0.5], [0.5, 0.5]], "inf"),
        ([[0.5, 0.0]], [[np.sqrt(0.5), 0.1]], "inf"),
    ],
)
def test_columns_that_would_not_add_up_are_refused(diagonal, outer, got):
    bend = Bend(np.array(diagonal), outer=np.array(outer))
    with pytest.raises(ValueError, match=f"'outer' must stand alone.* got {got}"):
        list(bend.columns())


def test_columns_of_a_loss_that_is_not_convex_are_refused():
    bend = Bend(np.array([[0.5], [-0.25]]))
    assert bend.entry(0, 0).tolist() == [0.5, -0.25]
    with pytest.raises(ValueError, match=r"'diagonal' must be at least 0 .* got -0\.25"):
        list(bend.columns())


def test_columns_add_up_where_classes_are_ruled_out_or_nothing_is_subtracted():
    diagonal = np.array([[1.0, 0.0, 0.0], [0.3, 0.7, 0.0], [0.2, 0.3, 0.4]])
    bend = Bend(diagonal, outer=diagonal * np.array([[1.0], [1.0], [0.0]]))
    squares = sum(c[:, :, None] * c[:, None, :] for c, _ in bend.columns())
    np.testing.assert_allclose(squares, dense_bend(bend), atol=1e-15)
