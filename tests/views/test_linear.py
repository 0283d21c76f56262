"""An offset: what is added to the linear part, and stays where the parameters move."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, SGDClassifier

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.objectives import Robustness
from sk_softunlearn.views import LogisticView, read_view
from tests.cases import OnTopView, fitted, rows, unfair, view
from tests.oracles import numerical_gradient


class Lifted(LogisticView):
    """Three outputs, each lifted by a function of the row."""

    def make_offset(self, features):
        return np.sin(features[:, :3])

    def offset_gradient(self, cotangent):
        gradient = np.zeros(self.features.shape)
        gradient[:, :3] = cotangent * np.cos(self.features[:, :3])
        return gradient


class Shifted(LogisticView):
    """One number for all rows."""

    def make_offset(self, features):
        return 0.7


class Constant(LogisticView):
    """The same, said as an attribute."""

    offset = 0.7


def lifted(kind=Lifted, n_classes=3):
    X, y, weight = rows(n_classes)
    model = LogisticRegression(C=0.1).fit(X, y)
    return model, X, y, kind.read(model, X, y, weight)


def offset(X):
    return np.sin(X[:, :3])


def test_it_is_added_to_the_linear_part_of_any_rows_at_any_parameters():
    model, X, y, seen = lifted()
    np.testing.assert_allclose(seen.raw_prediction, model.decision_function(X) + offset(X))
    part = seen.on(X[5:9], y[5:9]).at(2 * seen.theta)
    expected = 2 * model.decision_function(X[5:9]) + offset(X[5:9])
    np.testing.assert_allclose(part.raw_prediction, expected)
    np.testing.assert_allclose(seen.at(0 * seen.theta).raw_prediction, offset(X))
    for kind in (Shifted, Constant):
        seen = lifted(kind)[3]
        np.testing.assert_allclose(seen.raw_prediction, model.decision_function(X) + 0.7)
        attacked = seen.attacked_inputs(lambda inputs, gradient: inputs + 0 * gradient(inputs))
        np.testing.assert_allclose(attacked.raw_prediction, seen.raw_prediction)


def test_the_objective_has_it_too():
    *_, seen = lifted()
    slope = numerical_gradient(lambda t: seen.at(t).value(seen.sample_weight), seen.theta)
    np.testing.assert_allclose(seen.gradient(seen.sample_weight), slope, atol=1e-6)


def test_rows_cross_the_boundary_that_it_has_moved():
    *_, seen = lifted(Shifted, n_classes=2)
    moved = seen.adversarial(1.3)
    np.testing.assert_allclose(moved.raw_prediction, -0.3 * seen.raw_prediction, atol=1e-12)
    *_, seen = lifted()
    moved = seen.adversarial(1.3)
    assert np.all(moved.raw_prediction.argmax(axis=1) != seen.raw_prediction.argmax(axis=1))
    held = moved.at(0 * seen.theta).raw_prediction
    np.testing.assert_allclose(held, offset(seen.features))


def test_attacks_in_the_inputs_move_it_along():
    model, X, _, seen = lifted()
    slopes = []

    def move(inputs, gradient):
        slopes.append(gradient(inputs))
        return inputs + 0.1

    moved = seen.attacked_inputs(move)
    expected = model.decision_function(X + 0.1) + offset(X + 0.1)
    np.testing.assert_allclose(moved.raw_prediction, expected)

    def losses(points):
        raw = model.decision_function(points) + offset(points)
        return seen.loss.value(raw, seen.target).sum()

    np.testing.assert_allclose(slopes[0], numerical_gradient(losses, X), atol=1e-6)


def test_without_its_slope_an_attack_in_the_inputs_is_refused():
    class Unsloped(OnTopView):
        offset_gradient = LogisticView.offset_gradient

    model, X, y, weight = fitted("on top of a model")
    seen = Unsloped.read(model, X, y, weight)
    with pytest.raises(UnsupportedEstimatorError, match="'offset_gradient', which Unsloped"):
        seen.attacked(0.1)
    assert seen.adversarial(1.3).raw_prediction.shape == (240, 1)
    assert np.isfinite(lifted(Shifted)[3].attacked(0.1).raw_prediction).all()


@pytest.mark.parametrize("correction", ["newton", "retrain"])
def test_a_model_on_top_of_another_is_corrected(correction):
    X, y, group = unfair(2000)
    X = X[["a", "b", "c"]].to_numpy()
    model, *_ = fitted("on top of a model")
    base = LogisticRegression(C=0.001).fit(X, y)
    on_top = type(model)(type(model.base)(base)).fit(X, y)
    guards = {Robustness(attack="inf"): 0.5}
    soft = SoftUnlearner(
        on_top, delta=0.5, n_rounds=6, correction=correction, guards=guards, surrogate="probability"
    )
    soft.fit_influence(X, y, sensitive_features=group).compute_weights().unlearn()
    corrected = soft.unlearned_estimator_
    p = 1 / (1 + np.exp(-base.decision_function(X) - X @ corrected.coef_[0]))
    group = group.to_numpy()
    gap = p[group == "g1"].mean() - p[group == "g0"].mean()
    assert gap == pytest.approx(0.5 * soft.before_["demographic_parity"], rel=0.01)


def test_refitting_is_the_view_at_the_parameters_of_a_clone():
    seen = view("on top of a model")
    weight = np.random.default_rng(0).uniform(0.5, 2.0, len(seen.target))
    again = seen.refitted(weight)
    assert type(again) is OnTopView
    assert np.abs(again.gradient(weight)).max() < 1e-8
    np.testing.assert_array_equal(again.offset, seen.offset)
    np.testing.assert_array_equal(again.sample_weight, seen.sample_weight)


@pytest.mark.parametrize("average", [False, True])
def test_retraining_by_gradient_descent_is_a_fit_of_the_same_seed(average):
    X, y, weight = rows()
    model = SGDClassifier("log_loss", average=average, random_state=0).fit(
        X, y, sample_weight=weight
    )
    seen = read_view(model, X, y, weight)
    other = weight * np.random.default_rng(0).uniform(0.5, 1.5, len(y))
    again = clone(model).fit(X, y, sample_weight=other)
    shown = seen.write(seen.refitted(other).theta).decision_function(X)
    np.testing.assert_allclose(shown, again.decision_function(X), rtol=1e-12)
