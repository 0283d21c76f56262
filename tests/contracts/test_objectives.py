"""Every objective: its gradient, its orientation, and what fairlearn says."""

import tracemalloc
from dataclasses import replace
from itertools import combinations

import fairlearn.metrics as fm
import numpy as np
import pytest

from sk_softunlearn.losses import LogisticLoss, MultinomialLoss
from sk_softunlearn.objectives import (
    OBJECTIVES,
    CustomObjective,
    DemographicParity,
    EqualizedOdds,
    EqualOpportunity,
    EvaluationRows,
    GapObjective,
    LogLoss,
)
from tests.cases import CUSTOM, GAPS, LABEL_GAPS, MAXIMA, MEANS, OTHER_GAPS
from tests.oracles import numerical_gradient

SHAPES = [(2, 2), (2, 4), (3, 3)]


def named(objective):
    """Without the address of a function, which is another one in every process."""
    return repr(objective).partition(" at 0x")[0]


def evaluation(n_classes=2, n_groups=2, n=60, seed=0):
    rng = np.random.default_rng(seed)
    rows = EvaluationRows(
        LogisticLoss() if n_classes == 2 else MultinomialLoss(),
        rng.integers(n_classes, size=n),
        rng.uniform(0.5, 2, n),
        np.arange(n_classes),
        positive=1,
        groups=rng.integers(n_groups, size=n),
        group_names=tuple("abcd"[:n_groups]),
    )
    return rows, rng.normal(size=(n, 1 if n_classes == 2 else n_classes))


def reordered(rows, order):
    return EvaluationRows(
        rows.loss,
        rows.target[order],
        rows.sample_weight[order],
        rows.classes,
        rows.positive,
        rows.groups[order],
        rows.group_names,
    )


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("objective", [*GAPS, *LABEL_GAPS, *OTHER_GAPS, *MEANS, *CUSTOM], ids=named)
def test_gradient_is_the_derivative_of_the_value(objective, shape):
    rows, raw = evaluation(*shape)
    bound = objective.bind(raw, rows)
    expected = numerical_gradient(bound.value, raw)
    np.testing.assert_allclose(bound.gradient(raw), expected, atol=1e-8)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("objective", [*GAPS, *LABEL_GAPS, *OTHER_GAPS, *MEANS], ids=repr)
def test_order_of_rows_does_not_matter(objective, shape):
    rows, raw = evaluation(*shape)
    order = np.random.default_rng(1).permutation(len(raw))
    other = objective.bind(raw[order], reordered(rows, order)).value(raw[order])
    assert other == pytest.approx(objective.bind(raw, rows).value(raw))


@pytest.mark.parametrize(
    ("objective", "shape"),
    # Per class, two classes have the same gaps twice.
    [
        (o, shape)
        for o in MAXIMA
        for shape in SHAPES[1:]
        if shape[0] > 2 or "per_class" not in repr(o)
    ],
    ids=repr,
)
def test_a_maximum_is_chosen_anew_and_its_rivals_are_no_larger(objective, shape):
    rows, raw = evaluation(*shape, n=200)
    bound = objective.bind(raw, rows)
    for other in (raw, -raw, np.random.default_rng(5).normal(size=raw.shape)):
        largest, rivals = bound.refresh(other), bound.rivals(other)
        counted = [rival.counted(other) for rival in rivals]
        assert rivals
        assert np.all(np.diff([largest.counted(other), *counted]) <= 1e-15)
        assert bound.counted(other) <= largest.counted(other) + 1e-15
        # What is bound there in the first place is the largest there.
        assert bound.measure(other) == pytest.approx(objective.bind(other, rows).counted(other))
        assert not any(np.allclose(r.gradient(other), largest.gradient(other)) for r in rivals)
        for candidate in (largest, *rivals):
            expected = numerical_gradient(candidate.value, other)
            np.testing.assert_allclose(candidate.gradient(other), expected, atol=1e-8)


@pytest.mark.parametrize("objective", GAPS, ids=repr)
def test_a_gap_starts_positive_and_is_signed_afterwards(objective):
    rows, raw = evaluation()
    bound = objective.bind(raw, rows)
    assert bound.value(raw) > 0
    swapped = EvaluationRows(**{**vars(rows), "groups": 1 - rows.groups})
    assert objective.bind(raw, swapped).value(raw) == pytest.approx(bound.value(raw))
    held = GAPS[0].bind(raw, rows)
    assert held.measure(-raw) == pytest.approx(-held.measure(raw), abs=1e-12)


@pytest.mark.parametrize("n_groups", [2, 4])
@pytest.mark.parametrize(
    ("objective", "oracle"),
    [
        (DemographicParity(), fm.demographic_parity_difference),
        (EqualOpportunity(), fm.equal_opportunity_difference),
        (EqualizedOdds(), fm.equalized_odds_difference),
    ],
)
def test_on_certain_predictions_it_is_the_metric_of_fairlearn(objective, oracle, n_groups):
    rows, raw = evaluation(n_groups=n_groups, n=200)
    expected = oracle(
        rows.target,
        (raw[:, 0] > 0).astype(int),
        sensitive_features=rows.groups,
        sample_weight=rows.sample_weight,
    )
    certain = 1e3 * np.sign(raw)
    assert objective.bind(certain, rows).value(certain) == pytest.approx(expected)


@pytest.mark.parametrize("shape", [(2, 3), (3, 3)])
@pytest.mark.parametrize(
    ("name", "oracle"),
    [
        ("demographic_parity", fm.demographic_parity_difference),
        ("equalized_odds", fm.equalized_odds_difference),
    ],
)
def test_label_gaps_are_counted_as_fairlearn_counts_them(name, oracle, shape):
    rows, raw = evaluation(*shape, n=300)
    bound = OBJECTIVES[name](surrogate="label").bind(raw, rows)
    expected = oracle(
        rows.target == 1,
        rows.loss.predict(raw) == 1,
        sensitive_features=rows.groups,
        sample_weight=rows.sample_weight,
    )
    assert bound.measure(raw) == pytest.approx(expected)


class PredictiveEquality(GapObjective):
    """A third party's gap: its name, and among which rows."""

    name = "predictive_equality"

    def slices(self, rows):
        return [rows.target != rows.positive]


@pytest.mark.parametrize("n_groups", [2, 4])
def test_a_gap_of_ones_own_says_among_which_rows(n_groups):
    rows, raw = evaluation(n_groups=n_groups, n=300)
    expected = fm.false_positive_rate_difference(
        rows.target,
        rows.loss.predict(raw),
        sensitive_features=rows.groups,
        sample_weight=rows.sample_weight,
    )
    objective = PredictiveEquality(surrogate="label")
    bound = objective.bind(raw, rows)
    assert objective.needs_groups
    # Of two groups none is left to take over when the gap has turned.
    assert bound.two_sided == (n_groups == 2)
    assert bound.measure(raw) == pytest.approx(expected)
    np.testing.assert_allclose(bound.gradient(raw), numerical_gradient(bound.value, raw), atol=1e-8)


def test_ferm_is_the_gap_of_mean_losses_among_the_favoured():
    rows, raw = evaluation(n=300)
    loss = -np.log(rows.loss.probability(raw, 1))
    favoured = rows.target == 1
    means = [
        np.average(
            loss[favoured & (rows.groups == g)],
            weights=rows.sample_weight[favoured & (rows.groups == g)],
        )
        for g in (0, 1)
    ]
    bound = EqualOpportunity("loss").bind(raw, rows)
    assert bound.value(raw) == pytest.approx(max(means) - min(means))


def test_per_class_the_largest_gap_of_any_class_counts():
    rows, raw = evaluation(3, 3, n=300)
    each = [
        DemographicParity().bind(raw, EvaluationRows(**{**vars(rows), "positive": k})).value(raw)
        for k in range(3)
    ]
    bound = DemographicParity(per_class=True).bind(raw, rows)
    assert bound.value(raw) == pytest.approx(max(each))
    other = np.random.default_rng(5).normal(size=raw.shape)
    assert bound.measure(other) == pytest.approx(
        DemographicParity(per_class=True).bind(other, rows).value(other)
    )


def test_rivals_are_the_other_gaps():
    rows, raw = evaluation(n_groups=4, n=400)
    bound = DemographicParity().bind(raw, rows)
    values = [rival.value(raw) for rival in bound.rivals(raw)]
    assert len(values) == 5
    assert values == sorted(values, reverse=True)
    assert 0 <= values[-1] <= values[0] <= bound.value(raw)
    assert not DemographicParity().bind(raw, evaluation(n=400)[0]).rivals(raw)


def test_of_many_groups_the_pairs_furthest_apart_are_held_and_no_others():
    rows, raw = evaluation(n=3000)
    groups = np.arange(3000) % 60
    names = tuple(map(str, range(60)))
    many = replace(rows, groups=groups, group_names=names)
    tracemalloc.start()
    bound = EqualizedOdds().bind(raw, many)
    held = [bound.value(raw), *(rival.value(raw) for rival in bound.rivals(raw))]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # One column of rows per pair would be 2 * 1770 of them.
    assert peak < 40 * raw.nbytes
    probability = rows.loss.probability(raw, 1)
    gaps = []
    for label in (0, 1):
        among = [(groups == g) & (rows.target == label) for g in range(60)]
        means = [np.average(probability[k], weights=rows.sample_weight[k]) for k in among]
        gaps += [abs(a - b) for a, b in combinations(means, 2)]
    np.testing.assert_allclose(held, sorted(gaps, reverse=True)[: len(held)])
    assert len(held) == 8


def test_surrogates_are_named():
    rows, raw = evaluation()
    with pytest.raises(ValueError, match="'surrogate' must be one of"):
        DemographicParity(surrogate="sign").bind(raw, rows)


def test_parity_of_losses_is_refused_with_what_to_use():
    rows, raw = evaluation()
    with pytest.raises(ValueError, match=r"got 'loss': .* Use metric='equal_opportunity'"):
        DemographicParity(surrogate="loss").bind(raw, rows)


def test_measure_looks_for_the_largest_gap_anew():
    rows, raw = evaluation(n_groups=4, n=400)
    bound = DemographicParity().bind(raw, rows)
    other = np.random.default_rng(5).normal(size=raw.shape)
    probability = rows.loss.probability(other, 1)
    means = [
        np.average(probability[rows.groups == g], weights=rows.sample_weight[rows.groups == g])
        for g in range(4)
    ]
    assert bound.measure(other) == pytest.approx(max(means) - min(means))


def test_without_two_groups_that_count_a_gap_is_zero():
    rows, raw = evaluation()
    alone = EvaluationRows(**{**vars(rows), "groups": np.zeros(60, int)})
    bound = EqualOpportunity().bind(raw, alone)
    assert bound.value(raw) == 0.0
    assert not bound.gradient(raw).any()


def test_log_loss_is_the_weighted_mean():
    rows, raw = evaluation()
    p = 1 / (1 + np.exp(-raw[:, 0]))
    loss = -np.log(np.where(rows.target == 1, p, 1 - p))
    expected = np.average(loss, weights=rows.sample_weight)
    assert LogLoss().bind(raw, rows).value(raw) == pytest.approx(expected)


def test_a_callable_gets_as_much_as_it_asks_for():
    rows, raw = evaluation()
    seen = {}

    def one(z):
        seen["one"] = z
        return 0.0

    def four(z, y, groups, weight, unused=None):
        seen["four"] = (z, y, groups, weight)
        return 0.0

    for function in (one, four):
        CustomObjective(function).bind(raw, rows).value(raw)
    np.testing.assert_array_equal(seen["one"], raw[:, 0])
    z, y, groups, weight = seen["four"]
    np.testing.assert_array_equal(y, rows.target)
    np.testing.assert_array_equal(groups, np.array(["a", "b"])[rows.groups])
    np.testing.assert_array_equal(weight, rows.sample_weight)
    assert z.shape == (60,)
    assert CustomObjective(four).needs_groups
    assert not CustomObjective(one).needs_groups


def test_a_callable_with_a_gradient_is_believed():
    rows, raw = evaluation()

    def mean(z):
        return z.mean()

    mean.gradient = lambda z: np.full(z.shape, 7.0)
    gradient = CustomObjective(mean).bind(raw, rows).gradient(raw)
    np.testing.assert_array_equal(gradient, np.full((60, 1), 7.0))


def test_a_callable_that_returns_no_number_is_named():
    rows, raw = evaluation()

    def elementwise(z):
        return z

    with pytest.raises(ValueError, match="'elementwise' must return one finite number"):
        CustomObjective(elementwise).bind(raw, rows).value(raw)
