"""SoftUnlearner inside scikit-learn's meta-estimators, and they around what it returns."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import (
    GridSearchCV,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sk_softunlearn import SoftUnlearner, SoftUnlearnerCV
from sk_softunlearn.metrics import demographic_parity_scorer, equal_opportunity_scorer
from sk_softunlearn.model_selection import GroupStratifiedKFold
from tests.cases import logistic, needs_polars_tables, raw_pipeline

# Folds are small: what is asked is met to within their noise, and said so where not.
pytestmark = pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.DeltaNotReachedWarning")


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def unlearner(**parameters):
    return SoftUnlearner(raw_pipeline(), random_state=0, **({"delta": 0.3} | parameters))


@pytest.fixture(scope="module")
def soft(halves):
    (X, y, group), _ = halves
    return unlearner().fit(X, y, sensitive_features=group)


def corrected(estimator):
    """Whether a fitted SoftUnlearner was given groups, and moved weights."""
    return bool(estimator.epsilon_.any())


@pytest.mark.parametrize("part", ["model", "unlearner"])
def test_calibration_of_a_corrected_classifier(soft, part, halves):
    _, (X, y, _) = halves
    inner = soft.unlearned_estimator_ if part == "model" else soft
    calibrated = CalibratedClassifierCV(FrozenEstimator(inner)).fit(X, y)
    probability = calibrated.predict_proba(X)
    # Sigmoid calibration of the corrected classifier's scores: it keeps their order.
    np.testing.assert_array_equal(
        np.argsort(probability[:, 1], kind="stable"),
        np.argsort(soft.decision_function(X), kind="stable"),
    )
    other = CalibratedClassifierCV(FrozenEstimator(soft.estimator_)).fit(X, y)
    assert np.abs(other.predict_proba(X) - probability).max() > 0.01


@pytest.mark.parametrize("routed", [False, True])
def test_calibration_fits_and_corrects_in_every_fold(routed, halves):
    (X, y, group), _ = halves
    with sklearn.config_context(enable_metadata_routing=routed):
        calibrated = CalibratedClassifierCV(unlearner(), cv=3)
        calibrated.fit(X, y, sensitive_features=group)
    assert [corrected(fold.estimator) for fold in calibrated.calibrated_classifiers_] == [True] * 3


def test_threshold_of_a_corrected_classifier(soft, halves):
    _, (X, y, _) = halves
    for inner in (soft.unlearned_estimator_, soft):
        tuned = TunedThresholdClassifierCV(
            FrozenEstimator(inner), scoring="balanced_accuracy", cv="prefit", refit=False
        ).fit(X, y)
        favourable = soft.predict_proba(X)[:, 1] >= tuned.best_threshold_
        np.testing.assert_array_equal(tuned.predict(X) == "yes", favourable)


@pytest.mark.usefixtures("routing")
@pytest.mark.parametrize("scoring", ["balanced_accuracy", equal_opportunity_scorer])
def test_threshold_of_an_unlearner_by_any_scorer(scoring, halves):
    (X, y, group), _ = halves
    tuned = TunedThresholdClassifierCV(
        unlearner(), scoring=scoring, cv=2, thresholds=20, store_cv_results=True
    ).fit(X, y, sensitive_features=group)
    assert corrected(tuned.estimator_)
    best = tuned.cv_results_["scores"].argmax()
    assert tuned.best_threshold_ == tuned.cv_results_["thresholds"][best]


@pytest.mark.usefixtures("routing")
def test_the_gap_at_a_threshold_is_that_of_its_predictions(soft, halves):
    _, (X, y, group) = halves
    tuned = TunedThresholdClassifierCV(
        FrozenEstimator(soft),
        scoring=demographic_parity_scorer,
        cv="prefit",
        refit=False,
        thresholds=[0.3, 0.5],
        store_cv_results=True,
    ).fit(X, y, sensitive_features=group)
    for threshold, score in zip(*tuned.cv_results_.values(), strict=True):
        chosen = pd.Series(soft.predict_proba(X)[:, 1] >= threshold)
        rates = chosen.groupby(group.to_numpy()).mean()
        assert score == pytest.approx(-np.ptp(rates))


def test_a_threshold_by_a_gap_needs_the_groups(soft, halves):
    _, (X, y, _) = halves
    tuned = TunedThresholdClassifierCV(
        FrozenEstimator(soft), scoring=demographic_parity_scorer, cv="prefit", refit=False
    )
    with pytest.raises(ValueError, match="'sensitive_features' must be given to tune a threshold"):
        tuned.fit(X, y)


@pytest.mark.parametrize("routed", [False, True])
def test_cross_validation_hands_over_the_groups(routed, halves):
    (X, y, group), _ = halves
    parity = demographic_parity_scorer if routed else demographic_parity_scorer.with_features(group)
    folds = list(GroupStratifiedKFold(3).split(X, y, group))
    with sklearn.config_context(enable_metadata_routing=routed):
        scores = cross_validate(
            unlearner(),
            X,
            y,
            params={"sensitive_features": group},
            scoring={"accuracy": "accuracy", "parity": parity},
            cv=folds,
            return_estimator=True,
        )
    train, test = folds[0]
    by_hand = unlearner().fit(X.iloc[train], y[train], sensitive_features=group.iloc[train])
    assert scores["test_accuracy"][0] == by_hand.score(X.iloc[test], y[test])
    rates = pd.Series(by_hand.predict(X.iloc[test]) == "yes").groupby(group.iloc[test].to_numpy())
    assert scores["test_parity"][0] == pytest.approx(-np.ptp(rates.mean()))
    assert all(corrected(estimator) for estimator in scores["estimator"])


@pytest.mark.parametrize("routed", [False, True])
def test_nested_cross_validation_over_delta(routed, halves):
    (X, y, group), _ = halves
    parity = demographic_parity_scorer if routed else demographic_parity_scorer.with_features(group)
    with sklearn.config_context(enable_metadata_routing=routed):
        scores = cross_validate(
            GridSearchCV(unlearner(), {"delta": [0.1, 0.6]}, scoring=parity, cv=2),
            X,
            y,
            params={"sensitive_features": group},
            scoring={"parity": parity},
            cv=2,
            return_estimator=True,
        )
    for search in scores["estimator"]:
        assert search.best_params_ == {"delta": 0.6}
        assert corrected(search.best_estimator_)
    assert np.isfinite(scores["test_parity"]).all()


@pytest.mark.parametrize("routed", [False, True])
def test_a_search_of_its_own_inside_cross_validation(routed, halves):
    (X, y, group), _ = halves
    with sklearn.config_context(enable_metadata_routing=routed):
        scores = cross_validate(
            SoftUnlearnerCV(unlearner(), deltas=[0.2, 0.5], cv=2),
            X,
            y,
            params={"sensitive_features": group},
            cv=2,
            return_estimator=True,
        )
    assert all(corrected(search.unlearner_) for search in scores["estimator"])


def test_predictions_out_of_fold(halves):
    (X, y, group), _ = halves
    folds = list(GroupStratifiedKFold(2).split(X, y, group))
    params = {"sensitive_features": group}
    probability = cross_val_predict(
        unlearner(), X, y, params=params, cv=folds, method="predict_proba"
    )
    train, test = folds[1]
    by_hand = unlearner().fit(X.iloc[train], y[train], sensitive_features=group.iloc[train])
    np.testing.assert_allclose(probability[test], by_hand.predict_proba(X.iloc[test]))


@pytest.mark.usefixtures("routing")
def test_members_of_ensembles_get_the_groups(soft, halves):
    (X, y, group), (X_new, *_) = halves
    plain = raw_pipeline()
    vote = VotingClassifier([("soft", unlearner()), ("plain", plain)], voting="soft")
    vote.fit(X, y, sensitive_features=group)
    # It encodes the labels, and means the same.
    expected = (soft.predict_proba(X_new) + clone(plain).fit(X, y).predict_proba(X_new)) / 2
    np.testing.assert_allclose(vote.predict_proba(X_new), expected, atol=1e-6)
    bag = BaggingClassifier(SoftUnlearner(logistic(), delta=0.3), 2, random_state=0)
    bag.fit(X[["a", "b", "c"]], y, sensitive_features=group)
    assert all(corrected(member) for member in bag.estimators_)


@pytest.mark.usefixtures("routing")
def test_stacking_corrected_classifiers(soft, halves):
    (X, y, group), (X_new, *_) = halves
    # scikit-learn hands what is routed to the final estimator as well: one that takes it, or
    # members that are fitted already.
    members = [("soft", unlearner()), ("plain", raw_pipeline())]
    final = SoftUnlearner(logistic(), delta=0.3, random_state=0)
    stack = StackingClassifier(members, final, cv=2).fit(X, y, sensitive_features=group)
    assert corrected(stack.named_estimators_["soft"])
    assert corrected(stack.final_estimator_)
    for inner in (soft, soft.unlearned_estimator_):
        prefit = StackingClassifier([("soft", inner)], cv="prefit").fit(X, y)
        assert set(prefit.predict(X_new)) == {"no", "yes"}


@pytest.mark.parametrize(
    "output", ["default", "pandas", pytest.param("polars", marks=needs_polars_tables)]
)
def test_transformers_may_return_tables(output, soft, halves):
    (X, y, group), _ = halves
    columns = make_column_transformer(
        (StandardScaler(), ["a", "b", "c"]), (OneHotEncoder(sparse_output=False), ["city"])
    )
    with sklearn.config_context(transform_output=output):
        around = SoftUnlearner(make_pipeline(columns, logistic()), delta=0.3, random_state=0)
        around.fit(X, y, sensitive_features=group)
        at_the_end = make_pipeline(
            clone(columns), SoftUnlearner(logistic(), delta=0.3, random_state=0)
        )
        at_the_end.fit(X, y, softunlearner__sensitive_features=group)
        at_the_end.predict(X)
    # Around, it sees the user's table; at the end, what the transformers return.
    np.testing.assert_allclose(around.epsilon_, soft.epsilon_, atol=1e-12)
    assert list(around.feature_names_in_) == list(X.columns)
    assert around.explain_rows(1).index[0] in X.index
    last = at_the_end[-1]
    rows = last.explain_rows(1)
    kind = {"default": "pandas", "pandas": "pandas", "polars": "polars"}[output]
    assert type(rows).__module__.startswith(kind)
    assert hasattr(last, "feature_names_in_") == (output != "default")


def test_cloning_keeps_parameters_and_forgets_the_fit(soft):
    copy = clone(soft)
    assert repr(copy) == repr(soft)
    fitted = {name for name in vars(copy) if name.endswith("_")}
    assert not fitted
    frozen = clone(FrozenEstimator(soft))
    assert frozen.estimator is soft
