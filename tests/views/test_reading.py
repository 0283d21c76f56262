"""Rows as the classifier at the end sees them."""

import warnings
from inspect import signature

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.utils import compute_class_weight, compute_sample_weight

from sk_softunlearn.views import read_view
from tests.cases import fitted, rows


@pytest.mark.parametrize(
    "y",
    [
        np.array([0, 1] * 120),
        np.array([0, 1] * 120, dtype=object),
        np.array([0.5, "no"] * 120, dtype=object),
        np.array(["No", "Yes"] * 120),
    ],
    ids=str,
)
def test_labels_of_any_type_that_the_classifier_does_not_know_are_named(y):
    estimator, X, _, _ = fitted("lbfgs")
    with pytest.raises(ValueError, match=r"'y' must hold the classes .* got \[.+\]\. Drop"):
        read_view(estimator, X, y)


BALANCED = {"class_weight": "balanced"}


@pytest.mark.skipif(
    "sample_weight" not in signature(compute_class_weight).parameters,
    reason="this scikit-learn counts rows",
)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_balancing_needs_weight_in_every_class(n_classes):
    X, y, weight = rows(n_classes)
    model = LogisticRegression(max_iter=1000, **BALANCED)
    weight = np.where(y == "no", 0.0, weight)
    with warnings.catch_warnings():
        # scikit-learn divides by 0.
        warnings.simplefilter("ignore")
        model.fit(X, y, sample_weight=weight)
    with pytest.raises(ValueError, match=r"'sample_weight' must be .* got only 0 for \['no'\]"):
        read_view(model, X, y, weight)


@pytest.mark.parametrize(
    "model", [RidgeClassifier(**BALANCED), SGDClassifier(loss="log_loss", **BALANCED)], ids=str
)
def test_balancing_by_the_number_of_rows_does_not(model):
    X, y, weight = rows()
    weight = np.where(y == "no", 0.0, weight)
    seen = read_view(model.fit(X, y, sample_weight=weight), X, y, weight)
    np.testing.assert_allclose(seen.sample_weight, weight * compute_sample_weight("balanced", y))
