"""The way to the classifier at the end."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_softunlearn.views import find_head, fit_head, is_frozen, seeded_clone, unfreeze
from tests.cases import rows


def test_nested_pipelines_are_followed_to_the_end():
    X, y, _ = rows()
    inner = make_pipeline(PCA(2), LogisticRegression())
    model = FrozenEstimator(make_pipeline(StandardScaler(), inner)).estimator.fit(X, y)
    head = find_head(model)
    assert head.classifier is inner[-1]
    np.testing.assert_allclose(
        head.classifier.predict_proba(head.transform(X)), model.predict_proba(X)
    )


def test_weights_reach_every_step_that_takes_them():
    X, y, weight = rows()
    twice = np.repeat(np.arange(len(y)), 2)
    model, repeated = (make_pipeline(StandardScaler(), LogisticRegression()) for _ in "ab")
    fit_head(model, X, y, np.full(len(y), 2.0))
    repeated.fit(X[twice], y[twice])
    np.testing.assert_allclose(model.predict_proba(X), repeated.predict_proba(X), atol=1e-4)
    np.testing.assert_allclose(model[0].mean_, repeated[0].mean_)
    fit_head(model, X, y, weight)
    np.testing.assert_allclose(model[0].mean_, np.average(X, axis=0, weights=weight))


@pytest.mark.parametrize("routing", [False, True])
def test_weights_reach_the_classifier_of_every_class(routing):
    X, y, weight = rows(3)
    inner = LogisticRegression()
    model = make_pipeline(StandardScaler(), OneVsRestClassifier(inner))
    with config_context(enable_metadata_routing=routing):
        fit_head(model, X, y, weight)
    assert model[1].estimator is inner
    features = model[0].transform(X)
    for label, each in zip(model.classes_, model[1].estimators_, strict=True):
        alone = LogisticRegression().fit(features, y == label, sample_weight=weight)
        np.testing.assert_allclose(each.coef_, alone.coef_)


def test_frozen_estimators_are_seen_through():
    model = LogisticRegression()
    assert is_frozen(FrozenEstimator(model))
    assert not is_frozen(model)
    assert unfreeze(FrozenEstimator(model)) is model
    assert unfreeze(model) is model


@pytest.mark.parametrize("seed", [None, 0])
def test_seeds_are_set_where_they_are_open(seed):
    model = make_pipeline(PCA(random_state=3), LogisticRegression())
    source = None if seed is None else np.random.RandomState(seed)
    copy = seeded_clone(model, source)
    assert copy[0].random_state == 3
    assert (copy[1].random_state is None) == (seed is None)
    assert model[1].random_state is None
