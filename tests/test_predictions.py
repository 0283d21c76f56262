"""Prediction methods are those that the classifier has."""

import pytest
from sklearn.linear_model import LogisticRegression, RidgeClassifier

from sk_softunlearn._unlearner import SoftUnlearner


@pytest.mark.parametrize(
    "method", ["predict", "predict_proba", "predict_log_proba", "decision_function"]
)
def test_methods_are_those_of_the_classifier(method):
    for classifier in (LogisticRegression(), RidgeClassifier()):
        assert hasattr(SoftUnlearner(classifier), method) == hasattr(classifier, method)
