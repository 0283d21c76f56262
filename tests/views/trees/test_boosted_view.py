"""Boosting again along the same trees: against the library, by hand and by finite differences."""

import warnings

import numpy as np
import pytest
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.exceptions import FidelityWarning, UnsupportedEstimatorError
from sk_softunlearn.views import BoostedTreesView, read_view, view_type
from tests.cases import unfair
from tests.oracles import change_by_replaying, change_by_respond
from tests.tree_cases import BOOSTED, boosting, fitted_trees, hist, tree_rows, tree_view

every = pytest.mark.parametrize("name", BOOSTED)


def other_weights(seen, seed=5):
    return seen.sample_weight * np.random.default_rng(seed).uniform(0.3, 1.7, len(seen.target))


@every
def test_the_weights_of_the_fit_make_its_leaves_anew(name):
    seen = tree_view(name)
    assert isinstance(seen, BoostedTreesView)
    assert seen.fidelity < 1e-6
    # All of the rows, also those that were held out, where the replay knows how they stood.
    estimator, X, _, _ = fitted_trees(name)
    raw = estimator.decision_function(X).reshape(len(X), -1)
    np.testing.assert_allclose(seen.raw_prediction, raw, atol=1e-10)
    np.testing.assert_allclose(seen.base.raw_prediction, raw, atol=1e-6)
    np.testing.assert_array_equal(seen.replayed(seen.sample_weight).theta, seen.theta)


@every
def test_respond_is_the_slope_of_replaying(name):
    seen = tree_view(name)
    for weight in (seen.sample_weight, other_weights(seen)):
        found, expected = change_by_respond(seen, weight), change_by_replaying(seen, weight)
        assert found == pytest.approx(expected, rel=1e-5, abs=1e-7)
        assert abs(expected) > 1e-4


@pytest.mark.parametrize("name", ["hist, stops", "hist, three classes, stops", "boosting, stops"])
def test_rows_that_early_stopping_has_held_out_move_nothing(name):
    seen = tree_view(name)
    assert seen.learning.mean() == pytest.approx(0.8)
    weight = np.where(seen.learning, seen.sample_weight, 7.0)
    np.testing.assert_array_equal(seen.replayed(weight).theta, seen.theta)
    scores = seen.respond({"leaf": np.ones(len(seen.theta))}, None)["leaf"]
    assert not scores[~seen.learning].any()
    assert scores[seen.learning].all()


def by_hand(X, y, weight, clf, codes):
    """Boost again in plain loops: leaves of every iteration, one output, no constraint."""
    prior = np.log(weight @ y / (weight @ (1 - y)))
    raw, leaves = np.full(len(y), prior), []
    for code in codes:
        values = np.zeros(code.max() + 1)
        for leaf in range(len(values)):
            inside = code == leaf
            p = expit(raw[inside])
            slope = np.sum(weight[inside] * (p - y[inside]))
            bend = np.sum(weight[inside] * p * (1 - p))
            values[leaf] = -clf.learning_rate * slope / (bend + clf.l2_regularization)
        raw = raw + values[code]
        leaves.append(values)
    return prior, np.concatenate(leaves)


def test_leaves_and_prior_are_those_of_plain_loops():
    estimator, X, y, weight = fitted_trees("hist, weights")
    seen = tree_view("hist, weights")
    codes = [seen.leaves.of(tree) for tree in range(len(seen.leaves.structure.sizes))]
    fit, other = (
        by_hand(X, (y == "yes").astype(float), w, estimator, codes)
        for w in (weight, other_weights(seen))
    )
    moved = other[1] - fit[1]
    # Every row is in one leaf of the first tree: what the prior moves is added there.
    moved[: seen.leaves.structure.sizes[0]] += other[0] - fit[0]
    replayed = seen.replayed(other_weights(seen)).theta
    np.testing.assert_allclose(replayed - seen.theta, moved, atol=1e-12)


def test_one_split_that_is_solved_on_paper():
    """Four rows each side; 1 and 3 of them positive; the prior is 0, a leaf 4 slopes to 1 bend."""
    X = np.repeat([[0.0], [1.0]], 4, axis=0)
    y = np.array([1, 0, 0, 0, 1, 1, 1, 0])
    stump = HistGradientBoostingClassifier(
        learning_rate=1.0, max_iter=1, max_depth=1, min_samples_leaf=1, early_stopping=False
    ).fit(X, y)
    seen = read_view(stump, X, y)
    # -G / H with G = +-1 and H = 4 * 1/4.
    np.testing.assert_allclose(seen.theta, [-1.0, 1.0])
    # Without the first row: prior log(3/4) and bends of p (1 - p) with p = 3/7.
    gone = np.ones(8)
    gone[0] = 0.0
    left, right = -3 * (3 / 7) / (3 * 12 / 49), -(4 * 3 / 7 - 3) / (4 * 12 / 49)
    expected = np.array([left, right]) + np.log(3 / 4)
    np.testing.assert_allclose(seen.replayed(gone).theta, expected)


def test_a_leaf_that_loses_its_rows_stays():
    seen = tree_view("boosting")
    weight = seen.sample_weight.copy()
    emptied = seen.leaves.of(0) == 0
    weight[emptied] = 0.0
    moved = seen.make_leaves(weight)
    assert moved.theta[0] == 0.0
    assert np.isfinite(seen.replayed(weight).theta).all()
    scores = seen.under(weight).respond({"leaf": np.eye(len(seen.theta))[0]}, None)["leaf"]
    assert np.isfinite(scores).all()


def test_early_stopping_by_the_number_of_rows_is_read():
    X, y, _ = unfair(10_400)
    model = hist(early_stopping="auto", max_iter=5, min_samples_leaf=200)
    X = X[["a", "b", "c"]]
    seen = read_view(model.fit(X, y), X, y)
    assert model.do_early_stopping_
    assert seen.learning.sum() == 9360
    assert seen.fidelity < 1e-6


def test_rows_of_another_block_are_read_alike(monkeypatch):
    whole = tree_view("hist, table")
    monkeypatch.setattr("sk_softunlearn.views._trees._ensemble.BLOCK_ROWS", 64)
    np.testing.assert_array_equal(tree_view("hist, table").leaves.codes, whole.leaves.codes)
    assert whole.leaves.codes.dtype == np.uint8


def test_more_leaves_than_a_byte_counts():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 3))
    y = (X.sum(axis=1) + rng.normal(size=3000) > 0).astype(int)
    model = hist(max_iter=2, max_leaf_nodes=400, min_samples_leaf=5).fit(X, y)
    seen = read_view(model, X, y)
    assert seen.leaves.structure.sizes.max() > 256
    assert seen.fidelity < 1e-6


@pytest.mark.parametrize(
    "model",
    [
        boosting(subsample=0.5),
        boosting(n_estimators=40, n_iter_no_change=3, random_state=None),
    ],
    ids=["subsample", "a split by no seed"],
)
def test_what_the_replay_does_not_know_shows_in_fidelity(model):
    X, y, _ = tree_rows()
    seen = read_view(model.fit(X, y), X, y)
    assert seen.fidelity > 0.01
    # The difference still vanishes where nothing changes.
    np.testing.assert_array_equal(seen.replayed(seen.sample_weight).theta, seen.theta)


def test_another_order_of_rows_shows_in_fidelity():
    estimator, X, y, weight = fitted_trees("hist, stops")
    back = slice(None, None, -1)
    assert read_view(estimator, X[back], y[back], weight[back]).fidelity > 0.01


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (boosting(loss="exponential"), "minimises loss='exponential'. Supported: 'log_loss'"),
    ],
    ids=["exponential"],
)
def test_settings_that_cannot_be_read_are_refused_before_the_fit_and_after(model, sentence):
    with pytest.raises(UnsupportedEstimatorError, match=sentence):
        view_type(model)
    X, y, _ = tree_rows()
    with pytest.raises(UnsupportedEstimatorError, match=sentence):
        read_view(model.fit(X, y), X, y)


def test_one_gradient_at_a_time_is_the_same():
    seen = tree_view("hist, three classes")
    rng = np.random.default_rng(0)
    gradients = {"a": rng.normal(size=len(seen.theta)), "b": rng.normal(size=len(seen.theta))}
    together = seen.respond(gradients, None)
    for name, gradient in gradients.items():
        alone = seen.respond({name: gradient}, None)[name]
        np.testing.assert_allclose(alone, together[name], atol=1e-12)


def test_a_faithful_replay_is_not_warned_of():
    X, y, group = unfair(600)
    X = X[["a", "b", "c"]]
    with warnings.catch_warnings():
        warnings.simplefilter("error", FidelityWarning)
        soft = SoftUnlearner(hist().fit(X, y)).fit_influence(X, y, sensitive_features=group)
    assert 0.0 <= soft.fidelity_ < 1e-6
    model = boosting(subsample=0.5).fit(X, y)
    with pytest.warns(FidelityWarning, match="GradientBoostingClassifier, made anew .*Subsampling"):
        soft = SoftUnlearner(model).fit_influence(X, y, sensitive_features=group)
    assert soft.fidelity_ > 0.01


@pytest.mark.parametrize("name", ["hist", "boosting, three classes"])
def test_a_class_that_loses_all_weight_leaves_numbers(name):
    seen = tree_view(name)
    weight = np.where(seen.target == 1, seen.sample_weight, 0.0)
    moved = seen.replayed(weight)
    assert np.isfinite(moved.theta).all()
    before, after = (v.loss.probability(v.raw_prediction, 1) for v in (seen, moved))
    assert (after > before).all()
    assert after.min() > 0.99


@pytest.mark.parametrize(
    ("name", "moves"),
    [
        ("boosting", True),
        ("boosting, from zero", False),
        ("boosting, from a model", False),
        ("hist, three classes", True),
    ],
)
def test_the_prior_moves_with_the_weights_where_there_is_one(name, moves):
    seen = tree_view(name)
    weight = np.where(seen.target == 1, 3.0, 1.0) * seen.sample_weight
    prior = seen.make_leaves(weight).prior
    share = weight @ (seen.target == 1) / weight.sum()
    if not moves:
        np.testing.assert_array_equal(prior, 0.0)
    elif len(prior) == 1:
        assert prior[0] == pytest.approx(np.log(share / (1 - share)))
    else:
        assert prior[1] == pytest.approx(np.log(share))


@pytest.mark.parametrize(
    "name", ["hist, weights", "hist, three classes", "hist, stops", "boosting", "boosting, stops"]
)
def test_a_corrected_model_is_read_with_its_new_weights(name):
    """It holds the prior of its first fit; what has moved it is in the first leaves."""
    _, X, y, given = fitted_trees(name)
    seen = tree_view(name)
    change = np.where(seen.target == 1, 1.7, 0.8)
    written = seen.write(seen.replayed(change * seen.sample_weight).theta)
    again = read_view(written, X, y, change * (1.0 if given is None else given))
    assert again.fidelity < 1e-6
    further = other_weights(again)
    for k in range(len(np.unique(y))):
        straight, twice = (
            v.loss.probability(v.raw_prediction, k)
            for v in (seen.replayed(further), again.replayed(further))
        )
        np.testing.assert_allclose(twice, straight, atol=1e-6)


def test_a_seed_of_numpy_is_read():
    X, y, _ = tree_rows()
    model = boosting(n_estimators=40, n_iter_no_change=3, random_state=np.int64(3))
    assert read_view(model.fit(X, y), X, y).fidelity < 1e-6
