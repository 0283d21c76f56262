"""XGBoost's trees: what it alone does; what all libraries do is in `test_libraries`."""

from copy import deepcopy

import numpy as np
import pytest

from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.views import read_view, view_type
from tests.library_cases import fitted
from tests.tree_cases import fit_library, tree_rows, xgb

xgboost = pytest.importorskip("xgboost", reason="XGBoost is not installed (extra 'boosting')")


def test_the_weight_of_a_label_counts_for_two_classes_only():
    seen = read_view(
        *fit_library(xgb(scale_pos_weight=3.0, verbosity=0), n_classes=3, numbers=True)
    )
    assert seen.fidelity < 1e-5


@pytest.mark.parametrize(("name", "moves"), [("plain", True), ("base score", False)])
def test_the_prior_moves_with_the_weights_unless_it_is_given(name, moves):
    seen = read_view(*fitted("xgboost", name))
    weight = np.where(seen.target == 1, 3.0, 1.0)
    odds = weight @ (seen.target == 1) / (weight @ (seen.target == 0))
    assert seen.make_leaves(weight).prior[0] == pytest.approx(np.log(odds) if moves else 0.0)


@pytest.mark.parametrize("ending", ["json", "ubj"])
def test_a_model_that_is_loaded_is_told_how_it_was_trained(ending, tmp_path):
    settings = {"learning_rate": 0.1, "reg_lambda": 3.0, "reg_alpha": 0.5}
    estimator, X, y, _ = fit_library(xgb(**settings), numbers=True)
    estimator.save_model(tmp_path / f"model.{ending}")
    for parameters in ({}, settings):
        loaded = xgb(**parameters)
        loaded.load_model(tmp_path / f"model.{ending}")
        assert (read_view(loaded, X, y).fidelity < 1e-5) == bool(parameters)


def test_a_forest_is_refused():
    with pytest.raises(UnsupportedEstimatorError, match="XGBRFClassifier that grows several trees"):
        view_type(xgboost.XGBRFClassifier())


@pytest.mark.parametrize("parameters", [{}, {"scale_pos_weight": 3.0}], ids=str)
def test_where_one_split_is_all_there_is_a_replay_is_a_fit(parameters):
    X, y, weight = tree_rows()
    X, y = (X[:, :1] * X[:, 1:2] > 0).astype(float), (y == "yes").astype(int)
    other = np.where(y == 1, 1.5, 0.7) * weight
    stumps = xgb(max_depth=1, learning_rate=0.05, **parameters)
    model, again = (deepcopy(stumps).fit(X, y, sample_weight=w) for w in (weight, other))
    seen = read_view(model, X, y, weight)
    moved = seen.replayed(other / weight * seen.sample_weight)
    found, expected = (m.predict_proba(X) for m in (seen.write(moved.theta), again))
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert np.abs(expected - model.predict_proba(X)).max() > 0.03
