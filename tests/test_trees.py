"""The whole way with tree ensembles: from a fitted model to a corrected, audited one."""

import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io as skops_io
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler

from sk_softunlearn import SoftUnlearner, SoftUnlearnerCV
from sk_softunlearn.exceptions import (
    FidelityWarning,
    UnsupportedEstimatorError,
)
from sk_softunlearn.objectives import IndividualFairness
from sk_softunlearn.persistence import TRUSTED_TYPES
from sk_softunlearn.views import find_head
from sk_softunlearn.weights import HardWeights
from tests.cases import logistic, scikit_learn_checks, unfair
from tests.tree_cases import boosting, forest, hist

NUMBERS = ["a", "b", "c"]


def in_pipeline(classifier):
    columns = make_column_transformer((StandardScaler(), NUMBERS), (OrdinalEncoder(), ["city"]))
    return make_pipeline(columns, classifier)


MODELS = {
    "hist": hist(max_iter=20, max_leaf_nodes=8),
    "hist, pipeline": in_pipeline(hist(max_iter=20, max_leaf_nodes=8)),
    "boosting": boosting(n_estimators=15),
    "forest": forest(min_samples_leaf=10),
    "forest, pipeline": in_pipeline(forest(min_samples_leaf=10)),
}
each = pytest.mark.parametrize("name", MODELS)


def rows(name, n=1600, seed=0):
    X, y, group = unfair(n, seed)
    return (X if "pipeline" in name else X[NUMBERS]), y, group


def rate_gap(model, X, group, positive="yes"):
    """The gap between two groups' rates of positive labels, in pandas alone."""
    rates = (pd.Series(model.predict(X), index=X.index) == positive).groupby(group).mean()
    return abs(rates.iloc[0] - rates.iloc[1])


@pytest.fixture(scope="module")
def corrected():
    """One corrected model of every kind, with its rows."""
    made = {}
    for name, model in MODELS.items():
        (X, y, group), (X_val, y_val, group_val) = rows(name), rows(name, seed=1)
        model = clone(model).fit(X, y)
        before = joblib.hash(model)
        soft = SoftUnlearner(model, delta=0.8, surrogate="label", random_state=0)
        soft.fit_influence(
            X,
            y,
            sensitive_features=group,
            X_val=X_val,
            y_val=y_val,
            sensitive_features_val=group_val,
        )
        soft.compute_weights().unlearn()
        assert joblib.hash(model) == before
        made[name] = soft, (X, y, group), (X_val, y_val, group_val)
    return made


@each
def test_delta_is_reached_on_labels_and_the_model_is_of_the_same_type(corrected, name):
    soft, (X, _, _), (X_val, y_val, group_val) = corrected[name]
    model = soft.unlearned_estimator_
    assert type(model) is type(soft.estimator_)
    assert type(find_head(model).classifier) is type(find_head(MODELS[name]).classifier)
    before, after = (rate_gap(m, X_val, group_val) for m in (soft.estimator_, model))
    assert soft.surrogate_ == "label"
    assert soft.before_["demographic_parity"] == pytest.approx(before)
    assert soft.after_["demographic_parity"] == pytest.approx(after)
    assert after <= 0.2 * before + 2 / 700
    assert len(soft.rounds_) > 1
    # It still knows the labels.
    assert np.mean(model.predict(X_val) == y_val) > 0.6
    assert soft.fidelity_ < 1e-6
    np.testing.assert_array_equal(soft.predict(X), model.predict(X))


@each
def test_the_weights_are_those_of_the_correction(corrected, name):
    soft, _, _ = corrected[name]
    assert soft.sample_weight_.min() >= 0.0
    np.testing.assert_allclose(soft.sample_weight_, 1.0 + soft.epsilon_)
    assert np.std(soft.epsilon_) > 0.05


@each
def test_influence_predicts_what_leaving_a_row_out_brings(corrected, name):
    soft, _, _ = corrected[name]
    soft.set_params(random_state=0)
    table = soft.validate(n=25)
    for objective in ("demographic_parity",):
        predicted = table[f"predicted_{objective}"]
        measured = table[f"measured_{objective}"]
        assert predicted.corr(measured) > 0.98
        assert predicted @ measured / (measured @ measured) == pytest.approx(1.0, abs=0.15)


@each
def test_validation_by_retraining_shows_held_trees_beside_grown_ones(corrected, name):
    soft, _, _ = corrected[name]
    table = soft.validate("retrain", n=2)
    assert list(table.index) == [0.5, 1.0]
    objective = "demographic_parity"
    assert {f"{kind}_{objective}" for kind in ("predicted", "measured", "held")} <= set(table)
    assert len(table.columns) % 3 == 0
    # What the unlearner itself has done is the held one with all of the weights.
    for kind in ("held", "measured"):
        assert table.loc[1.0, f"{kind}_{objective}"] < 0
    assert not np.allclose(table[f"held_{objective}"], table[f"measured_{objective}"])


def test_leaving_a_row_out_is_replaying_without_it(corrected):
    soft, (X, _, _), _ = corrected["hist"]
    run = soft._run
    table = soft.set_params(random_state=0).validate(n=6)
    for label in table.index:
        weight = np.where(X.index == label, 0.0, 1.0)
        theta = run.view.replayed(weight).theta
        change = run.panel.follow(theta)["demographic_parity"]
        change -= run.panel.follow(run.view.theta)["demographic_parity"]
        assert table.loc[label, "measured_demographic_parity"] == pytest.approx(change, abs=1e-12)


@pytest.mark.parametrize("name", ["hist", "forest, pipeline"])
def test_retraining_grows_anew_with_the_weights(name):
    X, y, group = rows(name)
    model = clone(MODELS[name]).fit(X, y)
    soft = SoftUnlearner(model, delta=0.3, correction="retrain", random_state=0)
    soft.fit_influence(X, y, sensitive_features=group).compute_weights().unlearn()
    given = "sample_weight" if name == "hist" else f"{model.steps[-1][0]}__sample_weight"
    again = clone(model).fit(X, y, **{given: soft.sample_weight_})
    np.testing.assert_allclose(soft.predict_proba(X), again.predict_proba(X), atol=1e-12)
    assert np.abs(soft.predict_proba(X) - model.predict_proba(X)).max() > 0.01


@each
def test_audit_path_report_and_rows(corrected, name, tmp_path):
    soft, (X, y, group), _ = corrected[name]
    report = soft.audit(X, y, sensitive_features=group)
    assert "demographic_parity" in str(report)
    page = tmp_path / "page.html"
    # The defaults are as many as a user waits for.
    report.to_html(page, deltas=2, n_boot=20)
    assert page.read_text().count("<h2") > 1
    path = soft.delta_path([0.3, 0.8])
    assert len(path) == 2
    explained = soft.explain_rows(5)
    assert len(explained) == 5
    assert set(explained.index) <= set(X.index)


def test_a_guard_keeps_the_loss():
    X, y, group = rows("forest")
    free, kept = (
        SoftUnlearner(clone(MODELS["forest"]), delta=0.6, guards=guards, random_state=0).fit(
            X, y, sensitive_features=group
        )
        for guards in (None, {"log_loss": 0.003})
    )
    rise = {soft: soft.after_["log_loss"] - soft.before_["log_loss"] for soft in (free, kept)}
    assert rise[kept] < 0.0035 < rise[free]
    assert kept.solution_.costs["log_loss"] > 0
    for soft in (free, kept):
        assert soft.after_["demographic_parity"] <= 0.45 * soft.before_["demographic_parity"]


@pytest.mark.parametrize(
    ("metric", "delta"),
    [("equal_opportunity", 0.5), ("equalized_odds", 0.5), ("worst_group_loss", 0.05)],
)
def test_other_metrics(metric, delta):
    X, y, group = rows("hist")
    soft = SoftUnlearner(clone(MODELS["hist"]), metric, delta=delta, random_state=0)
    soft.fit(X, y, sensitive_features=group)
    assert soft.after_[metric] <= (1.02 - delta) * soft.before_[metric]


@pytest.mark.parametrize("name", ["hist", "forest"])
def test_the_least_loss_is_less_than_that_of_the_smallest_weights(name):
    X, y, group = rows(name)
    # Where a gap is counted, rounds end at steps on either side of delta, and losses with them.
    settings = {"delta": 0.8, "surrogate": "probability", "random_state": 0}
    metric, utility = (
        SoftUnlearner(clone(MODELS[name]), objective=objective, **settings).fit(
            X, y, sensitive_features=group
        )
        for objective in ("metric", "utility")
    )
    for soft in (metric, utility):
        assert soft.after_["demographic_parity"] <= 0.25 * soft.before_["demographic_parity"]
    assert utility.after_["log_loss"] < metric.after_["log_loss"]
    assert np.linalg.norm(utility.epsilon_) > np.linalg.norm(metric.epsilon_)


def test_hard_weights_leave_rows_out():
    X, y, group = rows("hist")
    soft = SoftUnlearner(
        clone(MODELS["hist"]), weighting=HardWeights(), delta=0.3, random_state=0
    ).fit(X, y, sensitive_features=group)
    assert set(np.unique(soft.sample_weight_)) == {0.0, 1.0}
    assert soft.after_["demographic_parity"] < soft.before_["demographic_parity"]


def test_a_search_over_delta():
    X, y, group = rows("hist", n=900)
    search = SoftUnlearnerCV(clone(MODELS["hist"]), deltas=[0.3, 0.7], cv=2)
    search.fit(X, y, sensitive_features=group)
    assert search.delta_ in (0.3, 0.7)
    assert isinstance(search.unlearned_estimator_, HistGradientBoostingClassifier)


def test_three_classes():
    X, y, group = rows("hist")
    y = np.where(X["b"] > 0.8, "other", y)
    for model in (hist(max_iter=10), forest()):
        soft = SoftUnlearner(model, delta=0.5, pos_label="yes", random_state=0)
        soft.fit(X, y, sensitive_features=group)
        assert soft.after_["demographic_parity"] < 0.7 * soft.before_["demographic_parity"]
        assert list(soft.classes_) == ["no", "other", "yes"]


@pytest.mark.parametrize("save", ["joblib", "skops"])
@pytest.mark.parametrize("name", ["hist", "forest"])
def test_what_is_saved_and_loaded_predicts_the_same(corrected, name, save, tmp_path):
    soft, (X, _, _), _ = corrected[name]
    path = tmp_path / "soft"
    if save == "joblib":
        joblib.dump(soft, path)
        loaded = joblib.load(path)
    else:
        skops_io.dump(soft, path)
        untrusted = skops_io.get_untrusted_types(file=path)
        assert not [t for t in untrusted if "sk_softunlearn" in t and t not in TRUSTED_TYPES]
        loaded = skops_io.load(path, trusted=[*TRUSTED_TYPES, *untrusted])
    np.testing.assert_array_equal(loaded.predict_proba(X), soft.predict_proba(X))
    assert loaded.fidelity_ == soft.fidelity_


REFUSED = {
    "utility": (
        {"objective": "utility", "correction": "retrain"},
        "'objective' must be 'metric' where other trees are grown",
    ),
    "curvature": ({"curvature": "exact"}, "'curvature' must be 'auto' for a tree ensemble"),
    "diagonal": ({"curvature": "diagonal"}, "'curvature' must be 'auto' for a tree ensemble"),
    "identity": ({"curvature": "identity"}, "'curvature' must be 'auto' for a tree ensemble"),
    "gradients": (
        {"curvature": "conjugate_gradient"},
        "'curvature' must be 'auto' for a tree ensemble",
    ),
    "ekfac": ({"curvature": "ekfac"}, "'curvature' must be 'auto' for a tree ensemble"),
    "dual": ({"curvature": "dual"}, "'curvature' must be 'auto' for a tree ensemble"),
    "correction": ({"correction": "newton"}, "'correction' must be 'replay' or 'retrain'"),
    "robustness": ({"metric": "robustness"}, "'metric' 'robustness' needs a gradient"),
    "fairness": ({"metric": "individual_fairness"}, "needs a space of features"),
    "fairness, guard": (
        {"guards": {"individual_fairness": 0.0}},
        "needs a space of features",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("name", ["hist", "forest"])
def test_what_has_no_meaning_is_refused_in_a_sentence(name, case):
    parameters, sentence = REFUSED[case]
    X, y, group = rows(name, n=400)
    with pytest.raises(UnsupportedEstimatorError, match=sentence):
        SoftUnlearner(clone(MODELS[name]), **parameters).fit(X, y, sensitive_features=group)


def test_individual_fairness_of_twins_is_had():
    X, y, _ = rows("hist")
    twins = IndividualFairness(twins=lambda X: X.assign(a=X["a"] + 0.5))
    soft = SoftUnlearner(clone(MODELS["hist"]), twins, delta=0.2, random_state=0).fit(X, y)
    assert soft.after_["individual_fairness"] < soft.before_["individual_fairness"]


def test_a_fully_grown_forest_is_refused_before_its_fit(monkeypatch):
    X, y, group = rows("forest", n=400)
    monkeypatch.setattr(RandomForestClassifier, "fit", None)
    with pytest.raises(UnsupportedEstimatorError, match="min_samples_leaf=5 or more"):
        SoftUnlearner(RandomForestClassifier()).fit(X, y, sensitive_features=group)


def test_weights_of_the_fit_that_are_not_told_are_noticed():
    X, y, group = rows("hist")
    model = clone(MODELS["hist"]).fit(X, y, sample_weight=np.where(X["a"] > 0, 3.0, 0.3))
    with pytest.warns(FidelityWarning, match="the rows, in their order, and the sample_weight"):
        soft = SoftUnlearner(model).fit_influence(X, y, sensitive_features=group)
    assert soft.fidelity_ > 0.01


@pytest.mark.parametrize("correction", ["auto", "retrain"])
def test_no_row_weighs_less_than_nothing_and_no_other_correction_is_advised(correction):
    X, y, group = rows("hist")
    soft = SoftUnlearner(
        clone(MODELS["hist"]), bounds=(-3.0, 3.0), delta=0.9, correction=correction, random_state=0
    )
    with pytest.raises(ValueError, match=r"at least -1, got .* 'bounds' to -1\.$"):
        soft.fit(X, y, sensitive_features=group)


def test_a_linear_model_has_no_fidelity():
    X, y, group = rows("hist")
    soft = SoftUnlearner(logistic(), random_state=0).fit(X, y, sensitive_features=group)
    assert soft.fidelity_ is None


@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.SoftUnlearnWarning")
@scikit_learn_checks(
    [SoftUnlearner(HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=5), n_rounds=2)]
)
def test_scikit_learns_checks(estimator, check):
    check(estimator)
