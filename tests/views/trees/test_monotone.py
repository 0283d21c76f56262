"""Monotone constraints hold after a correction: every library's, walked along the features."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.ensemble import ExtraTreesClassifier

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.views import read_view
from sk_softunlearn.views._trees._chains import chains_of
from sk_softunlearn.views._trees._leaf_step import newton_step
from sk_softunlearn.views._trees._order import order_of
from tests.oracles import change_by_replaying, change_by_respond
from tests.tree_cases import cat, forest, hist, lgbm, tree, tree_rows, xgb

pytestmark = pytest.mark.filterwarnings("ignore:X does not have valid feature names:UserWarning")

# The second column does not act alone, and neither does the first: their product does.
SIGNS = [1, -1, 0, 0]
BY_NAME = {"a": 1, "b": -1}
DEEP = {"max_iter": 20, "max_leaf_nodes": 15, "min_samples_leaf": 8}
# name: (estimator, how far a replay may miss it)
CASES = {
    "hist": (lambda: hist(monotonic_cst=SIGNS, l2_regularization=1.0, **DEEP), 1e-6),
    "hist, names": (lambda: hist(monotonic_cst=BY_NAME, **DEEP), 1e-6),
    "forest": (lambda: forest(monotonic_cst=SIGNS), 1e-12),
    "extra": (lambda: forest(ExtraTreesClassifier, monotonic_cst=SIGNS), 1e-12),
    "tree": (lambda: tree(monotonic_cst=SIGNS, max_depth=8, min_samples_leaf=12), 1e-12),
    "lightgbm": (lambda: lgbm(monotone_constraints=SIGNS, reg_alpha=0.5, reg_lambda=2.0), 1e-6),
    "xgboost": (lambda: xgb(monotone_constraints=tuple(SIGNS), reg_alpha=0.3), 1e-5),
    "xgboost, names": (lambda: xgb(monotone_constraints=BY_NAME), 1e-5),
    # It rounds where it shrinks the trees so far, as it does with constraints.
    "catboost": (lambda: cat(monotone_constraints=SIGNS, learning_rate=0.2), 1e-3),
    "catboost, two steps": (
        lambda: cat(monotone_constraints=SIGNS, learning_rate=0.2, leaf_estimation_iterations=2),
        0.05,
    ),
}
every = pytest.mark.parametrize("name", CASES)


def fitted(name, n=500):
    make, missed = CASES[name]
    X, y, _ = tree_rows(n=n)
    X = pd.DataFrame(X, columns=list("abcd")) if "names" in name else X
    y = (y == "yes").astype(int)
    return make().fit(X, y), X, y, missed


def other_weights(seen, X):
    """Weights that ask for the opposite of the constraints."""
    against = (np.asarray(X)[:, 0] < 0) == (seen.target == 1)
    return seen.sample_weight * np.where(against, 5.0, 0.2)


def steepest_fall(model, X, signs=SIGNS):
    """How far a probability falls, at most, where it may not: along every column, at 60 rows."""
    falls = []
    for column, sign in enumerate(signs):
        walk = np.repeat(np.asarray(X)[None, :60], 81, axis=0)
        walk[:, :, column] = np.linspace(-3.0, 3.0, 81)[:, None]
        rows = walk.reshape(-1, X.shape[1])
        rows = pd.DataFrame(rows, columns=X.columns) if hasattr(X, "columns") else rows
        shown = model.predict_proba(rows)[:, 1].reshape(81, 60)
        falls.append(np.max(-sign * np.diff(shown, axis=0)))
    return max(falls)


@every
def test_constraints_hold_after_a_correction_that_would_break_them(name):
    model, X, y, missed = fitted(name)
    seen = read_view(model, X, y)
    assert seen.fidelity < missed
    np.testing.assert_array_equal(seen.replayed(seen.sample_weight).theta, seen.theta)
    weight = other_weights(seen, X)
    moved = seen.write(seen.replayed(weight).theta)
    assert np.abs(moved.predict_proba(X) - model.predict_proba(X)).max() > 0.05
    # Sums of leaves are rounded.
    assert steepest_fall(model, X) < 1e-7
    assert steepest_fall(moved, X) < 1e-7
    free = read_view(model, X, y)
    free.ensemble.structure = replace(free.ensemble.structure, orders=())
    free.leaves = replace(free.leaves, structure=free.ensemble.structure)
    assert steepest_fall(free.write(free.replayed(weight).theta), X) > 1e-3


@every
def test_respond_is_the_slope_of_replaying_within_constraints(name):
    model, X, y, _ = fitted(name)
    seen = read_view(model, X, y)
    rng = np.random.default_rng(1)
    for weight in (rng.uniform(0.5, 1.5, len(y)), other_weights(seen, X) * rng.uniform(0.8, 1.2)):
        found, expected = change_by_respond(seen, weight), change_by_replaying(seen, weight)
        assert found == pytest.approx(expected, rel=1e-3, abs=1e-6)
        made = seen.make_leaves(weight)
        slope, change = rng.normal(size=len(seen.theta)), rng.normal(size=len(y))
        ahead = slope @ seen.moves(made, change)
        back = seen.derivatives(made, slope[None])[0] @ change
        assert ahead == pytest.approx(back, rel=1e-9, abs=1e-12)
    # Pooled leaves are among them.
    steps = [s for k in made.steps for s in (k if isinstance(k, list) else [k])]
    assert any((s.parts.getnnz(axis=1) > 1).any() for s in steps if s.parts is not None)


@pytest.mark.parametrize("name", ["hist", "lightgbm", "xgboost", "catboost", "forest"])
def test_the_whole_way_within_constraints(name):
    model, X, y, _ = fitted(name, n=1200)
    group = np.where(X[:, 0] + np.random.default_rng(0).normal(size=len(y)) > 0, "a", "b")
    soft = SoftUnlearner(model, delta=0.6).fit_influence(X, y, sensitive_features=group)
    soft.compute_weights().unlearn()
    assert soft.after_["demographic_parity"] < 0.5 * soft.before_["demographic_parity"]
    assert steepest_fall(soft.unlearned_estimator_, X) < 1e-7


def test_categories_come_first_in_trees_of_histograms():
    X, y, _ = tree_rows()
    X = pd.DataFrame(X, columns=list("abcd")).assign(kind=pd.Categorical(X[:, 2] > 0))
    y = (y == "yes").astype(int)
    model = hist(monotonic_cst=BY_NAME, categorical_features="from_dtype", **DEEP).fit(X, y)
    seen = read_view(model, X, y)
    assert seen.fidelity < 1e-6
    moved = seen.write(seen.replayed(other_weights(seen, X[["a"]])).theta)
    for column, sign in (("a", 1), ("b", -1)):
        walk = pd.concat([X[:80].assign(**{column: at}) for at in np.linspace(-3, 3, 41)])
        shown = moved.predict_proba(walk)[:, 1].reshape(41, 80)
        assert (sign * np.diff(shown, axis=0)).min() > -1e-12


@pytest.mark.parametrize("make", [lgbm, xgb])
def test_every_class_of_three_keeps_its_constraints(make):
    X, y, _ = tree_rows(3)
    y = np.unique(y, return_inverse=True)[1]
    model = make(monotone_constraints=tuple(SIGNS)).fit(X, y)
    seen = read_view(model, X, y)
    assert seen.fidelity < 1e-5
    moved = seen.replayed(np.where(X[:, 0] < 0, 2.0, 0.5))
    # Of several classes the raw predictions are what is constrained.
    values = seen.leaves.structure.split(moved.theta)
    for trees, order in zip(
        seen.leaves.structure.iterations(), seen.leaves.structure.orders, strict=True
    ):
        kept = np.concatenate([values[tree] for tree in trees])
        np.testing.assert_array_equal(order.keep(kept), kept)


@pytest.mark.parametrize(
    ("name", "constraints"), [("xgboost", "(1,-1,0,0)"), ("xgboost, names", BY_NAME)]
)
def test_a_file_of_xgboost_is_told_the_constraints(tmp_path, name, constraints):
    estimator, X, y, _ = fitted(name)
    estimator.save_model(tmp_path / "model.json")
    settings = {"learning_rate": 0.3, "reg_lambda": 1, "reg_alpha": estimator.reg_alpha}
    loaded = xgb(monotone_constraints=constraints, **settings)
    loaded.load_model(tmp_path / "model.json")
    seen = read_view(loaded, X, y)
    assert seen.fidelity < 1e-5
    assert steepest_fall(seen.write(seen.replayed(other_weights(seen, X)).theta), X) < 1e-7


def three_leaves(sign=1):
    """A split into leaf 0 and a node, which is split into leaves 1 and 2; the first is bound."""
    nodes = [(1, 2, sign), (0, 0, 0), (3, 4, 0), (0, 0, 0), (0, 0, 0)]
    left, right, signs = (np.array(column) for column in zip(*nodes, strict=True))
    return order_of([(left, right, signs, np.array([1, 3, 4]))])


def test_bounds_that_are_found_on_paper():
    order = three_leaves()
    # Leaf 0 would be 2, the node (1 + 3) / 4 = 1: the middle is 1.5, above which leaf 0 may not be
    # and below which no other may be.
    step = newton_step(np.array([-4.0, -1.0, -3.0]), np.array([2.0, 2.0, 2.0]), order=order)
    np.testing.assert_allclose(step.values, [1.5, 1.5, 1.5])
    step = newton_step(np.array([-4.0, 1.0, -5.0]), np.array([2.0, 2.0, 2.0]), order=order)
    np.testing.assert_allclose(step.values, [1.5, 1.5, 2.5])
    # A unit more of slope in leaf 0 takes 1/2 off its own value, and half of that off the middle.
    np.testing.assert_allclose(step.along(np.array([1.0, 0, 0]), np.zeros(3)), [-0.25, -0.25, 0.0])
    # One in leaf 2 takes 1/4 off the node, an eighth off the middle, and 1/2 off its own.
    found = step.along(np.array([0, 0, 1.0]), np.zeros(3))
    np.testing.assert_allclose(found, [-0.125, -0.125, -0.5])
    # The other way round nothing is bound.
    free = newton_step(np.array([-4.0, 1.0, -2.0]), np.full(3, 2.0), order=three_leaves(-1))
    np.testing.assert_allclose(free.values, [2.0, -0.5, 1.0])


def test_values_that_keep_the_constraints_stay_and_others_are_brought_back():
    order = three_leaves()
    np.testing.assert_array_equal(order.keep(np.array([1.0, 3.0, 1.0])), [1.0, 3.0, 1.0])
    np.testing.assert_array_equal(order.keep(np.array([2.0, 3.0, 1.0])), [1.5, 3.0, 1.5])
    chains = chains_of([1, 0])
    np.testing.assert_array_equal(chains.keep(np.array([3.0, 1.0, 0.0, 1.0])), [2.0, 2.0, 0.0, 1.0])
    assert order_of([(np.array([0]), np.array([0]), np.array([1]), np.array([0]))]) is None
    assert chains_of([0, 0]) is None


def test_leaves_of_a_chain_are_pooled_by_their_weight():
    # The first split counts most, and falling ones count the other way.
    np.testing.assert_array_equal(chains_of([1, -1]).lines, [[2, 0, 3, 1]])
    np.testing.assert_array_equal(chains_of([0, 1]).lines, [[0, 2], [1, 3]])
    # Leaf 0 would be 2 and leaf 1 would be 1: together they are 5 / 4 by their weights 1 and 3.
    step = newton_step(np.array([-2.0, -3.0]), np.array([1.0, 3.0]), order=chains_of([1]))
    np.testing.assert_allclose(step.values, [1.25, 1.25])
    assert sparse.issparse(step.parts)
    # -(-5 + e) / (4 + f) in both.
    np.testing.assert_allclose(step.along(np.array([1.0, 0]), np.zeros(2)), [-0.25, -0.25])
    np.testing.assert_allclose(step.along(np.zeros(2), np.array([0, 1.0])), [-0.3125, -0.3125])
