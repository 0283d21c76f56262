"""Reading and writing trees: nothing is lost, nothing else is touched."""

import pickle
from copy import deepcopy

import numpy as np
import pytest
import skops.io
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator

from sk_softunlearn.corrections import Auto, Newton, Replay, Retrain
from sk_softunlearn.curvature import Auto as AutoCurvature
from sk_softunlearn.curvature import Exact
from sk_softunlearn.curvature._none import NoCurvature
from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.views import find_head, read_view, replace_head
from tests.cases import CORRECTIONS
from tests.tree_cases import TREES, fit_trees, fitted_trees, tree_rows, tree_view

every = pytest.mark.parametrize("name", TREES)
few = pytest.mark.parametrize(
    "name",
    [
        "hist, table",
        "hist, three classes",
        "hist, frozen",
        "boosting, three classes",
        "boosting, pipeline",
        "forest, three classes",
        "forest, pipeline",
        "extra",
        "tree",
    ],
)


def correct(correction, seen, epsilon):
    inverse = NoCurvature().invert(seen, seen.sample_weight)
    return correction.correct(seen, epsilon, NoCurvature(), inverse)


def moved(seen):
    """Return the leaves under other weights."""
    return seen.replayed(seen.sample_weight * np.linspace(0.2, 2.0, len(seen.target))).theta


@every
def test_written_as_read_it_predicts_identically_and_leaves_the_original(name):
    estimator, X, _, _ = fitted_trees(name)
    before = pickle.dumps(estimator)
    seen = tree_view(name)
    copy = seen.write(seen.theta)
    assert type(copy) is type(estimator)
    np.testing.assert_allclose(copy.predict_proba(X), estimator.predict_proba(X), atol=1e-15)
    other = seen.write(moved(seen))
    assert np.abs(other.predict_proba(X) - estimator.predict_proba(X)).max() > 1e-3
    assert pickle.dumps(estimator) == before


@every
def test_what_is_written_is_read_and_predicted(name):
    _, X, y, weight = fitted_trees(name)
    seen = tree_view(name)
    theta = moved(seen)
    written = seen.write(theta)
    np.testing.assert_allclose(read_view(written, X, y, weight).theta, theta, atol=1e-15)
    there = seen.at(theta)
    classes = there.classifier.classes_
    shown = np.column_stack(
        [there.loss.probability(there.raw_prediction, k) for k in range(len(classes))]
    )
    np.testing.assert_allclose(written.predict_proba(X), shown, atol=1e-6)


@few
def test_the_jacobian_passes_the_dot_product_test_and_adds_up(name):
    seen = tree_view(name)
    rng = np.random.default_rng(0)
    direction = rng.normal(size=len(seen.theta))
    cotangent = rng.normal(size=seen.raw_prediction.size)
    forward, back = seen.jacobian @ direction, seen.jacobian.rmatvec(cotangent)
    assert forward @ cotangent == pytest.approx(direction @ back, rel=1e-10)
    change = seen.at(seen.theta + direction).raw_prediction - seen.raw_prediction
    np.testing.assert_allclose(change.ravel(), forward, atol=1e-10)
    # One leaf of every tree in every row.
    ones = seen.jacobian @ np.ones(len(seen.theta))
    n_trees = len(seen.leaves.structure.sizes) / seen.leaves.structure.n_outputs
    np.testing.assert_allclose(ones, n_trees)


@few
def test_other_rows_are_seen_at_the_same_leaves(name):
    _, prepare, n_classes, _ = TREES[name]
    _, X, _, _ = fitted_trees(name)
    X_new, y_new, weight = tree_rows(n_classes, n=90, seed=3)
    seen = tree_view(name)
    theta = moved(seen)
    new = prepare(X_new)
    if "table" in name:
        # The categories of the fit; no other is known to it.
        new = X.sample(90, random_state=1)
    there = seen.at(theta).on(new, y_new, weight)
    written = seen.write(theta)
    probability = there.loss.probability(there.raw_prediction, 1)
    np.testing.assert_allclose(probability, written.predict_proba(new)[:, 1], atol=1e-6)
    np.testing.assert_array_equal(there.sample_weight, weight)


@few
def test_a_corrected_model_is_pickled_and_copied(name):
    _, X, _, _ = fitted_trees(name)
    seen = tree_view(name)
    written = seen.write(moved(seen))
    expected = written.predict_proba(X)
    for again in (pickle.loads(pickle.dumps(written)), deepcopy(written)):
        np.testing.assert_array_equal(again.predict_proba(X), expected)
    assert type(clone(written)) is type(written)
    if not hasattr(written, "steps") or not isinstance(written[-1], FrozenEstimator):
        assert not hasattr(find_head(clone(written)).classifier, "classes_")


@few
def test_a_corrected_model_is_saved_by_skops(name):
    _, X, _, _ = fitted_trees(name)
    seen = tree_view(name)
    written = seen.write(moved(seen))
    saved = skops.io.dumps(written)
    trusted = skops.io.get_untrusted_types(data=saved)
    # No type of this package is in it.
    assert not [kind for kind in trusted if kind.startswith("sk_softunlearn")]
    loaded = skops.io.loads(saved, trusted=trusted)
    np.testing.assert_array_equal(loaded.predict_proba(X), written.predict_proba(X))


def to_onnx(model, rows):
    skl2onnx = pytest.importorskip("skl2onnx")
    return skl2onnx.to_onnx(model, rows[:1], options={id(model): {"zipmap": False}})


@pytest.mark.parametrize("name", ["hist, weights", "boosting, weights", "forest, three classes"])
def test_an_exported_corrected_model_predicts_the_same(name):
    runtime = pytest.importorskip("onnxruntime")
    estimator, X, _, _ = fitted_trees(name)
    seen = tree_view(name)
    model = seen.write(moved(seen))
    rows = X.astype(np.float32)
    try:
        to_onnx(estimator, rows)
    except ValueError as error:
        # Of a boolean, by the protobuf of some versions; the original fares no better.
        if "got a boolean" not in str(error.__cause__) + str(error):
            raise
        pytest.skip("this skl2onnx does not go with this onnx")
    exported = to_onnx(model, rows)
    session = runtime.InferenceSession(
        exported.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    labels, probability = session.run(None, {"X": rows})
    np.testing.assert_array_equal(labels, model.predict(rows))
    np.testing.assert_allclose(probability, model.predict_proba(rows), atol=1e-5)
    assert np.abs(probability - estimator.predict_proba(X)).max() > 0.01


@few
def test_no_change_of_weights_moves_nothing(name):
    seen = tree_view(name)
    epsilon = np.zeros(len(seen.target))
    for correction in (Auto(), Replay(), Retrain()):
        theta = correct(correction, seen, epsilon)
        np.testing.assert_array_equal(theta, seen.theta)


@few
def test_the_choice_for_trees_is_to_replay_them_without_a_curvature(name):
    seen = tree_view(name)
    epsilon = np.linspace(-0.5, 1.0, len(seen.target))
    assert repr(Auto().choose(seen)) == "Replay()"
    assert repr(AutoCurvature().choose(seen)) == "NoCurvature()"
    chosen, expected = (correct(correction, seen, epsilon) for correction in (Auto(), Replay()))
    np.testing.assert_array_equal(chosen, expected)
    replayed = seen.replayed(seen.sample_weight * (1 + epsilon)).theta
    np.testing.assert_array_equal(chosen, replayed)
    with pytest.raises(ValueError, match="at least -1"):
        correct(Replay(), seen, epsilon - 1.0)


@few
def test_retraining_is_a_clone_that_is_fitted_with_the_weights(name):
    estimator = TREES[name][0]
    _, X, y, weight = fitted_trees(name)
    seen = tree_view(name)
    epsilon = np.linspace(-0.5, 1.0, len(y))
    theta = correct(Retrain(), seen, epsilon)
    written = seen.write(theta)
    head = find_head(estimator)
    again = clone(find_head(clone(estimator)).classifier)
    given = (np.ones(len(y)) if weight is None else weight) * (1 + epsilon)
    again.fit(find_head(fitted_trees(name)[0]).transform(X), y, sample_weight=given)
    expected = again.predict_proba(find_head(fitted_trees(name)[0]).transform(X))
    np.testing.assert_allclose(written.predict_proba(X), expected, atol=1e-12)
    there = seen.at(theta)
    probability = there.loss.probability(there.raw_prediction, 1)
    np.testing.assert_allclose(probability, expected[:, 1], atol=1e-6)
    assert head.classifier.get_params() == find_head(written).classifier.get_params()
    # Read again, as a path of models is.
    follow = seen.moved_to(written, X, y)
    np.testing.assert_array_equal(follow.theta, theta)
    np.testing.assert_allclose(follow.raw_prediction, there.raw_prediction)


@pytest.mark.parametrize(
    "correction",
    [c for c in CORRECTIONS if not c.replays],
    ids=repr,
)
def test_other_corrections_are_refused(correction):
    seen = tree_view("hist")
    sentence = "'correction' must be 'replay' or 'retrain' for a HistGradientBoostingClassifier"
    with pytest.raises(UnsupportedEstimatorError, match=sentence):
        correct(correction, seen, np.ones(len(seen.target)))


def test_what_trees_do_not_have_is_refused():
    seen = tree_view("hist")
    weight = seen.sample_weight
    for curvature in (Exact(),):
        with pytest.raises(UnsupportedEstimatorError, match="'curvature' must be 'auto'"):
            curvature.invert(seen, weight)
    with pytest.raises(UnsupportedEstimatorError, match="'curvature' must be 'auto'"):
        seen.layer_blocks(seen.bend(weight))
    with pytest.raises(UnsupportedEstimatorError, match="'curvature' must be 'auto'"):
        seen.jacobian.gram_diagonal(seen.bend(weight))
    with pytest.raises(UnsupportedEstimatorError, match="no curvature that could be inverted"):
        _ = NoCurvature().invert(seen, weight) @ seen.theta
    with pytest.raises(UnsupportedEstimatorError, match="'robustness' needs a gradient"):
        seen.adversarial(0.1)
    with pytest.raises(UnsupportedEstimatorError, match="'robustness' needs a gradient"):
        seen.attacked(0.1)
    with pytest.raises(UnsupportedEstimatorError, match=r"Use IndividualFairness\(twins="):
        _ = seen.features


def test_newton_has_nothing_to_step_to():
    seen = tree_view("forest")
    with pytest.raises(UnsupportedEstimatorError, match="RandomForestClassifier, got Newton"):
        correct(Newton(), seen, np.ones(len(seen.target)))


def test_the_last_leaves_that_were_made_are_kept():
    seen = tree_view("hist")
    weight = seen.sample_weight * 1.5
    made = seen.under(weight).made
    assert seen.under(weight.copy()).made is made
    assert seen.under(weight * 1.1).made is not made


def test_labels_that_the_trees_have_not_seen_are_named():
    estimator, X, y, _ = fitted_trees("hist")
    with pytest.raises(ValueError, match="'y' must hold the classes"):
        read_view(estimator, X, np.where(y == "yes", "maybe", y))
    with pytest.raises(ValueError, match="one label per row of X, got 499 labels for 500"):
        read_view(estimator, X, y[:-1])


def test_replacing_the_head_keeps_the_rest():
    estimator, X, _, _ = fitted_trees("hist, frozen")
    other, *_ = fit_trees(TREES["hist, weights"][0])
    replaced = replace_head(estimator, other)
    assert isinstance(replaced[-1], FrozenEstimator)
    assert find_head(replaced).classifier is not other
    scaled = estimator[0].transform(X)
    np.testing.assert_array_equal(replaced.predict_proba(X), other.predict_proba(scaled))
    assert find_head(estimator).classifier.max_iter == 12


@pytest.mark.parametrize("correction", [Auto(), Replay()], ids=repr)
def test_later_rounds_are_linearised_under_the_weights_so_far(correction):
    seen = tree_view("hist")
    epsilon = np.linspace(-0.5, 1.0, len(seen.target))
    inverse = NoCurvature().invert(seen, seen.sample_weight)
    theta = correct(correction, seen, epsilon)
    there, _ = correction.linearise(seen, epsilon, theta, NoCurvature(), inverse)
    np.testing.assert_array_equal(there.theta, theta)
    np.testing.assert_array_equal(
        there.made.theta, seen.make_leaves(seen.sample_weight * (1 + epsilon)).theta
    )


@every
def test_displacement_is_the_transpose_of_respond(name):
    view, rng = tree_view(name), np.random.default_rng(0)
    slope, epsilon = rng.normal(size=len(view.theta)), rng.normal(size=len(view.target))
    other = view.under(view.sample_weight * rng.uniform(0.2, 3.0, len(view.target)))
    for there in (view, other):
        moved = slope @ there.displacement(epsilon, None)
        scores = there.respond({"f": slope}, None)["f"]
        assert moved == pytest.approx(-scores @ epsilon, rel=1e-9)
