"""Errors survive what worker processes do to them; warnings point at the caller."""

import pickle

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.exceptions import InfeasibleWeightsError, SoftUnlearnWarning


def test_infeasible_weights_error_is_pickled_with_its_answer():
    error = pickle.loads(pickle.dumps(InfeasibleWeightsError("no", 0.4, 0.02)))
    assert (str(error), error.max_delta, error.min_slack) == ("no", 0.4, 0.02)


@pytest.mark.parametrize("steps", [False, True])
def test_warnings_point_at_the_line_outside_of_the_package(steps):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(200, 2)), rng.integers(2, size=200)
    group = np.arange(200) < 10
    soft = SoftUnlearner(LogisticRegression().fit(X, y), delta=0.1)
    begin = soft.fit_influence if steps else soft.fit
    with pytest.warns(SoftUnlearnWarning) as caught:
        begin(X, y, sensitive_features=group)
    assert {warning.filename for warning in caught} == {__file__}
