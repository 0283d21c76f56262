"""Other libraries' boosted trees: what a view holds of all of them."""

import pickle
from copy import deepcopy

import numpy as np
import pytest

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.exceptions import FidelityWarning, UnsupportedEstimatorError
from sk_softunlearn.views import BoostedTreesView, read_view, view_type
from tests.cases import unfair
from tests.library_cases import LIBRARIES, fitted, of_every, other_weights
from tests.oracles import change_by_replaying, change_by_respond
from tests.tree_cases import tree_rows

# Of arrays, which have no names, up to LightGBM 4.6.
pytestmark = pytest.mark.filterwarnings("ignore:X does not have valid feature names:UserWarning")

every_case = of_every(lambda library: library.cases)


def fidelity(library):
    """What the gap of a model that is made anew stays below."""
    return max(1e-6, library.tolerance)


@every_case
def test_the_weights_of_the_fit_make_its_leaves_anew(library, value):
    estimator, X, *rest = fitted(library, value)
    seen, library = read_view(estimator, X, *rest), LIBRARIES[library]
    assert isinstance(seen, BoostedTreesView)
    assert (seen.fidelity < fidelity(library)) == (value not in library.approximate)
    raw = library.raw(estimator, X).reshape(len(seen.target), -1)
    np.testing.assert_allclose(seen.raw_prediction, raw, atol=library.tolerance)


@every_case
def test_respond_is_the_slope_of_replaying(library, value):
    seen = read_view(*fitted(library, value))
    for weight in (seen.sample_weight, other_weights(seen)):
        found, expected = change_by_respond(seen, weight), change_by_replaying(seen, weight)
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-7)


@every_case
def test_what_is_written_is_predicted_and_saved(library, value, tmp_path):
    (estimator, X, *rest), library = fitted(library, value), LIBRARIES[library]
    before, state = estimator.predict_proba(X), library.state(estimator)
    seen = read_view(estimator, X, *rest)
    same_again = seen.write(seen.theta).predict_proba(X)
    np.testing.assert_allclose(same_again, before, atol=library.tolerance / 100)
    moved = seen.replayed(other_weights(seen))
    written = seen.write(moved.theta)
    assert type(written) is type(estimator)
    shown = written.predict_proba(X)
    expected = [moved.loss.probability(moved.raw_prediction, k) for k in range(shown.shape[1])]
    np.testing.assert_allclose(shown, np.transpose(expected), atol=library.tolerance)
    assert np.abs(shown - before).max() > 1e-3
    for again in (pickle.loads(pickle.dumps(written)), deepcopy(written)):
        np.testing.assert_array_equal(again.predict_proba(X), shown)
    probabilities, labels = library.reload(written, tmp_path, X)
    np.testing.assert_allclose(probabilities, shown, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(labels, written.predict(X))
    unpickled = read_view(pickle.loads(pickle.dumps(estimator)), X, *rest)
    again = unpickled.write(moved.theta).predict_proba(X)
    np.testing.assert_allclose(again, shown, rtol=0, atol=1e-14)
    assert library.state(estimator) == state
    np.testing.assert_array_equal(estimator.predict_proba(X), before)


@of_every(
    lambda library: [
        name
        for name, (*_, weighted) in library.cases.items()
        if weighted and name not in library.approximate
    ]
)
def test_a_corrected_model_is_read_with_its_new_weights(library, value):
    (estimator, X, y, weight), library = fitted(library, value), LIBRARIES[library]
    seen = read_view(estimator, X, y, weight)
    moved = np.where(seen.target == 1, 1.7, 0.8) * weight
    factor = seen.sample_weight / weight
    written = seen.write(seen.replayed(moved * factor).theta)
    for model in (written, deepcopy(written), pickle.loads(pickle.dumps(written))):
        assert read_view(model, X, y, moved).fidelity < fidelity(library)


@of_every(lambda library: ["200 trees"])
def test_what_follows_the_best_iteration_is_left(library, value):
    library = LIBRARIES[library]
    X, y, _ = tree_rows()
    y = (y == "yes").astype(int)
    model = library.make(**library.stopping)
    model.fit(X[:300], y[:300], **library.fit_stopping(model, X[300:], y[300:]))
    seen = read_view(model, X[:300], y[:300])
    assert len(seen.leaves.structure.sizes) == library.n_best(model) < 200
    assert seen.fidelity < fidelity(library)
    moved = seen.replayed(other_weights(seen))
    expected = moved.loss.probability(moved.raw_prediction, 1)
    written = seen.write(moved.theta)
    np.testing.assert_allclose(
        written.predict_proba(X[:300])[:, 1], expected, atol=library.tolerance
    )
    np.testing.assert_allclose(
        pickle.loads(pickle.dumps(written)).predict_proba(X), written.predict_proba(X)
    )
    assert library.n_best(written) == library.n_best(model)
    # Grown anew it has as many trees.
    grown = seen.refitted(seen.sample_weight)
    assert grown.leaves.structure.sizes.shape == seen.leaves.structure.sizes.shape


@of_every(lambda library: library.refused)
def test_other_rules_are_refused_before_the_fit(library, value):
    parameters, named = value
    model = LIBRARIES[library].make(**parameters)
    with pytest.raises(UnsupportedEstimatorError, match=f"{type(model).__name__} that has {named}"):
        view_type(model)


@of_every(lambda library: library.unknown)
def test_what_the_replay_does_not_know_is_warned_of(library, value):
    library = LIBRARIES[library]
    X, y, group = unfair(800)
    X, (_, y) = X[["a", "b", "c"]], library.rows(X, y)
    model = library.make(**value).fit(X, y)
    with pytest.warns(FidelityWarning, match=f"{type(model).__name__}, made anew"):
        soft = SoftUnlearner(model).fit_influence(X, y, sensitive_features=group)
    assert soft.fidelity_ > 0.01


@of_every(lambda library: ["auto", "retrain"])
def test_the_whole_way(library, value):
    library = LIBRARIES[library]
    X, y, group = unfair(1600)
    X, y = library.rows(X, y)
    model = library.make(**library.way).fit(X, y)
    soft = SoftUnlearner(model, delta=0.5, correction=value, random_state=0)
    soft.fit_influence(X, y, sensitive_features=group).compute_weights().unlearn()
    assert soft.after_["demographic_parity"] < 0.65 * soft.before_["demographic_parity"]
    corrected = soft.unlearned_estimator_
    assert type(corrected) is type(model)
    found = corrected.get_params()
    for name, given in model.get_params().items():
        # CatBoost knows what it was given alone: its class weights are in those of the rows.
        # XGBoost names a number that is none.
        assert found.get(name, given) == given or given != given
    assert {"held_demographic_parity"} <= set(soft.validate("retrain", n=1))
    fresh = SoftUnlearner(model, random_state=0).fit(X, y, sensitive_features=group)
    assert fresh.fidelity_ < fidelity(library)
