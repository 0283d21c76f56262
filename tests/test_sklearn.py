"""What is used of scikit-learn beyond its public interface."""

import importlib
from numbers import Real
from typing import ClassVar

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import RidgeClassifier, RidgeClassifierCV
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_softunlearn import SoftUnlearner
from sk_softunlearn._sklearn import (
    FITTED_TYPES,
    Interval,
    has_several_labels,
    validate_params,
)
from sk_softunlearn.exceptions import UnsupportedEstimatorError


class Checked(BaseEstimator):
    _parameter_constraints: ClassVar[dict] = {"share": [Interval(Real, 0, 1, closed="both")]}

    def __init__(self, share=0.5):
        self.share = share


def test_parameters_are_checked_where_a_class_says_what_they_must_be():
    validate_params(Checked())
    validate_params(object())
    with pytest.raises(ValueError, match="'share' parameter of Checked"):
        validate_params(Checked(share=2.0))


@pytest.mark.parametrize("ridge", [RidgeClassifier(), RidgeClassifierCV()])
def test_several_labels_are_told_from_several_classes(ridge):
    X = np.random.default_rng(0).normal(size=(30, 2))
    classes = np.arange(30) % 3
    assert not has_several_labels(ridge.fit(X, classes))
    assert has_several_labels(ridge.fit(X, np.eye(3, dtype=int)[classes]))


@pytest.mark.parametrize("path", FITTED_TYPES)
def test_types_are_where_they_are_looked_for(path):
    module, _, name = path.rpartition(".")
    assert isinstance(getattr(importlib.import_module(module), name), type)


class Unweighted(MLPClassifier):
    """As every MLPClassifier is until scikit-learn 1.6."""

    def fit(self, X, y):
        return super().fit(X, y)


@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.SoftUnlearnWarning")
def test_a_network_that_takes_no_weights_is_refused_where_it_needs_them():
    rng = np.random.default_rng(0)
    X, group = rng.normal(size=(200, 3)), rng.integers(2, size=200)
    y = (X[:, 0] + group + rng.normal(size=200) > 0.5).astype(int)
    network = Unweighted((3,), solver="lbfgs", max_iter=5000, alpha=1.0, random_state=0)
    pipeline = make_pipeline(StandardScaler(), network)
    sentence = r"takes no 'sample_weight'.* Install scikit-learn 1\.7"
    with pytest.raises(UnsupportedEstimatorError, match=sentence):
        SoftUnlearner(pipeline).fit(X, y, np.ones(200), sensitive_features=group)
    with pytest.raises(UnsupportedEstimatorError, match=sentence):
        SoftUnlearner(pipeline, layers="all", correction="retrain").fit(
            X, y, sensitive_features=group
        )
    soft = SoftUnlearner(pipeline, layers="all").fit(X, y, sensitive_features=group)
    assert type(soft.unlearned_estimator_[-1]) is Unweighted
