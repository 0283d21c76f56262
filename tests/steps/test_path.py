"""Several requests from one computation of influence."""

import numpy as np
import pytest

from sk_softunlearn import SoftUnlearner
from sk_softunlearn._rows import read_rows
from sk_softunlearn._steps._fitting import Fit
from sk_softunlearn._steps._path import along, tabulate_path
from sk_softunlearn._steps._request import read_request
from sk_softunlearn._steps._run import Run
from tests.cases import fitted


@pytest.fixture(scope="module")
def run():
    estimator, X, y, _ = fitted("lbfgs")
    request = read_request(SoftUnlearner(estimator, bounds=(-0.2, 0.2)).get_params())
    return Run.begin(request, Fit(estimator, read_rows(X, y, sensitive_features=X[:, 0] > 0)))


def test_every_delta_has_its_weights_or_none(run):
    found = list(along(run, run.request, [0.05, 1.0]))
    assert [delta for delta, *_ in found] == [0.05, 1.0]
    assert found[1][1:] == (None, None)
    weighed, theta = found[0][1:]
    alone = run.weigh(run.request.asking(delta=0.05)).solution.epsilon
    np.testing.assert_allclose(weighed.solution.epsilon, alone)
    np.testing.assert_allclose(theta, run.correct(run.request, alone), atol=1e-10)


def test_columns_are_there_also_where_no_delta_is_feasible(run):
    feasible = tabulate_path(run, run.request, [0.05])
    path = tabulate_path(run, run.request, [1.0])
    assert path.columns.tolist() == feasible.columns.tolist()
    assert path["case"].tolist() == ["infeasible"]
    assert path.filter(like="measured_").isna().all(axis=None)
    assert path["requested_demographic_parity"].iloc[0] == -run.before["demographic_parity"]
