"""One computation of influence; what it decides is tested through SoftUnlearner."""

from copy import deepcopy

import numpy as np
import pytest

from sk_softunlearn._rows import read_rows
from sk_softunlearn._steps import _run
from sk_softunlearn._steps._fitting import Fit
from sk_softunlearn._steps._request import read_request
from sk_softunlearn._steps._run import Run
from sk_softunlearn._unlearner import SoftUnlearner
from tests.cases import PAPER, fitted, logistic


@pytest.fixture
def run():
    _, X, y, _ = fitted("lbfgs")
    rows = read_rows(X, y, sensitive_features=X[:, 0] > 0)
    training = np.arange(0, len(y), 2)
    part = rows.take(training)
    estimator = logistic().fit(part.X, part.y)
    request = read_request(SoftUnlearner(estimator, **PAPER).get_params())
    return Run.begin(request, Fit(estimator, rows, training))


def test_values_of_fitted_rows_go_back_to_their_places(run):
    full = run.scatter(np.ones(120))
    np.testing.assert_array_equal(full, np.arange(240) % 2 == 0)


def test_predictions_are_named_by_objective(run):
    weighed = run.weigh(run.request.asking(delta=0.3))
    solution = weighed.solution
    assert weighed.iterate is None
    assert weighed.records == []
    assert set(solution.predicted) == {"demographic_parity", "log_loss"}
    value = run.panel.measure(run.view.theta)["demographic_parity"]
    assert -solution.predicted["demographic_parity"] == pytest.approx(0.3 * value)


def test_what_is_shown_is_not_what_the_steps_go_on_from():
    estimator, X, y, _ = fitted("lbfgs")
    soft = SoftUnlearner(estimator, delta=0.1, **PAPER)
    soft.fit_influence(X, y, sensitive_features=X[:, 0] > 0)
    for each in (soft.compute_weights(), deepcopy(soft)):
        for shown in (each.influence_["demographic_parity"], each.epsilon_):
            with pytest.raises(ValueError, match="read-only"):
                shown[:] = 0.0
    soft.sample_weight_[:] = 0.0
    assert soft.unlearn().after_ != soft.before_
    np.testing.assert_array_equal(soft.sample_weight_, 1.0 + soft.epsilon_)


@pytest.mark.parametrize(("most", "chosen"), [(6000, "utility"), (5999, "metric")])
def test_the_utility_is_lowered_where_its_curvature_takes_few_products(monkeypatch, most, chosen):
    """A d x d matrix of 240 rows and 5 parameters: 240 x 25 products."""
    estimator, X, y, _ = fitted("lbfgs")
    monkeypatch.setattr(_run, "MOST_PRODUCTS", most)
    asked = PAPER | {"objective": "auto", "delta": 0.1}
    soft = SoftUnlearner(estimator, **asked).fit_influence(X, y, sensitive_features=X[:, 0] > 0)
    given = SoftUnlearner(estimator, **asked | {"objective": chosen})
    given.fit_influence(X, y, sensitive_features=X[:, 0] > 0)
    found, expected = (each.compute_weights().epsilon_ for each in (soft, given))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("slack", [0.0, 0.01])
@pytest.mark.parametrize("objective", ["metric", "utility"])
def test_in_one_round_a_guard_falls_past_0_by_no_more_than_it_was_before_it(slack, objective):
    """Labels say more of the second group than the features do: one gap ends as the other turns."""
    rng = np.random.default_rng(2)
    group = rng.integers(2, size=1500)
    y = (rng.random(1500) < 0.25 + 0.5 * group).astype(int)
    X = rng.normal(size=(1500, 3)) + np.outer(y, [1.0, 0.5, 0.0]) + np.outer(group, [-0.6, 0, 1])
    asked = PAPER | {"delta": 0.9, "n_rounds": 1, "objective": objective}
    found = []
    for guards in (None, {"equal_opportunity": slack}):
        soft = SoftUnlearner(logistic().fit(X, y), **asked | {"guards": guards})
        soft.fit_influence(X, y, sensitive_features=group).compute_weights()
        found.append(soft)
    free, held = found
    before = held.before_["equal_opportunity"]
    scores = held.influence_["equal_opportunity"]
    assert -scores @ free.epsilon_ < -3 * before
    assert held.solution_.predicted["equal_opportunity"] == pytest.approx(-2 * before - slack)
    assert held.solution_.costs["equal_opportunity"] != 0.0
