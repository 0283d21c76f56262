import copy
import pickle

import fairlearn.metrics
import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.feature_selection import SequentialFeatureSelector
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    RandomizedSearchCV,
    cross_val_score,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sk_softunlearn.exceptions import SoftUnlearnError, SoftUnlearnWarning
from sk_softunlearn.metrics import (
    FairnessScorer,
    constrained_refit,
    demographic_parity_scorer,
    equal_opportunity_scorer,
    equalized_odds_scorer,
)
from sk_softunlearn.model_selection import GroupStratifiedKFold

SCORERS = {
    "demographic_parity": demographic_parity_scorer,
    "equal_opportunity": equal_opportunity_scorer,
    "equalized_odds": equalized_odds_scorer,
}


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(3)
    n = 400
    sex = rng.choice(["F", "M"], n)
    hours = rng.normal(size=n) + (sex == "M")
    income = hours + 0.5 * (sex == "M") + rng.normal(size=n) > 0.7
    index = rng.permutation(n) + 1000
    X = pd.DataFrame({"hours": hours, "job": rng.choice(["a", "b"], n)}, index=index)
    y = pd.Series(np.where(income, "more", "less"), index=index)
    A = pd.Series(sex, index=index, name="sex")
    return X, y, A


@pytest.fixture(scope="module")
def pipe():
    encode = make_column_transformer((StandardScaler(), ["hours"]), (OneHotEncoder(), ["job"]))
    return make_pipeline(encode, LogisticRegression())


@pytest.fixture(scope="module")
def fitted(table, pipe):
    X, y, _ = table
    return clone(pipe).fit(X, y)


def oracle(metric, y_true, y_pred, favourable, **kwargs):
    difference = getattr(fairlearn.metrics, f"{metric}_difference")
    return -difference(np.asarray(y_true) == favourable, np.asarray(y_pred) == favourable, **kwargs)


@pytest.mark.parametrize("favourable", ["more", "less"])
@pytest.mark.parametrize("metric", SCORERS)
def test_scores_are_fairlearns_on_encoded_labels(metric, favourable, table, fitted):
    X, y, A = table
    weight = np.random.default_rng(0).uniform(0.5, 2, len(X))
    scorer = clone(SCORERS[metric]).set_params(pos_label=favourable)
    for sample_weight in (None, weight):
        score = scorer(fitted, X, y, sensitive_features=A, sample_weight=sample_weight)
        expected = oracle(
            metric,
            y,
            fitted.predict(X),
            favourable,
            sensitive_features=A,
            sample_weight=sample_weight,
        )
        assert score == pytest.approx(expected, abs=1e-12)
        assert score < -0.05


@pytest.mark.parametrize("metric", SCORERS)
def test_the_favourable_class_is_the_second_by_default(metric, table, fitted):
    X, y, A = table
    second = FairnessScorer(metric, pos_label=fitted.classes_[1])
    assert SCORERS[metric](fitted, X, y, sensitive_features=A) == second(
        fitted, X, y, sensitive_features=A
    )


def test_crossed_columns_and_every_container_agree(table, fitted):
    X, y, A = table
    both = pd.DataFrame({"sex": A, "job": X["job"]})
    expected = oracle("demographic_parity", y, fitted.predict(X), "more", sensitive_features=both)
    containers = [
        both,
        both.to_numpy(),
        both.to_dict("list"),
        both.to_numpy().tolist(),
        pl.DataFrame(both.to_dict("list")),
    ]
    for container in containers:
        score = demographic_parity_scorer(fitted, X, y.tolist(), sensitive_features=container)
        assert score == pytest.approx(expected)


def test_several_classes_need_a_favourable_one(table):
    X, _, A = table
    grade = np.digitize(X["hours"], [-0.5, 1.0])
    clf = LogisticRegression().fit(X[["hours"]], grade)
    with pytest.raises(ValueError, match=r"'pos_label' must be given .* 3 classes"):
        demographic_parity_scorer(clf, X[["hours"]], grade, sensitive_features=A)
    scorer = FairnessScorer("equal_opportunity", pos_label=2)
    assert scorer(clf, X[["hours"]], grade, sensitive_features=A) == pytest.approx(
        oracle("equal_opportunity", grade, clf.predict(X[["hours"]]), 2, sensitive_features=A)
    )


def test_parity_scores_positive_zero(table):
    X, y, A = table
    everyone = np.tile(X[["hours"]].iloc[:1], (len(X), 1))
    clf = LogisticRegression().fit(X[["hours"]].to_numpy(), y)
    score = demographic_parity_scorer(clf, everyone, y, sensitive_features=A)
    assert str(score) == "0.0"


@pytest.mark.parametrize(
    ("scorer", "rows", "match"),
    [
        (demographic_parity_scorer, "A == 'F'", r"at least two groups .* got \['F'\]"),
        (equal_opportunity_scorer, "A == 'F' or y == 'less'", "favourable .* group 'M' has none"),
        (equalized_odds_scorer, "A == 'F' or y == 'more'", "unfavourable .* group 'M' has none"),
    ],
)
def test_what_cannot_be_measured_is_no_perfect_score(scorer, rows, match, table, fitted):
    X, y, A = table
    kept = pd.DataFrame({"y": y, "A": A}).query(rows).index
    with pytest.raises(ValueError, match=match):
        scorer(fitted, X.loc[kept], y[kept], sensitive_features=A[kept])


@pytest.mark.parametrize(
    ("scorer", "weightless", "match"),
    [
        (demographic_parity_scorer, "A == 'M'", "some rows of every group .* group 'M' has no"),
        (equal_opportunity_scorer, "A == 'M' and y == 'more'", "some favourable .* group 'M'"),
        (equalized_odds_scorer, "A == 'F' and y == 'less'", "some unfavourable .* group 'F'"),
        (equal_opportunity_scorer, "A == 'M'", "some rows of every group .* group 'M'"),
        (demographic_parity_scorer, "A == A", "above zero for some rows, got zero for all"),
    ],
)
def test_a_group_without_weight_is_no_parity(scorer, weightless, match, table, fitted):
    X, y, A = table
    weight = pd.Series(1.0, index=X.index)
    weight[pd.DataFrame({"y": y, "A": A}).query(weightless).index] = 0.0
    with pytest.raises(ValueError, match=f"'sample_weight' must be .*{match}"):
        scorer(fitted, X, y, sensitive_features=A, sample_weight=weight)


@pytest.mark.parametrize("metric", SCORERS)
def test_rows_without_weight_are_as_if_they_were_not_there(metric, table, fitted):
    X, y, A = table
    kept = np.random.default_rng(0).random(len(X)) < 0.7
    assert SCORERS[metric](
        fitted, X, y, sensitive_features=A, sample_weight=kept * 1.0
    ) == pytest.approx(SCORERS[metric](fitted, X[kept], y[kept], sensitive_features=A[kept]))


@pytest.mark.parametrize("metric", SCORERS)
def test_weights_below_zero_are_refused(metric, table, fitted):
    X, y, A = table
    weight = np.ones(len(X))
    weight[7] = -0.5
    with pytest.raises(ValueError, match=r"'sample_weight' must be at least 0, got -0\.5"):
        SCORERS[metric](fitted, X, y, sensitive_features=A, sample_weight=weight)


@pytest.mark.parametrize("shuffled", ["y", "sensitive_features", "sample_weight"])
def test_rows_in_different_orders_are_refused(shuffled, table, fitted):
    X, y, A = table
    rows = {"y": y, "sensitive_features": A, "sample_weight": pd.Series(1.0, index=X.index)}
    rows[shuffled] = rows[shuffled].iloc[::-1]
    with pytest.raises(ValueError, match=f"'{shuffled}' must have its rows in the order of 'X'"):
        demographic_parity_scorer(fitted, X, **rows)
    # Without the index of X: that of y.
    with pytest.raises(ValueError, match="must have its rows in the order of 'y'"):
        demographic_parity_scorer._score_func(y, y, sensitive_features=A.iloc[::-1])


def test_bad_parameters_are_refused(table, fitted):
    X, y, A = table
    with pytest.raises(ValueError, match="'metric' must be one of"):
        FairnessScorer("parity")(fitted, X, y, sensitive_features=A)
    with pytest.raises(ValueError, match="'pos_label' must be one of the classes"):
        FairnessScorer("demographic_parity", pos_label=1)(fitted, X, y, sensitive_features=A)
    with pytest.raises(ValueError, match=r"scorer\.with_features"):
        demographic_parity_scorer(fitted, X, y)


def test_bound_features_are_found_by_index(table, fitted):
    X, y, A = table
    part = X.index[50:150][::-1]
    expected = demographic_parity_scorer(fitted, X.loc[part], y[part], sensitive_features=A[part])
    for bound in (A, A.to_frame(), A.sample(frac=1, random_state=0)):
        scorer = demographic_parity_scorer.with_features(bound)
        assert scorer(fitted, X.loc[part], y[part]) == expected
    assert demographic_parity_scorer.sensitive_features is None


def test_bound_names_are_columns_of_X(table, fitted):
    X, y, A = table
    X = X.assign(sex=A)
    expected = demographic_parity_scorer(fitted, X, y, sensitive_features=A)
    assert demographic_parity_scorer.with_features("sex")(fitted, X, y) == expected
    crossed = demographic_parity_scorer.with_features(["sex", "job"])(fitted, X, y)
    assert crossed == demographic_parity_scorer(fitted, X, y, sensitive_features=X[["sex", "job"]])


def test_passed_features_come_before_bound_ones(table, fitted):
    X, y, A = table
    scorer = demographic_parity_scorer.with_features(X["job"])
    assert scorer(fitted, X, y, sensitive_features=A) == demographic_parity_scorer(
        fitted, X, y, sensitive_features=A
    )


def test_bound_features_that_do_not_fit_are_refused(table):
    X, y, A = table
    clf = LogisticRegression().fit(X[["hours"]].to_numpy(), y)
    hours = X[["hours"]].to_numpy()
    with pytest.raises(ValueError, match="an X of type ndarray"):
        demographic_parity_scorer.with_features(A)(clf, hours, y)
    with pytest.raises(ValueError, match="got ndarray"):
        demographic_parity_scorer.with_features(A.to_numpy())(clf, hours, y)
    with pytest.raises(ValueError, match=r"\(ndarray\) has no \['sex'\]"):
        demographic_parity_scorer.with_features("sex")(clf, hours, y)


def test_bound_index_must_be_unique_and_complete(table, fitted):
    X, y, A = table
    with pytest.raises(ValueError, match="unique index"):
        demographic_parity_scorer.with_features(pd.concat([A, A]))(fitted, X, y)
    with pytest.raises(ValueError, match="lacks 10 index values, the first"):
        demographic_parity_scorer.with_features(A.iloc[10:])(fitted, X, y)


def test_copies_score_alike(table, fitted):
    X, y, A = table
    scorer = equalized_odds_scorer.with_features(A)
    for other in (clone(scorer), copy.deepcopy(scorer), pickle.loads(pickle.dumps(scorer))):
        assert other(fitted, X, y) == scorer(fitted, X, y)
    assert repr(equalized_odds_scorer) == "FairnessScorer(metric='equalized_odds')"


SCORING = {"accuracy": "accuracy", "parity": demographic_parity_scorer}
GRID = {"logisticregression__C": [1e-4, 1e-3, 1e-2, 1.0]}


@pytest.mark.usefixtures("routing")
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_grid_search_with_routing(table, pipe, n_jobs):
    X, y, A = table
    search = GridSearchCV(
        pipe,
        GRID,
        scoring=SCORING,
        refit=constrained_refit("accuracy", "parity", at_most=0.3),
        cv=GroupStratifiedKFold(3),
        error_score="raise",
        n_jobs=n_jobs,
    )
    search.fit(X, y, sensitive_features=A)
    assert_scores_are_the_oracles(search, table, pipe)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_grid_search_without_routing(table, pipe, n_jobs):
    X, y, A = table
    search = GridSearchCV(
        pipe,
        GRID,
        scoring=SCORING | {"parity": demographic_parity_scorer.with_features(A)},
        refit=constrained_refit("accuracy", "parity", at_most=0.3),
        cv=list(GroupStratifiedKFold(3).split(X, y, A)),
        error_score="raise",
        n_jobs=n_jobs,
    )
    search.fit(X, y)
    assert_scores_are_the_oracles(search, table, pipe)


def assert_scores_are_the_oracles(search, table, pipe):
    X, y, A = table
    results = search.cv_results_
    for fold, (train, test) in enumerate(GroupStratifiedKFold(3).split(X, y, A)):
        for candidate, params in enumerate(results["params"]):
            model = clone(pipe).set_params(**params).fit(X.iloc[train], y.iloc[train])
            expected = oracle(
                "demographic_parity",
                y.iloc[test],
                model.predict(X.iloc[test]),
                "more",
                sensitive_features=A.iloc[test],
            )
            found = results[f"split{fold}_test_parity"][candidate]
            assert found == pytest.approx(expected, abs=1e-12)
    allowed = results["mean_test_parity"] >= -0.3
    assert 0 < allowed.sum() < len(allowed)
    best = np.where(allowed, results["mean_test_accuracy"], -1).argmax()
    assert search.best_index_ == best
    assert search.best_estimator_.predict(X).shape == y.shape


@pytest.mark.usefixtures("routing")
def test_single_scorer_with_routing(table, pipe):
    X, y, A = table
    search = GridSearchCV(pipe, GRID, scoring=equal_opportunity_scorer, cv=GroupStratifiedKFold(3))
    search.fit(X, y, sensitive_features=A)
    assert search.best_score_ == max(search.cv_results_["mean_test_score"])
    assert search.score(X, y, sensitive_features=A) == equal_opportunity_scorer(
        search, X, y, sensitive_features=A
    )


@pytest.mark.usefixtures("routing")
def test_request_can_be_changed_on_a_copy(table, pipe):
    X, y, A = table
    scorer = clone(demographic_parity_scorer).set_score_request(sensitive_features="sex")
    result = cross_validate(pipe, X, y, scoring=scorer, cv=3, params={"sex": A})
    assert np.isfinite(result["test_score"]).all()
    bound = demographic_parity_scorer.with_features(A).set_score_request(sensitive_features=False)
    again = cross_validate(pipe, X, y, scoring=bound, cv=3)
    np.testing.assert_array_equal(result["test_score"], again["test_score"])


def test_sample_weight_reaches_the_scorers_of_a_search_without_routing(table):
    X, y, A = table
    weight = np.random.default_rng(1).uniform(0.2, 3, len(X))
    search = GridSearchCV(
        LogisticRegression(),
        {"C": [1.0]},
        scoring={
            "accuracy": "accuracy",
            "parity": demographic_parity_scorer.with_features(A),
        },
        refit=False,
        cv=3,
        error_score="raise",
    )
    search.fit(X[["hours"]], y, sample_weight=weight)
    assert np.isfinite(search.cv_results_["mean_test_parity"]).all()


def searches(scorer):
    """Searches of scikit-learn without routing, as functions of X and y and what fit is given."""
    single = {"estimator": LogisticRegression(), "scoring": scorer, "cv": 2}
    several = single | {"scoring": {"accuracy": "accuracy", "parity": scorer}}
    grid = {"param_grid": {"C": [1e-6, 1.0]}}
    return {
        "grid": GridSearchCV(**single, **grid).fit,
        "grid, error_score=0": GridSearchCV(**single, **grid, error_score=0.0).fit,
        "grid of several scorers": GridSearchCV(**several, **grid, refit="accuracy").fit,
        "grid in processes": GridSearchCV(**single, **grid, n_jobs=2).fit,
        "random": RandomizedSearchCV(**single, param_distributions={"C": [1.0]}, n_iter=1).fit,
        "cross_validate": lambda X, y: cross_validate(X=X, y=y, **single),
        "cross_validate, several scorers": lambda X, y: cross_validate(X=X, y=y, **several),
        "cross_val_score": lambda X, y: cross_val_score(X=X, y=y, **single),
        "features": SequentialFeatureSelector(**single, n_features_to_select=1).fit,
    }


@pytest.mark.parametrize("name", searches(None))
def test_a_search_without_sensitive_features_chooses_nothing(name, table):
    X, y, _ = table
    X = pd.get_dummies(X)
    with pytest.raises(SoftUnlearnError, match=r"^'sensitive_features' must be .*with_features"):
        searches(demographic_parity_scorer)[name](X, y)


@pytest.mark.parametrize(
    ("scorer", "match"),
    [
        (FairnessScorer("parity"), "'metric' must be one of"),
        (FairnessScorer("demographic_parity", pos_label=3), "'pos_label' must be one of"),
        (demographic_parity_scorer.with_features("sex"), "must name columns of X"),
        (demographic_parity_scorer.with_features(pd.Series([1, 2])), "must hold every row of X"),
    ],
)
def test_what_is_wrong_in_every_fold_stops_a_search(scorer, match, table):
    X, y, _ = table
    with pytest.raises(SoftUnlearnError, match=match):
        searches(scorer)["grid"](X[["hours"]], y)
    search = searches(scorer)["grid"].__self__.set_params(error_score="raise")
    with pytest.raises(ValueError, match=match):
        search.fit(X[["hours"]], y)


def test_what_is_wrong_in_one_fold_is_its_error_score(table):
    X, y, A = table
    both = next(GroupStratifiedKFold(3).split(X, y, A))
    folds = [both, (np.arange(len(X)), np.flatnonzero(A == "F"))]
    scorer = demographic_parity_scorer.with_features(A)
    with pytest.warns(UserWarning, match="at least two groups"):
        scores = cross_val_score(LogisticRegression(), X[["hours"]], y, scoring=scorer, cv=folds)
    assert np.isfinite(scores).tolist() == [True, False]


def results(score, parity):
    return {"mean_test_score": np.array(score), "mean_test_parity": np.array(parity)}


@pytest.mark.parametrize(
    ("score", "parity", "best"),
    [
        ([0.9, 0.8, 0.7], [-0.2, -0.05, -0.01], 1),
        ([0.9, 0.8, 0.85], [-0.2, -0.05, -0.01], 2),
        ([0.9, 0.8, 0.8], [-0.2, -0.01, -0.0], 1),
        ([np.nan, 0.8, 0.9], [-0.01, -0.02, np.nan], 1),
        ([-3.0, -2.0], [0.0, 0.0], 1),
    ],
)
def test_constrained_refit_takes_the_best_allowed(score, parity, best):
    choose = pickle.loads(pickle.dumps(constrained_refit("score", "parity", at_most=0.05)))
    index = choose(results(score, parity))
    assert index == best
    assert type(index) is int


@pytest.mark.parametrize(
    ("score", "parity", "best"),
    [
        ([0.9, 0.8, 0.7], [-0.2, -0.1, -0.15], 1),
        ([0.8, 0.9, 0.7], [-0.1, -0.1, -0.15], 1),
        ([0.8, np.nan], [-0.2, -0.1], 0),
    ],
)
def test_constrained_refit_warns_when_none_is_allowed(score, parity, best):
    with pytest.warns(SoftUnlearnWarning, match="No candidate has 'parity' at most 0.05"):
        assert constrained_refit("score", "parity")(results(score, parity)) == best


@pytest.mark.parametrize(
    ("names", "parity", "match"),
    [
        (("auc", "parity"), [-0.1], r"'score' must name .* \['score', 'parity'\]"),
        (("score", "gap"), [-0.1], r"'constraint' must name .* got 'gap'"),
        (("score", "parity"), [0.1], r"negated gap, 0 or below; 'parity' scored 0\.1"),
        (("score", "parity"), [np.nan], "error_score='raise'"),
    ],
)
def test_constrained_refit_refuses(names, parity, match):
    with pytest.raises(ValueError, match=match):
        constrained_refit(*names)(results([0.5], parity))
