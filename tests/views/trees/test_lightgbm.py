"""LightGBM's trees: what it alone does; what all libraries do is in `test_libraries`."""

import tracemalloc

import numpy as np
import pytest

from sk_softunlearn.views import read_view, view_type
from tests.library_cases import LIGHTGBM
from tests.tree_cases import lgbm, tree_rows

pytest.importorskip("lightgbm", reason="LightGBM is not installed (extra 'boosting')")

# Of arrays, which have no names, up to LightGBM 4.6.
pytestmark = pytest.mark.filterwarnings("ignore:X does not have valid feature names:UserWarning")


def test_growing_anew_needs_no_rows_to_stop_by():
    X, y, _ = tree_rows()
    y = (y == "yes").astype(int)
    model = lgbm(**LIGHTGBM.stopping)
    model.fit(X[:300], y[:300], **LIGHTGBM.fit_stopping(model, X[300:], y[300:]))
    grown = read_view(model, X[:300], y[:300]).refitted(np.ones(300)).classifier
    np.testing.assert_allclose(grown.predict_proba(X), model.predict_proba(X), atol=1e-10)
    assert grown.n_estimators_ == model.best_iteration_


@pytest.mark.parametrize(
    "parameters",
    [{"is_unbalance": True}, {"unbalance": True}, {"scale_pos_weight": 3.0, "n_iter": 7}],
    ids=str,
)
def test_growing_anew_weighs_labels_once(parameters):
    X, y, _ = tree_rows()
    model = lgbm(boost_from_average=False, **parameters).fit(X, y)
    seen = read_view(model, X, y)
    grown = seen.write(seen.refitted(seen.sample_weight).theta)
    np.testing.assert_allclose(grown.predict_proba(X), model.predict_proba(X), atol=1e-7)
    assert grown.get_params() == model.get_params()


@pytest.mark.parametrize("told", ["fit", "constructor"])
@pytest.mark.filterwarnings("ignore:categorical_feature keyword")
def test_growing_anew_knows_the_categories(told):
    X, _, _ = tree_rows()
    rng = np.random.default_rng(0)
    X = np.column_stack([X, rng.integers(12, size=len(X))])
    y = (np.sin(5 * X[:, -1]) + 0.3 * rng.normal(size=len(X)) > 0).astype(int)
    if told == "fit":
        model = lgbm().fit(X, y, categorical_feature=[4])
    else:
        model = lgbm(categorical_feature=[4]).fit(X, y)
    grown = read_view(model, X, y).refitted(np.ones(len(y))).classifier
    np.testing.assert_allclose(grown.predict_proba(X), model.predict_proba(X))


def test_leaves_are_read_in_little_memory():
    X = np.random.default_rng(0).normal(size=(60_000, 2))
    model = lgbm(n_estimators=20).fit(X, X[:, 0] > X[:, 1])
    ensemble = view_type(model).kind_of(model)(model)
    tracemalloc.start()
    leaves = ensemble.leaves(X, len(X))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert leaves.codes.nbytes == 20 * len(X)
    assert peak < 6 * leaves.codes.nbytes
