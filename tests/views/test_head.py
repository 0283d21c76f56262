"""The way to the classifier at the end."""

from copy import copy
from typing import ClassVar

import joblib
import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_softunlearn.views import Head, find_head, fit_head, is_frozen, seeded_clone, unfreeze
from tests.cases import rows


def test_nested_pipelines_are_followed_to_the_end():
    X, y, _ = rows()
    inner = make_pipeline(PCA(2), LogisticRegression())
    model = FrozenEstimator(make_pipeline(StandardScaler(), inner)).estimator.fit(X, y)
    head = find_head(model)
    assert isinstance(head, Head)
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


class CountedScaler(StandardScaler):
    fits: ClassVar[list] = []

    def fit(self, X, y=None, sample_weight=None):
        self.fits.append(len(X))
        return super().fit(X, y, sample_weight)


class Unweighted(CountedScaler):
    """A transformer that takes no weights."""

    def fit(self, X, y=None):
        return super().fit(X, y)


class Shelf:
    """A memory of another kind than joblib's: it needs nothing but `cache`."""

    def __init__(self):
        self.kept = {}

    def __deepcopy__(self, memo):
        return self

    def cache(self, function):
        def cached(*arguments):
            key = joblib.hash(arguments)
            if key not in self.kept:
                self.kept[key] = function(*arguments)
            return self.kept[key]

        return cached


@pytest.mark.parametrize("memory", ["folder", "joblib", "another"])
@pytest.mark.parametrize("scaler", [CountedScaler(), Unweighted()], ids=str)
def test_the_memory_of_a_pipeline_is_used_with_weights(scaler, memory, tmp_path):
    folder = str(tmp_path)
    kinds = {"folder": folder, "joblib": joblib.Memory(folder, verbose=0), "another": Shelf()}
    X, y, weight = rows()
    model = make_pipeline(scaler, PCA(2), LogisticRegression(), memory=kinds[memory])
    expected = fit_head(clone(model).set_params(memory=None), X, y, weight).predict_proba(X)
    CountedScaler.fits.clear()
    for _ in range(2):
        again = clone(model)
        step = again.steps[0][1]
        np.testing.assert_allclose(fit_head(again, X, y, weight).predict_proba(X), expected)
        # A fitted clone takes the place of the step.
        assert not hasattr(step, "mean_")
        assert hasattr(again[0], "mean_")
    assert len(CountedScaler.fits) == 1
    # Another classifier is no other fit of the transformers; other weights are, where they count.
    fit_head(clone(model).set_params(logisticregression__C=0.1), X, y, weight)
    assert len(CountedScaler.fits) == 1
    fit_head(clone(model), X, y, 2 * weight)
    assert len(CountedScaler.fits) == (1 if isinstance(scaler, Unweighted) else 2)


def test_inner_pipelines_use_their_own_memory(tmp_path):
    X, y, weight = rows()
    inner = make_pipeline(CountedScaler(), LogisticRegression(), memory=str(tmp_path))
    CountedScaler.fits.clear()
    for _ in range(2):
        fit_head(make_pipeline(PCA(2), clone(inner)), X, y, weight)
    assert len(CountedScaler.fits) == 1


def test_without_a_memory_the_steps_themselves_are_fitted():
    X, y, weight = rows()
    step = StandardScaler()
    model = make_pipeline(step, LogisticRegression())
    assert fit_head(model, X, y, weight)[0] is step
    np.testing.assert_allclose(step.mean_, np.average(X, axis=0, weights=weight))


@pytest.mark.parametrize("memory", [None, "folder"])
def test_frozen_and_skipped_steps_are_passed_with_weights(memory, tmp_path):
    X, y, weight = rows()
    frozen = FrozenEstimator(StandardScaler().fit(10 * X))
    steps = [("frozen", frozen), ("skipped", "passthrough"), ("last", LogisticRegression())]
    model = fit_head(Pipeline(steps, memory=memory and str(tmp_path)), X, y, weight)
    alone = LogisticRegression().fit(frozen.transform(X), y, sample_weight=weight)
    np.testing.assert_allclose(model.predict_proba(X), alone.predict_proba(frozen.transform(X)))


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


class CopiesItsList(LogisticRegression):
    """As the newer versions of CatBoost do with what they are given."""

    def __init__(self, weights=None):
        super().__init__()
        self.weights = copy(weights)


def test_what_cannot_be_cloned_says_what_to_give_instead():
    model = make_pipeline(StandardScaler(), CopiesItsList([1.0, 2.0]))
    for source in (None, np.random.RandomState(0)):
        with pytest.raises(ValueError, match=r"can clone.*class_weights=\(1.0, 2.0\)"):
            seeded_clone(model, source)
    tuples = make_pipeline(StandardScaler(), CopiesItsList((1.0, 2.0)))
    assert seeded_clone(tuples, None)[-1].weights == (1.0, 2.0)
