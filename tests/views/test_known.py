"""What views of the same rows remember of them."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from sk_softunlearn._sweeps import InMemory
from sk_softunlearn.views import read_view
from sk_softunlearn.views._known import Known
from tests.oracles import dense_hessian, dense_jacobian


@pytest.fixture
def seen():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 4))
    y = (X[:, 0] + rng.logistic(size=300) > 0).astype(int)
    return read_view(LogisticRegression().fit(X, y), X, y)


def unsquared(view, weight):
    """The square by dense algebra, without the penalty."""
    return dense_hessian(view, weight) - np.diag(view.penalty)


def test_a_look_brings_the_square_with_it(seen, monkeypatch):
    weight = np.linspace(0.5, 2.0, 300)
    there = seen.at(seen.theta + 0.3)
    value, gradient = there.value_and_gradient(weight, square=True)
    monkeypatch.setattr(InMemory, "sweep", None)
    np.testing.assert_allclose(there.square(weight), unsquared(there, weight), atol=1e-10)
    slope = np.einsum("nkd,nk,n->d", dense_jacobian(there), there.slope, weight)
    np.testing.assert_allclose(gradient, slope + there.penalty * there.theta, atol=1e-10)
    np.testing.assert_allclose(there.gradient(weight.copy()), gradient)
    assert value == pytest.approx(there.value(weight))


def test_a_second_look_with_other_weights_does_not_replace_the_first(seen, monkeypatch):
    first, second = np.ones(300), np.linspace(0.0, 2.0, 300)
    seen.value_and_gradient(first, square=True)
    _, gradient = seen.value_and_gradient(second, square=True)
    monkeypatch.setattr(InMemory, "sweep", None)
    for weight in (first, second):
        np.testing.assert_allclose(seen.square(weight), unsquared(seen, weight), atol=1e-10)
    np.testing.assert_array_equal(seen.gradient(second), gradient)
    assert not np.array_equal(seen.gradient(first), gradient)


def test_what_is_returned_may_be_changed(seen):
    weight = np.ones(300)
    _, gradient = seen.value_and_gradient(weight, square=True)
    before = seen.square(weight)
    gradient[:] = 0.0
    seen.square(weight)[:] = 0.0
    np.testing.assert_array_equal(seen.square(weight), before)
    assert seen.gradient(weight).any()


def test_parameters_that_change_in_place_are_others():
    known, theta = Known(), np.zeros(2)
    known.at(theta)["raw"] = "at 0"
    theta += 1.0
    assert known.at(theta) == {}
    assert known.at(np.zeros(2)) == {"raw": "at 0"}


def test_a_second_look_belongs_to_its_parameters():
    known, theta, other = Known(), np.zeros(2), np.ones(2)
    weight = np.ones(3)
    known.keep(theta, weight, "first", None)
    known.keep(other, weight, "other", None)
    known.keep(theta, 2 * weight, "second", None)
    assert known.looked(theta, 2 * weight) == ["second", None]
    assert known.looked(other, weight) == ["other", None]
    assert known.looked(other, 2 * weight) is None


def test_the_second_look_is_forgotten_at_other_parameters():
    known, theta, other = Known(), np.zeros(2), np.ones(2)
    weight = np.ones(3)
    known.keep(theta, weight, "first", None)
    known.keep(theta, 2 * weight, "second", None)
    assert known.looked(theta, 2 * weight)[0] == "second"
    known.at(other)
    assert known.looked(theta, weight)[0] == "first"
    assert known.looked(theta, 2 * weight) is None
