"""Several requests from one computation of influence."""

from dataclasses import replace

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from sk_softunlearn import SoftUnlearner
from sk_softunlearn._rows import read_rows
from sk_softunlearn._steps._fitting import Fit
from sk_softunlearn._steps._path import along, check_deltas, spread, tabulate_path
from sk_softunlearn._steps._request import read_request
from sk_softunlearn._steps._run import Run
from sk_softunlearn.weights import Terms
from tests.cases import PAPER, fitted


@pytest.fixture(scope="module")
def run():
    estimator, X, y, _ = fitted("lbfgs")
    request = read_request(SoftUnlearner(estimator, bounds=(-0.2, 0.2), **PAPER).get_params())
    return Run.begin(request, Fit(estimator, read_rows(X, y, sensitive_features=X[:, 0] > 0)))


def test_every_delta_has_its_weights_or_none(run):
    found = dict(along(run, run.request, [1.0, 0.05]))
    assert list(found) == [1.0, 0.05]
    assert found[1.0] is None
    alone = run.weigh(run.request.asking(delta=0.05)).solution.epsilon
    np.testing.assert_allclose(found[0.05].weighed.solution.epsilon, alone)
    np.testing.assert_allclose(found[0.05].theta, run.correct(run.request, alone), atol=1e-10)


def test_the_order_of_the_deltas_does_not_matter(run):
    request = replace(run.request, n_rounds=5, terms=Terms(bounds=(-1.0, None)))
    deltas = [0.9, 0.1, 0.5]
    path = tabulate_path(run, request, deltas)
    assert path.index.tolist() == deltas
    turned = tabulate_path(run, request, deltas[::-1])
    assert_frame_equal(path, turned.loc[deltas])


def test_columns_are_there_also_where_no_delta_is_feasible(run):
    feasible = tabulate_path(run, run.request, [0.05])
    path = tabulate_path(run, run.request, [1.0])
    assert path.columns.tolist() == feasible.columns.tolist()
    assert path["case"].tolist() == ["infeasible"]
    assert path.filter(like="measured_").isna().all(axis=None)
    assert path["requested_demographic_parity"].iloc[0] == -run.before["demographic_parity"]


def test_deltas_by_their_number_go_as_far_as_the_metric_may():
    assert spread(4).tolist() == spread(4, 2.0).tolist() == [0.25, 0.5, 0.75, 1.0]
    assert spread(2, 0.5).tolist() == [0.25, 0.5]
    assert spread([0.9, 0.1], 0.5).tolist() == [0.1, 0.9]


@pytest.mark.parametrize("deltas", [["half"], [[0.1, 0.2]], [], [0.0, 0.5], [1.2]], ids=str)
def test_deltas_that_are_no_shares_are_refused(deltas):
    with pytest.raises(ValueError, match="'deltas' must be"):
        check_deltas(deltas)
