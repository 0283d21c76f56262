"""One computation of influence; what it decides is tested through SoftUnlearner."""

import numpy as np
import pytest

from sk_softunlearn._rows import read_rows
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
    first = soft.compute_weights().epsilon_.copy()
    soft.influence_["demographic_parity"][:] = 0.0
    np.testing.assert_array_equal(soft.compute_weights().epsilon_, first)
    soft.epsilon_[:] = 0.0
    assert soft.unlearn().after_ != soft.before_
