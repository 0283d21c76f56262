"""The fit that a correction starts from."""

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.svm import SVC

from sk_softunlearn import SoftUnlearner
from sk_softunlearn._rows import read_rows
from sk_softunlearn._steps._fitting import fit_base
from sk_softunlearn._steps._request import read_request
from sk_softunlearn.exceptions import UnsupportedEstimatorError
from tests.cases import fitted, logistic


def request_for(estimator, **parameters):
    return read_request(SoftUnlearner(estimator, **parameters).get_params())


def rows(groups=True):
    _, X, y, _ = fitted("lbfgs")
    return read_rows(X, y, sensitive_features=X[:, 0] > 0 if groups else None)


def test_a_clone_is_fitted_on_the_rows_that_are_not_held_out():
    estimator, read = logistic(), rows()
    fit = fit_base(request_for(estimator), estimator, read, fraction=0.25, random_state=0)
    assert not hasattr(estimator, "coef_")
    assert len(fit.validation.y) == pytest.approx(0.25 * len(read.y), abs=1)
    expected = logistic().fit(read.X[fit.training], read.y[fit.training])
    np.testing.assert_allclose(fit.estimator.coef_, expected.coef_, atol=1e-6)


def test_nothing_is_held_out_where_nothing_can_be_measured_or_it_is_given():
    estimator = logistic()
    assert fit_base(request_for(estimator), estimator, rows(groups=False)).training is None
    given = rows().take(np.arange(50))
    fit = fit_base(request_for(estimator), estimator, rows(), given)
    assert fit.training is None
    assert fit.validation is given


def test_a_frozen_classifier_is_taken_as_it_is():
    estimator, *_ = fitted("lbfgs")
    fit = fit_base(request_for(estimator), FrozenEstimator(estimator), rows())
    assert fit.estimator is estimator
    assert fit.training is None


def test_what_cannot_be_corrected_is_refused_before_the_fit():
    svc = SVC()
    with pytest.raises(UnsupportedEstimatorError, match="'estimator' must be"):
        fit_base(request_for(svc), svc, rows())
    assert not hasattr(svc, "support_")
