"""What is used of scikit-learn beyond its public interface."""

import importlib
from numbers import Real
from typing import ClassVar

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import RidgeClassifier, RidgeClassifierCV

from sk_softunlearn._sklearn import (
    OPTIMIZERS,
    Interval,
    has_several_labels,
    validate_params,
)


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


@pytest.mark.parametrize("path", OPTIMIZERS)
def test_optimizers_are_where_they_are_looked_for(path):
    module, _, name = path.rpartition(".")
    assert isinstance(getattr(importlib.import_module(module), name), type)
