"""What is saved and loaded says and does the same, without the training rows."""

import inspect

import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io as skops_io
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from sk_softunlearn import SoftUnlearner, SoftUnlearnerCV, corrections, curvature, objectives
from sk_softunlearn.audit import TradeoffDisplay, WeightsDisplay
from sk_softunlearn.exceptions import SoftUnlearnError
from sk_softunlearn.metrics import constrained_refit, demographic_parity_scorer
from sk_softunlearn.model_selection import GroupStratifiedKFold
from sk_softunlearn.objectives import CustomObjective, TargetLoss
from sk_softunlearn.persistence import TRUSTED_TYPES
from sk_softunlearn.weights import HardWeights, SoftWeights
from tests.cases import raw_pipeline, step_by_step, unfair

# Far requests on few rows: what is tested here is what comes back.
pytestmark = pytest.mark.filterwarnings(
    "ignore::sk_softunlearn.exceptions.SoftUnlearnWarning",
    "ignore::sklearn.exceptions.ConvergenceWarning",
)


def by_joblib(thing, path, trusted=TRUSTED_TYPES):
    joblib.dump(thing, path)
    return joblib.load(path)


def by_skops(thing, path, trusted=TRUSTED_TYPES):
    skops_io.dump(thing, path)
    return skops_io.load(path, trusted=trusted)


both = pytest.mark.parametrize("round_trip", [by_joblib, by_skops])


def untrusted(thing):
    return set(skops_io.get_untrusted_types(data=skops_io.dumps(thing)))


@pytest.fixture(scope="module")
def stepped(fitted, halves):
    return step_by_step(SoftUnlearner(fitted, n_rounds=4), halves)


@pytest.fixture(scope="module")
def by_fit(halves):
    (X, y, group), _ = halves
    guards = {"log_loss": 0.01, "equal_opportunity": 0.0}
    soft = SoftUnlearner(raw_pipeline(), guards=guards, random_state=0)
    return soft.fit(X, y, sensitive_features=group)


@pytest.fixture(scope="module")
def searched(halves):
    (X, y, group), _ = halves
    search = SoftUnlearnerCV(raw_pipeline(), deltas=[0.3, 0.6], cv=GroupStratifiedKFold(2))
    search.set_params(constraint=(demographic_parity_scorer, -0.2))
    return search.fit(X, y, sensitive_features=group)


def assert_same_solution(loaded, soft):
    for name, value in vars(soft.solution_).items():
        np.testing.assert_equal(getattr(loaded.solution_, name), value)
    assert type(loaded.solution_) is type(soft.solution_)


@both
@pytest.mark.parametrize("how", ["stepped", "by_fit"])
def test_a_soft_unlearner_comes_back(round_trip, how, request, halves, tmp_path):
    soft = request.getfixturevalue(how)
    (X, y, group), (X_new, y_new, group_new) = halves
    loaded = round_trip(soft, tmp_path / "soft")
    for method in ("predict", "predict_proba", "predict_log_proba", "decision_function"):
        np.testing.assert_array_equal(getattr(loaded, method)(X_new), getattr(soft, method)(X_new))
    assert repr(loaded) == repr(soft)
    for name in ("epsilon_", "sample_weight_", "influence_", "before_", "after_", "classes_"):
        np.testing.assert_equal(getattr(loaded, name), getattr(soft, name))
    assert_same_solution(loaded, soft)
    pd.testing.assert_frame_equal(loaded.rounds_, soft.rounds_)
    assert repr(loaded.get_params(deep=False)) == repr(soft.get_params(deep=False))
    before, after = (
        each.audit(X_new, y_new, sensitive_features=group_new) for each in (soft, loaded)
    )
    pd.testing.assert_frame_equal(after.frame(20), before.frame(20))
    again = clone(loaded).set_params(estimator=raw_pipeline(), random_state=0)
    assert again.fit(X, y, sensitive_features=group).epsilon_.any()


@both
def test_what_needs_the_training_rows_says_so(round_trip, stepped, tmp_path):
    loaded = round_trip(stepped, tmp_path / "soft")
    for call in (
        loaded.compute_weights,
        loaded.unlearn,
        loaded.explain_rows,
        loaded.validate,
        lambda: loaded.delta_path([0.5]),
        lambda: TradeoffDisplay.from_estimator(loaded),
        lambda: WeightsDisplay.from_estimator(loaded),
    ):
        with pytest.raises(NotFittedError, match="no training rows: a file does not keep them"):
            call()


@both
def test_steps_begin_anew_after_loading(round_trip, stepped, halves, tmp_path):
    loaded = round_trip(stepped, tmp_path / "soft")
    np.testing.assert_array_equal(step_by_step(loaded, halves).epsilon_, stepped.epsilon_)


@both
def test_a_search_comes_back(round_trip, searched, halves, tmp_path):
    _, (X_new, *_) = halves
    loaded = round_trip(searched, tmp_path / "search")
    np.testing.assert_array_equal(loaded.predict_proba(X_new), searched.predict_proba(X_new))
    assert repr(loaded) == repr(searched)
    assert loaded.delta_ == searched.delta_
    np.testing.assert_equal(loaded.cv_results_, searched.cv_results_)
    assert_same_solution(loaded.unlearner_, searched.unlearner_)


@both
def test_a_grid_search_comes_back(round_trip, halves, tmp_path):
    (X, y, group), (X_new, *_) = halves
    groups = group.to_numpy()
    parity = demographic_parity_scorer.with_features("city")
    search = GridSearchCV(
        SoftUnlearner(raw_pipeline(), random_state=0),
        {"delta": [0.2, 0.6]},
        scoring={"score": "accuracy", "parity": parity},
        refit=constrained_refit("score", "parity", at_most=1.0),
        cv=2,
    )
    search.fit(X, y, sensitive_features=groups)
    # A search holds scorers and splitters of scikit-learn.
    its_own = {name for name in untrusted(search) if name.startswith("sklearn.")}
    loaded = round_trip(search, tmp_path / "search", trusted=[*TRUSTED_TYPES, *its_own])
    np.testing.assert_array_equal(loaded.predict_proba(X_new), search.predict_proba(X_new))
    assert loaded.refit == search.refit
    assert loaded.scoring["parity"](loaded, X_new, loaded.predict(X_new)) <= 0


@both
def test_a_report_comes_back(round_trip, by_fit, halves, tmp_path):
    _, (X_new, y_new, group_new) = halves
    report = by_fit.audit(X_new, y_new, sensitive_features=group_new)
    loaded = round_trip(report, tmp_path / "report")
    assert repr(loaded) == repr(report)
    assert loaded.to_markdown(20) == report.to_markdown(20)
    pd.testing.assert_frame_equal(loaded.frame(20), report.frame(20))
    pd.testing.assert_series_equal(loaded.summary(), report.summary())
    assert "<html" in loaded.to_html(n_boot=0)
    with pytest.raises(SoftUnlearnError, match="a stored report does not take along"):
        loaded.intervals()


CLASSIFIERS = [
    LogisticRegression(),
    MLPClassifier((4,), max_iter=50, random_state=0),
    SGDClassifier("squared_hinge", alpha=0.1, average=True, random_state=0),
    SGDClassifier("modified_huber", alpha=0.1, average=True, random_state=0),
    RidgeClassifier(),
    LinearSVC(),
    OneVsRestClassifier(LogisticRegression()),
]
# Their thresholds are values of training rows.
TREES = [
    HistGradientBoostingClassifier(max_iter=5),
    RandomForestClassifier(5, max_depth=3, random_state=0),
]


@both
@pytest.mark.parametrize("classifier", CLASSIFIERS + TREES, ids=str)
def test_a_corrected_pipeline_is_one_of_scikit_learns_own(round_trip, classifier, halves, tmp_path):
    (X, y, group), (X_new, *_) = halves
    soft = SoftUnlearner(make_pipeline(raw_pipeline()[0], classifier), random_state=0)
    corrected = soft.fit(X, y, sensitive_features=group).unlearned_estimator_
    # Needs no type that the classifier as it was does not need.
    needed = untrusted(soft.estimator_)
    assert untrusted(corrected) == needed
    for model, rows in ((corrected, X_new), (corrected[-1], corrected[:-1].transform(X_new))):
        loaded = round_trip(model, tmp_path / "model", trusted=sorted(needed))
        assert b"sk_softunlearn" not in (tmp_path / "model").read_bytes()
        np.testing.assert_array_equal(loaded.predict(rows), model.predict(rows))
        assert repr(loaded) == repr(model)


def concrete(module, base):
    """The classes of a stage that a user can pass."""
    found = (getattr(module, name) for name in module.__all__)
    found = [kind for kind in found if inspect.isclass(kind) and issubclass(kind, base)]
    return [kind for kind in found if not inspect.isabstract(kind)]


def with_every_parameter(rows, y):
    """A SoftUnlearner, not fitted, for every public object that a parameter takes."""
    function, trusted_set = CustomObjective(np.mean), TargetLoss(rows, y)
    kinds = {
        "metric": concrete(objectives, objectives.Objective),
        "correction": concrete(corrections, corrections.Correction),
        "curvature": concrete(curvature, curvature.Curvature),
        "weighting": [SoftWeights, HardWeights],
    }
    made = {CustomObjective: function, TargetLoss: trusted_set}
    for name, found in kinds.items():
        for kind in found:
            value = made.get(kind) or kind()
            yield name, SoftUnlearner(LogisticRegression(), **{name: value})


def test_the_trusted_types_are_exactly_those_that_are_saved(searched, halves):
    (X, y, group), _ = halves
    X = X[["a", "b", "c"]].to_numpy()
    needed = untrusted(searched) | untrusted(constrained_refit("accuracy", "parity"))
    three = np.where(X[:, 1] > 1, "perhaps", y)
    for classifier in CLASSIFIERS + TREES:
        for labels in (y, three):
            soft = SoftUnlearner(classifier, pos_label="yes", random_state=0)
            soft.fit(X, labels, sensitive_features=group)
            saved = untrusted(soft) | untrusted(soft.audit(X, labels, sensitive_features=group))
            # What scikit-learn's trees hold is for whoever loads them to trust.
            ours = {name for name in saved if name.startswith("sk_softunlearn.")}
            needed |= ours if classifier in TREES else saved
    for name, soft in with_every_parameter(X, y):
        # The function is the user's own.
        needed |= untrusted(soft) - {"numpy.mean"}
        loaded = skops_io.loads(skops_io.dumps(soft), trusted=[*TRUSTED_TYPES, "numpy.mean"])
        assert type(getattr(loaded, name)) is type(getattr(soft, name))
        assert repr(loaded) == repr(soft)
    assert needed <= set(TRUSTED_TYPES)
    # scikit-learn's own may be trusted by a later skops.
    assert {name for name in TRUSTED_TYPES if name.startswith("sk_softunlearn.")} <= needed


@both
@pytest.mark.parametrize("classifier", CLASSIFIERS, ids=str)
def test_files_hold_no_training_rows(round_trip, classifier, tmp_path):
    X, y, group = unfair(600)
    X = X[["a", "b", "c"]].to_numpy()
    soft = SoftUnlearner(classifier, random_state=0).fit(X, y, sensitive_features=group)
    report = soft.audit(X, y, sensitive_features=group)
    for thing in (soft, soft.unlearned_estimator_, report):
        round_trip(thing, tmp_path / "thing")
        saved = (tmp_path / "thing").read_bytes()
        assert not any(value.tobytes() in saved for value in X.ravel())


@both
def test_the_size_of_files_is_that_of_the_weights(round_trip, tmp_path):
    _, y, group = unfair(3000)
    X = np.random.default_rng(0).normal(size=(3000, 60))
    X[:, 0] += 2 * (y == "yes") + (group == "g1")
    soft = SoftUnlearner(LogisticRegression(C=0.01), random_state=0)
    soft.fit(X, y, sensitive_features=group)
    for thing in (soft, soft.unlearned_estimator_, soft.audit(X, y, sensitive_features=group)):
        round_trip(thing, tmp_path / "thing")
        # A few numbers per row, and the parameters.
        assert (tmp_path / "thing").stat().st_size < X.nbytes / 6
