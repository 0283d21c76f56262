"""SoftUnlearner as its users call it."""

import copy
import pickle
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from sk_softunlearn import SoftUnlearner, SoftUnlearnerCV
from sk_softunlearn.exceptions import (
    DegenerateMetricWarning,
    DeltaNotReachedWarning,
    InfeasibleWeightsError,
    NotStationaryWarning,
    SmallGroupWarning,
    UnsupportedEstimatorError,
)
from sk_softunlearn.metrics import demographic_parity_scorer
from sk_softunlearn.objectives import DemographicParity, Robustness
from sk_softunlearn.weights import HardWeights, SoftWeights
from tests.cases import (
    PAPER,
    logistic,
    raw_pipeline,
    scikit_learn_checks,
    step_by_step,
    unfair,
)


@scikit_learn_checks(
    [
        SoftUnlearner(LogisticRegression()),
        SoftUnlearner(make_pipeline(StandardScaler(), LogisticRegression())),
        SoftUnlearner(RidgeClassifier()),
    ]
)
@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.SoftUnlearnWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_steps_bring_the_asked_delta_and_leave_the_classifier_alone(fitted, halves):
    before = pickle.dumps(fitted)
    soft = step_by_step(SoftUnlearner(fitted, delta=0.6, **PAPER), halves)
    assert pickle.dumps(fitted) == before
    assert soft.estimator_ is fitted
    assert type(soft.unlearned_estimator_) is type(fitted)
    share = 1 - soft.after_["demographic_parity"] / soft.before_["demographic_parity"]
    assert share == pytest.approx(0.6, abs=0.03)
    predicted = soft.solution_.predicted["demographic_parity"]
    assert -predicted == pytest.approx(0.6 * soft.before_["demographic_parity"], rel=1e-9)
    assert soft.solution_.predicted["log_loss"] <= 1e-9
    assert soft.solution_.residual < 1e-9


def test_sample_weight_and_corrected_model_are_the_same_statement(fitted, halves):
    (X, y, _), (X_val, *_) = halves
    soft = step_by_step(SoftUnlearner(fitted), halves)
    retrained = clone(fitted)
    features = fitted[:-1].transform(X)
    retrained[-1].fit(features, y, sample_weight=soft.sample_weight_)
    np.testing.assert_allclose(
        soft.predict_proba(X_val),
        retrained[-1].predict_proba(fitted[:-1].transform(X_val)),
        atol=1e-5,
    )


def test_fit_holds_out_rows_and_leaves_their_weights(halves):
    (X, y, group), _ = halves
    weight = np.random.default_rng(1).uniform(0.5, 2, len(y))
    soft = SoftUnlearner(raw_pipeline(), random_state=0)
    soft.fit(X, y, sample_weight=weight, sensitive_features=group)
    held_out = soft.epsilon_ == 0
    assert held_out.sum() == 300
    np.testing.assert_array_equal(soft.sample_weight_[held_out], weight[held_out])
    np.testing.assert_allclose(soft.sample_weight_, weight * (1 + soft.epsilon_))
    again = clone(soft).fit(X, y, sample_weight=weight, sensitive_features=group)
    np.testing.assert_array_equal(soft.epsilon_, again.epsilon_)


def test_frozen_estimator_is_used_as_it_is(fitted, halves):
    (X, y, group), (X_val, y_val, group_val) = halves
    soft = SoftUnlearner(FrozenEstimator(fitted))
    soft.fit(
        X,
        y,
        sensitive_features=group,
        X_val=X_val,
        y_val=y_val,
        sensitive_features_val=group_val,
    )
    stepped = step_by_step(SoftUnlearner(fitted), halves)
    assert soft.estimator_ is fitted
    np.testing.assert_array_equal(soft.epsilon_, stepped.epsilon_)


def test_without_sensitive_features_it_warns_and_corrects_nothing(halves):
    (X, y, _), _ = halves
    with pytest.warns(DegenerateMetricWarning, match="'sensitive_features'"):
        soft = SoftUnlearner(raw_pipeline()).fit(X, y)
    assert not soft.epsilon_.any()
    plain = raw_pipeline().fit(X, y)
    np.testing.assert_array_equal(soft.predict_proba(X), plain.predict_proba(X))


@pytest.mark.parametrize("metric", ["equal_opportunity", "equalized_odds", DemographicParity()])
def test_metrics_by_name_and_object_with_three_groups(metric):
    X, y, group = unfair(3000, n_groups=3)
    soft = SoftUnlearner(raw_pipeline(), metric=metric, delta=0.4, random_state=0)
    soft.fit(X, y, sensitive_features=group)
    (name,) = set(soft.before_) - {"log_loss"}
    assert 0 <= soft.after_[name] < 0.8 * soft.before_[name]


def test_robustness_needs_no_groups(halves):
    (X, y, _), _ = halves
    soft = SoftUnlearner(raw_pipeline(), metric=Robustness(1.2), delta=0.1, random_state=0, **PAPER)
    # The loss on points beyond the boundary is far from linear in the weights.
    with pytest.warns(DeltaNotReachedWarning, match=r"0\.1 of robustness was asked, 0\.0"):
        soft.fit(X, y)
    assert soft.after_["robustness"] < soft.before_["robustness"]


def test_callable_metric_with_several_guards(halves):
    (X, y, group), _ = halves

    def squared_gap(raw_prediction, y, groups):
        return (raw_prediction[groups == "g0"].mean() - raw_prediction[groups == "g1"].mean()) ** 2

    soft = SoftUnlearner(
        raw_pipeline(),
        metric=squared_gap,
        guards={"log_loss": 0.01, "equal_opportunity": 0.0},
        delta=0.3,
        random_state=0,
        n_rounds=1,
        objective="metric",
        surrogate="probability",
    )
    # The square of a gap is not linear in the weights: the warning says what was measured.
    with pytest.warns(DeltaNotReachedWarning, match=r"0\.3 of squared_gap was asked, 0\.2"):
        soft.fit(X, y, sensitive_features=group)
    assert soft.solution_.predicted["log_loss"] <= 0.01 + 1e-9
    assert soft.solution_.predicted["equal_opportunity"] <= 1e-9
    assert soft.after_["squared_gap"] < soft.before_["squared_gap"]


def test_crossed_sensitive_columns(halves):
    (X, y, group), _ = halves
    columns = pd.DataFrame({"group": group, "city": X["city"]})
    soft = SoftUnlearner(raw_pipeline(), random_state=0).fit(X, y, sensitive_features=columns)
    frame = soft.audit(X, y, sensitive_features=columns).frame(n_boot=0)
    assert list(frame.index[:4]) == ["g0, Oslo", "g0, Rome", "g1, Oslo", "g1, Rome"]


def test_several_classes_need_and_take_pos_label():
    X, y = make_classification(900, 6, n_informative=5, n_redundant=0, n_classes=3, random_state=0)
    group = (X[:, 0] > 0).astype(int)
    soft = SoftUnlearner(logistic(), random_state=0)
    with pytest.raises(ValueError, match="'pos_label' must be one of the classes"):
        soft.fit(X, y, sensitive_features=group)
    soft.set_params(pos_label=2).fit(X, y, sensitive_features=group)
    assert soft.after_["demographic_parity"] < 0.6 * soft.before_["demographic_parity"]
    assert soft.predict_proba(X).shape == (900, 3)


def test_pos_label_only_turns_the_sign(fitted, halves):
    yes, no = (
        step_by_step(SoftUnlearner(fitted, pos_label=label), halves) for label in ("yes", "no")
    )
    np.testing.assert_allclose(yes.epsilon_, no.epsilon_, atol=1e-10)


@pytest.mark.parametrize("correction", ["influence", "newton", "retrain"])
def test_corrections_agree_for_small_changes(fitted, halves, correction):
    reference = step_by_step(SoftUnlearner(fitted, delta=0.01), halves)
    soft = step_by_step(SoftUnlearner(fitted, delta=0.01, correction=correction), halves)
    change = reference.before_["demographic_parity"] - reference.after_["demographic_parity"]
    other = soft.before_["demographic_parity"] - soft.after_["demographic_parity"]
    assert other == pytest.approx(change, rel=0.05)


def test_weighting_hard_removes_rows(fitted, halves):
    soft = step_by_step(SoftUnlearner(fitted, weighting=HardWeights(fraction=0.05)), halves)
    assert set(np.unique(soft.epsilon_)) == {-1.0, 0.0}
    assert (soft.epsilon_ == -1).sum() == 60
    assert soft.influence_["demographic_parity"][soft.epsilon_ == -1].max() < 0


def test_infeasible_request_names_what_can_be_had(fitted, halves):
    soft = SoftUnlearner(fitted, delta=0.9, bounds=(-0.05, 0.05))
    with pytest.raises(InfeasibleWeightsError, match="largest feasible") as caught:
        step_by_step(soft, halves)
    reachable = caught.value.max_delta
    assert 0 < reachable < 0.9
    soft.set_params(delta=reachable * (1 - 1e-6)).compute_weights()
    soft.set_params(delta=0.9, on_infeasible="relax")
    with pytest.warns(DeltaNotReachedWarning, match="relaxed|lowered"):
        soft.compute_weights()


def test_pickle_predicts_without_the_training_rows(fitted, halves):
    (X, y, group), _ = halves
    soft = step_by_step(SoftUnlearner(fitted), halves)
    again = pickle.loads(pickle.dumps(soft))
    np.testing.assert_array_equal(again.predict(X), soft.predict(X))
    assert repr(again.audit(X, y, sensitive_features=group)) == repr(
        soft.audit(X, y, sensitive_features=group)
    )
    with pytest.raises(NotFittedError, match="fit_influence"):
        again.delta_path([0.5])


def test_a_step_drops_what_later_steps_left(fitted, halves):
    (X, y, group), _ = halves
    soft = step_by_step(SoftUnlearner(fitted), halves)
    soft.compute_weights()
    assert not hasattr(soft, "unlearned_estimator_")
    soft.unlearn().fit_influence(X, y, sensitive_features=group)
    assert not hasattr(soft, "solution_")
    with pytest.raises(NotFittedError):
        soft.predict(X)


def test_lists_and_polars_are_explained_by_position(halves):
    (X, y, group), _ = halves
    numbers = X[["a", "b", "c"]]
    for container in (numbers.to_numpy().tolist(), pl.from_pandas(numbers)):
        soft = SoftUnlearner(logistic(), random_state=0)
        soft.fit(container, list(y), sensitive_features=list(group))
        rows = soft.explain_rows(1)
        first = rows["row"][0] if isinstance(rows, pl.DataFrame) else rows.index[0]
        assert abs(soft.epsilon_[first]) == np.abs(soft.epsilon_).max()


def test_early_stopped_and_mismatched_fits_are_told(halves):
    (X, y, group), _ = halves
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stopped = raw_pipeline(max_iter=2).fit(X, y)
    with pytest.warns(NotStationaryWarning, match="gradient per row"):
        SoftUnlearner(stopped).fit_influence(X, y, sensitive_features=group)


def test_small_groups_are_told(fitted, halves):
    (X, y, group), _ = halves
    group = group.mask(np.arange(len(group)) < 5, "rare")
    with pytest.warns(SmallGroupWarning, match=r"rare \(5\)"):
        SoftUnlearner(fitted).fit_influence(X, y, sensitive_features=group)


def test_a_small_group_is_named_with_its_column(fitted, halves):
    (X, y, _), _ = halves
    few = pd.Series((np.arange(len(y)) < 5) * 1, X.index, name="few")
    with pytest.warns(SmallGroupWarning, match=r"few = 1 \(5\)"):
        SoftUnlearner(fitted).fit_influence(X, y, sensitive_features=few)


def test_a_group_whose_validation_rows_have_no_weight_is_told_and_left_out(fitted, halves):
    (X, y, group), (X_val, y_val, group_val) = halves
    group_val = group_val.mask(np.arange(len(group_val)) % 3 == 0, "third")
    counted = group_val != "third"
    soft = SoftUnlearner(fitted)
    given = {"X_val": X_val, "y_val": y_val, "sensitive_features_val": group_val}
    with pytest.warns(SmallGroupWarning, match=r"third \(0\)\. They do not count"):
        soft.fit_influence(X, y, sensitive_features=group, sample_weight_val=counted * 1.0, **given)
    without = {name: rows[counted] for name, rows in given.items()}
    alone = SoftUnlearner(fitted).fit_influence(X, y, sensitive_features=group, **without)
    assert soft.before_ == pytest.approx(alone.before_)
    weight = counted.astype(float).where(np.arange(len(counted)) > 0, 1.0)
    with pytest.warns(SmallGroupWarning, match=r"third \(1\)\. They do not count"):
        soft.fit_influence(X, y, sensitive_features=group, sample_weight_val=weight, **given)
    # One row with weight is enough to be measured, if badly.
    SoftUnlearner(fitted, min_group_rows=1).fit_influence(
        X, y, sensitive_features=group, sample_weight_val=weight, **given
    )


@pytest.mark.parametrize("labels", [("maybe",), ("yes", "maybe"), (1, 0)], ids=str)
@pytest.mark.parametrize("way", ["fit", "fit frozen", "fit_influence"])
def test_labels_of_validation_rows_that_nobody_knows_are_called_y_val(way, labels, fitted, halves):
    (X, y, group), (X_val, _, group_val) = halves
    given = {"X_val": X_val, "sensitive_features_val": group_val}
    given["y_val"] = np.resize(np.array(labels), len(X_val))
    model = Unfittable() if way == "fit" else fitted
    soft = SoftUnlearner(FrozenEstimator(model) if way == "fit frozen" else model)
    verb = soft.fit_influence if way == "fit_influence" else soft.fit
    with pytest.raises(ValueError, match="'y_val' must hold labels that the estimator knows"):
        verb(X, y, sensitive_features=group, **given)


@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.SoftUnlearnWarning")
def test_a_fitted_classifier_knows_the_labels_that_it_was_fitted_on():
    X, y, group = unfair(600)
    y = np.where((X["b"] > 1) & (y == "no"), "later", y)
    model = raw_pipeline().fit(X, y)
    some = y != "later"
    given = {"X_val": X, "y_val": y, "sensitive_features_val": group}
    soft = SoftUnlearner(model, pos_label="yes", random_state=0)
    soft.fit_influence(X[some], y[some], sensitive_features=group[some], **given)
    assert soft.before_["log_loss"] > 0
    # Fitted anew it knows those of y.
    with pytest.raises(ValueError, match=r"'y_val' .* \['no', 'yes'\], got \['later'\]"):
        soft.fit(X[some], y[some], sensitive_features=group[some], **given)


def test_rows_in_different_orders_are_named_wherever_they_come_in(fitted, halves):
    (X, y, group), (X_val, y_val, group_val) = halves
    soft, shuffled = SoftUnlearner(fitted), group_val.sample(frac=1, random_state=0)
    validation = {"X_val": X_val, "y_val": y_val, "sensitive_features_val": shuffled}
    with pytest.raises(ValueError, match=r"'sensitive_features_val' must .* order of 'X_val'"):
        soft.fit_influence(X, y, sensitive_features=group, **validation)
    soft.fit_influence(X, y, sensitive_features=group).compute_weights().unlearn()
    for verb in (
        SoftUnlearner(Unfittable()).fit,
        SoftUnlearnerCV(Unfittable()).fit,
        soft.audit,
        lambda X, y, **rows: soft.delta_path([0.5], X, y, **rows),
    ):
        with pytest.raises(ValueError, match=r"'sensitive_features' must .* order of 'X'"):
            verb(X_val, y_val, sensitive_features=shuffled)
    # Another index says nothing about the order.
    report = soft.audit(X_val, y_val, sensitive_features=group_val.reset_index(drop=True))
    assert report.measured == soft.audit(X_val, y_val, sensitive_features=group_val).measured


class Unfittable(LogisticRegression):
    def fit(self, X, y, sample_weight=None):
        raise AssertionError("fitted")


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"delta": 1.5}, "'delta' parameter of SoftUnlearner must be"),
        ({"delta": 0.5, "max_improvement": 0.2}, "'max_improvement'"),
        ({"metric": "parity"}, "'metric' must be one of 'demographic_parity'"),
        ({"guards": {"log_loss": -1}}, "'guards' must map each objective to a slack"),
        ({"guards": ("accuracy",)}, "'guards' must be one of"),
        ({"weighting": "softer"}, "'weighting' must be one of 'soft', 'hard'"),
        ({"correction": "forget"}, "'correction' must be one of"),
        ({"curvature": "exactly"}, "'curvature' must be one of"),
        ({"pos_label": "maybe"}, "'pos_label' must be one of the classes"),
        ({"bounds": (0.5, None)}, "'bounds' must have 0 between"),
        ({"bounds": (-1.0,)}, "'bounds' must be None or a pair"),
        ({"on_infeasible": "ignore"}, "'on_infeasible' parameter"),
    ],
)
def test_bad_parameters_are_named(fitted, halves, parameters, sentence):
    with pytest.raises(ValueError, match=sentence):
        step_by_step(SoftUnlearner(fitted, **parameters), halves)


def test_bad_rows_are_named(fitted, halves):
    (X, y, group), _ = halves
    soft = SoftUnlearner(fitted)
    with pytest.raises(ValueError, match="'y' must have one label per row"):
        soft.fit_influence(X, y[:-1], sensitive_features=group)
    with pytest.raises(ValueError, match="'y_val' must have one label per row"):
        soft.fit_influence(X, y, sensitive_features=group, X_val=X, y_val=y[:5])
    with pytest.raises(ValueError, match="'y_val' must be given with 'X_val'"):
        soft.fit_influence(X, y, sensitive_features=group, X_val=X)
    with pytest.raises(ValueError, match="'sample_weight' must be at least 0"):
        soft.fit_influence(X, y, -np.ones(len(y)), sensitive_features=group)
    with pytest.raises(ValueError, match="'X' must have enough rows to hold out"):
        SoftUnlearner(raw_pipeline()).fit(X[:9], y[:9], sensitive_features=group[:9])
    with pytest.raises(ValueError, match="'sensitive_features' must have no missing values"):
        soft.fit_influence(X, y, sensitive_features=group.where(group != "g0"))
    with pytest.raises(NotFittedError):
        SoftUnlearner(raw_pipeline()).fit_influence(X, y, sensitive_features=group)
    with pytest.raises(UnsupportedEstimatorError, match="KNeighborsClassifier"):
        SoftUnlearner(KNeighborsClassifier()).fit(X[["a"]], y, sensitive_features=group)
    with pytest.raises(NotFittedError, match="compute_weights"):
        soft.fit_influence(X, y, sensitive_features=group).unlearn()


def test_grid_search_over_delta_without_routing(halves):
    (X, y, group), _ = halves
    search = GridSearchCV(
        SoftUnlearner(raw_pipeline(), random_state=0),
        {"delta": [0.2, 0.8]},
        scoring={"accuracy": "accuracy", "parity": demographic_parity_scorer.with_features(group)},
        refit="parity",
        cv=2,
    )
    search.fit(X, y, sensitive_features=group)
    assert search.best_params_ == {"delta": 0.8}


def test_grid_search_over_delta_with_routing(halves):
    (X, y, group), _ = halves
    with sklearn.config_context(enable_metadata_routing=True):
        pipeline = make_pipeline(raw_pipeline()[0], SoftUnlearner(logistic(), random_state=0))
        search = GridSearchCV(
            pipeline,
            {"softunlearner__delta": [0.2, 0.8]},
            scoring=demographic_parity_scorer,
            cv=2,
        )
        search.fit(X, y, sensitive_features=group)
        assert search.best_params_ == {"softunlearner__delta": 0.8}
        scores = cross_validate(
            SoftUnlearner(raw_pipeline(), random_state=0).set_score_request(sample_weight=False),
            X,
            y,
            cv=2,
            params={"sensitive_features": group, "sample_weight": np.ones(len(y))},
        )
        assert len(scores["test_score"]) == 2


def test_as_a_pipeline_step_without_routing(halves):
    (X, y, group), (X_val, *_) = halves
    pipeline = make_pipeline(raw_pipeline()[0], SoftUnlearner(logistic()))
    pipeline.fit(X, y, softunlearner__sensitive_features=group)
    assert set(pipeline.predict(X_val)) == {"no", "yes"}


def test_validation_rows_pass_through_a_pipeline(halves):
    (X, y, group), (X_val, y_val, group_val) = halves
    with sklearn.config_context(enable_metadata_routing=True):
        pipeline = make_pipeline(
            raw_pipeline()[0],
            SoftUnlearner(logistic()),
            transform_input=["X_val"],
        )
        pipeline.fit(
            X,
            y,
            sensitive_features=group,
            X_val=X_val,
            y_val=y_val,
            sensitive_features_val=group_val,
        )
    direct = SoftUnlearner(raw_pipeline()).fit(
        X, y, sensitive_features=group, X_val=X_val, y_val=y_val, sensitive_features_val=group_val
    )
    np.testing.assert_allclose(pipeline[-1].epsilon_, direct.epsilon_, atol=1e-6)


def test_soft_weights_object_and_nested_parameters(fitted, halves):
    """What is asked is asked of the unlearner; an object that says the same may stay."""
    soft = SoftUnlearner(fitted, delta=0.7, weighting=SoftWeights(delta=0.3))
    soft.set_params(weighting__delta=0.7)
    step_by_step(soft, halves)
    predicted = soft.solution_.predicted["demographic_parity"]
    assert -predicted == pytest.approx(0.7 * soft.before_["demographic_parity"], rel=1e-6)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.NotStationaryWarning")
@pytest.mark.parametrize(
    ("classifier", "layers"),
    [
        (RidgeClassifier(), "last"),
        (LinearSVC(), "last"),
        (SGDClassifier(loss="modified_huber", alpha=1e-3), "last"),
        (MLPClassifier((8,), max_iter=300), "last"),
        (MLPClassifier((8,), solver="lbfgs", alpha=1.0, max_iter=5000), "all"),
    ],
    ids=str,
)
def test_every_classifier_is_corrected_and_keeps_its_type(classifier, layers, halves):
    pipeline = make_pipeline(raw_pipeline()[0], classifier)
    soft = SoftUnlearner(pipeline, delta=0.5, layers=layers, n_rounds=4, random_state=0)
    (X, y, group), (X_val, y_val, group_val) = halves
    soft.fit(X, y, sensitive_features=group)
    before, after = (measured["demographic_parity"] for measured in (soft.before_, soft.after_))
    assert 0.25 < 1 - after / before < 0.75
    assert type(soft.unlearned_estimator_[-1]) is type(classifier)
    report = soft.audit(X_val, y_val, sensitive_features=group_val)
    assert abs(report.measured[1]["demographic_parity"]) < report.measured[0]["demographic_parity"]
    again = pickle.loads(pickle.dumps(soft))
    np.testing.assert_array_equal(again.predict(X_val), soft.predict(X_val))
    assert hasattr(soft, "predict_proba") == hasattr(pipeline, "predict_proba")


@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.SoftUnlearnWarning")
def test_one_layer_or_all_of_a_network(halves):
    (X, y, group), _ = halves
    for layers, changed in (("last", [False, True]), ("all", [True, True])):
        network = MLPClassifier((4,), solver="lbfgs", alpha=1.0, max_iter=5000, random_state=0)
        soft = SoftUnlearner(make_pipeline(raw_pipeline()[0], network), layers=layers)
        soft.set_params(random_state=0).fit(X, y, sensitive_features=group)
        pair = (soft.estimator_[-1].coefs_, soft.unlearned_estimator_[-1].coefs_)
        assert [not np.array_equal(a, b) for a, b in zip(*pair, strict=True)] == changed


def test_random_state_reaches_a_correction_by_name(fitted, halves):
    first, again, other = (
        step_by_step(SoftUnlearner(fitted, correction="fisher", random_state=state), halves)
        for state in (0, 0, 1)
    )
    assert first.after_ == again.after_
    assert first.after_ != other.after_


def test_stages_are_timed_where_that_is_asked_for(capsys):
    X, y, group = unfair(300)
    quiet, told = (SoftUnlearner(logistic(), random_state=0, verbose=verbose) for verbose in (0, 1))
    quiet.fit(X[["a", "b"]], y, sensitive_features=group)
    assert capsys.readouterr().out == ""
    told.fit(X[["a", "b"]], y, sensitive_features=group)
    lines = capsys.readouterr().out.splitlines()
    stages = ("fit", "influence", "weights", "correction")
    assert len(lines) == 4
    for stage, line in zip(stages, lines, strict=True):
        assert line.startswith("[SoftUnlearner]")
        assert f"Processing {stage}, total=" in line


def test_groups_of_the_rows_but_not_of_the_validation_rows_are_asked_for(halves, fitted):
    (X, y, group), (X_val, y_val, _) = halves
    with pytest.raises(ValueError, match="'sensitive_features_val' must be given with 'X_val'"):
        SoftUnlearner(fitted).fit_influence(
            X, y, sensitive_features=group, X_val=X_val, y_val=y_val
        )
    soft = SoftUnlearner(fitted, metric="robustness")
    soft.fit_influence(X, y, sensitive_features=group, X_val=X_val, y_val=y_val)
    assert soft.before_["robustness"] > 0
    with pytest.raises(NotFittedError, match="Call unlearn before audit"):
        soft.audit(X_val, y_val)


def test_a_shallow_copy_has_the_training_rows_at_hand(fitted, halves):
    soft = step_by_step(SoftUnlearner(fitted), halves)
    other = copy.copy(soft)
    pd.testing.assert_frame_equal(other.explain_rows(3), soft.explain_rows(3))
    other.set_params(delta=0.1).compute_weights()
    assert soft.delta != 0.1
    assert not np.array_equal(other.epsilon_, soft.epsilon_)


def test_weights_that_are_overwritten_between_steps_are_those_of_the_fit():
    rng = np.random.default_rng(0)
    group = rng.integers(2, size=300)
    X = np.column_stack([group, rng.normal(size=300)])
    y = (X.sum(axis=1) + rng.logistic(size=300) > 0.5).astype(int)
    weight = rng.uniform(0.5, 2.0, size=300)
    model = LogisticRegression(tol=1e-8).fit(X, y, weight)
    found = []
    for scale in (1.0, 3.0):
        given = weight.copy()
        soft = SoftUnlearner(model).fit_influence(X, y, given, sensitive_features=group)
        given *= scale
        found.append(soft.compute_weights().unlearn().sample_weight_)
    np.testing.assert_array_equal(*found)
