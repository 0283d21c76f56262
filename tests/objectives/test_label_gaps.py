"""Gaps that are counted: met as fairlearn counts them, for every classifier that decides."""

import warnings

import fairlearn.metrics as fm
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import LinearSVC

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.losses import LogisticLoss
from sk_softunlearn.objectives import DemographicParity, EvaluationRows

ORACLES = {
    "demographic_parity": fm.demographic_parity_difference,
    "equal_opportunity": fm.equal_opportunity_difference,
    "equalized_odds": fm.equalized_odds_difference,
}


def people(n=4000, seed=0, n_groups=2):
    """Rows of twelve features; more groups have fewer rows each, and their own shift."""
    rng = np.random.default_rng(seed)
    group = rng.choice(n_groups, n, p=np.arange(n_groups, 0, -1) / (n_groups * (n_groups + 1) / 2))
    shift = np.vstack([np.zeros(12), 0.5 * rng.normal(size=(n_groups - 1, 12))])
    X = rng.normal(size=(n, 12)) + shift[group]
    y = (X.sum(axis=1) + rng.logistic(size=n) > 0.8).astype(int)
    return X, y, np.array(list("abcd"))[group]


def one_row(y, group, metric):
    """What one row is worth: the smallest cell that a rate is taken of."""
    among = {"equal_opportunity": [y == 1], "equalized_odds": [y == 1, y == 0]}
    slices = among.get(metric, [np.ones(len(y), dtype=bool)])
    return 1 / min(np.unique(group[rows], return_counts=True)[1].min() for rows in slices)


# At parity every pair of four groups would have to fall within its own row at once.
@pytest.mark.parametrize(("delta", "n_groups"), [(0.5, 2), (0.9, 2), (1.0, 2), (0.5, 4), (0.9, 4)])
@pytest.mark.parametrize("metric", ORACLES)
def test_the_asked_share_of_fairlearns_gap_goes_within_one_row(metric, delta, n_groups):
    X, y, group = people(n_groups=n_groups)
    model = LogisticRegression().fit(X, y)
    soft = SoftUnlearner(model, metric=metric, delta=delta)
    soft.fit_influence(X, y, sensitive_features=group).compute_weights().unlearn()
    assert soft.surrogate_ == "label"
    before, after = (
        ORACLES[metric](y, fitted.predict(X), sensitive_features=group)
        for fitted in (model, soft.unlearned_estimator_)
    )
    assert soft.before_[metric] == pytest.approx(before)
    assert abs(soft.after_[metric]) == pytest.approx(after)
    assert soft.gaps_["label"] == pytest.approx((before, soft.after_[metric]))
    assert after <= (1 - delta) * before + one_row(y, group, metric) * (1 + 1e-9)


@pytest.mark.parametrize(
    "model",
    [
        RidgeClassifier(),
        LinearSVC(),
        MLPClassifier((8,), solver="lbfgs", alpha=1.0, max_iter=3000, random_state=0),
    ],
    ids=lambda model: type(model).__name__,
)
def test_classifiers_without_probabilities_and_networks_too(model):
    X, y, group = people(2000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, y)
        soft = SoftUnlearner(model, delta=0.8, surrogate="label")
        soft.fit_influence(X, y, sensitive_features=group).compute_weights().unlearn()
    before, after = (
        fm.demographic_parity_difference(y, fitted.predict(X), sensitive_features=group)
        for fitted in (model, soft.unlearned_estimator_)
    )
    assert after <= 0.2 * before + one_row(y, group, "demographic_parity")


def test_several_classes_with_a_favourable_one():
    X, y, group = people(3000)
    y = y + (X[:, 1] > 1)
    model = LogisticRegression(max_iter=1000).fit(X, y)
    soft = SoftUnlearner(model, delta=0.9, pos_label=2, surrogate="label")
    soft.fit_influence(X, y, sensitive_features=group).compute_weights().unlearn()
    rates = [
        [(fitted.predict(X)[group == name] == 2).mean() for name in "ab"]
        for fitted in (model, soft.unlearned_estimator_)
    ]
    before, after = np.abs(np.diff(rates, axis=1)).ravel()
    assert soft.before_["demographic_parity"] == pytest.approx(before)
    assert after <= 0.1 * before + one_row(y, group, "demographic_parity")


def rows_of(sizes, min_group_rows=1):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    y = np.arange(len(groups)) % 2
    names = tuple("abc"[: len(sizes)])
    weight = np.ones(len(groups))
    return EvaluationRows(
        LogisticLoss(), y, weight, np.arange(2), 1, groups, names, None, min_group_rows
    )


@pytest.mark.parametrize(
    ("sizes", "least", "unit"),
    [
        ((100, 100), 1, "label"),
        ((100, 99), 1, "probability"),
        ((150, 120, 40), 50, "label"),
        ((150, 120, 40), 30, "probability"),
        ((150, 20), 30, "probability"),
    ],
)
def test_labels_are_counted_where_every_group_that_counts_has_a_hundred_rows(sizes, least, unit):
    rows = rows_of(sizes, least)
    raw = np.random.default_rng(0).normal(size=(sum(sizes), 1))
    assert DemographicParity("auto").bind(raw, rows).surrogate == unit


@pytest.mark.parametrize("surrogate", ["label", "probability"])
def test_a_group_with_few_rows_does_not_decide(surrogate):
    """Group c is far off: with 29 rows it does not count, with 30 it does."""
    for size, counts in ((29, False), (30, True)):
        rows = rows_of((60, 50, size), 30)
        raw = np.linspace(-1, 1, len(rows.target))[:, None]
        raw[rows.groups == 2] = -9.0
        rate = (raw[:, 0] > 0) if surrogate == "label" else 1 / (1 + np.exp(-raw[:, 0]))
        means = [rate[rows.groups == k].mean() for k in range(3)]
        expected = max(means[: 3 if counts else 2]) - min(means[: 3 if counts else 2])
        bound = DemographicParity(surrogate).bind(raw, rows)
        assert bound.measure(raw) == pytest.approx(expected)
        np.testing.assert_array_equal(bound.group_sizes(), [60, 50, size])


def test_what_a_row_is_worth_and_what_the_count_follows():
    rows = rows_of((40, 50))
    raw = np.random.default_rng(1).normal(size=(90, 1)) + (rows.groups == 1)[:, None]
    bound = DemographicParity("label").bind(raw, rows)
    assert bound.grain == pytest.approx(1 / 40)
    assert DemographicParity("probability").bind(raw, rows).grain == 0.0
    moved = raw - 0.5 * (rows.groups == 1)[:, None]
    # Seen once how far the count goes with the probabilities, it is expected to go so again.
    taught = bound.learn(tuple(bound.observe(at) for at in (raw,) * 20)).refresh(moved)
    smooth = [DemographicParity().bind(raw, rows).value(at) for at in (raw, moved)]
    counted = [bound.counted(at) for at in (raw, moved)]
    ratio = np.diff(counted)[0] / np.diff(smooth)[0]
    # Two rows' worth cannot be told, and what is known beforehand has a say.
    assert taught.steepness == pytest.approx(ratio, rel=0.5)
    assert abs(taught.steepness - ratio) < abs(bound.refresh(moved).steepness - ratio) + 1e-9
