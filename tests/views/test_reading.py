"""Rows as the classifier sees them, as a view of one's own reads them."""

import warnings
from inspect import signature
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import compute_class_weight, compute_sample_weight

from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.views import (
    class_weight_factor,
    read_rows,
    read_target,
    read_view,
    refuse_several_labels,
)
from tests.cases import fitted, rows


def test_rows_are_those_that_the_last_step_sees():
    X, y, weight = rows(3)
    table = pd.DataFrame(X, columns=list("abcd"))
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(table, y)
    features, target, read = read_rows(model, table, y, weight)
    np.testing.assert_allclose(features, (X - X.mean(axis=0)) / X.std(axis=0))
    np.testing.assert_array_equal(model.classes_[target], y)
    np.testing.assert_array_equal(read, weight)
    np.testing.assert_array_equal(read_rows(model, table, y)[2], np.ones(len(y)))


@pytest.mark.parametrize("order", [["no", "yes", "maybe"], ["maybe", "no", "yes"]])
def test_labels_are_found_in_whatever_order_a_classifier_keeps_its_classes(order):
    y = np.array(["yes", "maybe", "no", "no"])
    target = read_target(SimpleNamespace(classes_=np.array(order)), y, 4)
    np.testing.assert_array_equal(np.array(order)[target], y)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda X, y: (X[:, :2], y), "X has 2 features"),
        (lambda X, y: (X[:5], y), "'y' must have one label per row of X, got 240 labels for 5"),
        (lambda X, y: (X, np.where(y == "no", "never", y)), "'y' must hold the classes"),
    ],
)
def test_rows_that_do_not_fit_are_refused(change, sentence):
    X, y, _ = rows()
    model = LogisticRegression().fit(X, y)
    with pytest.raises(ValueError, match=sentence):
        read_rows(model, *change(X, y))


def test_a_class_weight_is_a_factor_on_its_rows():
    X, y, _ = rows()
    weights = {"no": 2.0, "yes": 0.5}
    for model in (LogisticRegression(class_weight=weights), LogisticRegression()):
        model.fit(X, y)
        _, target, weight = read_rows(model, X, y)
        expected = [weights[label] if model.class_weight else 1.0 for label in y]
        np.testing.assert_array_equal(class_weight_factor(model, target, weight), expected)


def test_several_labels_per_row_are_refused():
    with pytest.raises(UnsupportedEstimatorError, match=r"RidgeClassifier\(\), fitted on several"):
        refuse_several_labels(RidgeClassifier())


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
