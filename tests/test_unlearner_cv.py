"""SoftUnlearnerCV: the same numbers as a search over delta, from one fit per fold."""

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_softunlearn import SoftUnlearner, SoftUnlearnerCV
from sk_softunlearn.exceptions import InfeasibleWeightsError, SoftUnlearnWarning
from sk_softunlearn.metrics import demographic_parity_scorer
from sk_softunlearn.model_selection import GroupStratifiedKFold
from tests.cases import PAPER, raw_pipeline, scikit_learn_checks, unfair

# One round at large delta misses it on few rows; what is tested here is the search.
pytestmark = pytest.mark.filterwarnings(
    "ignore::sk_softunlearn.exceptions.DeltaNotReachedWarning",
    "ignore::sk_softunlearn.exceptions.NotStationaryWarning",
)
DELTAS = [0.25, 0.5, 0.75, 1.0]
QUIET = pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.SoftUnlearnWarning")


@scikit_learn_checks([SoftUnlearnerCV(LogisticRegression(), deltas=2, cv=2)])
@QUIET
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def rows():
    return unfair(1500)


def search(**parameters):
    soft = SoftUnlearner(raw_pipeline(), random_state=0, **PAPER)
    return SoftUnlearnerCV(soft, **({"deltas": DELTAS, "cv": 3} | parameters))


def test_scores_are_those_of_a_grid_search(rows):
    X, y, group = rows
    folds = list(GroupStratifiedKFold(3).split(X, y, group))
    grid = GridSearchCV(
        SoftUnlearner(raw_pipeline(), random_state=0, **PAPER), {"delta": DELTAS}, cv=folds
    )
    grid.fit(X, y, sensitive_features=group)
    ours = search().fit(X, y, sensitive_features=group)
    for name in ("split0_test_score", "split2_test_score", "mean_test_score", "std_test_score"):
        np.testing.assert_allclose(ours.cv_results_[name], grid.cv_results_[name], atol=1e-12)
    np.testing.assert_array_equal(
        ours.cv_results_["rank_test_score"], grid.cv_results_["rank_test_score"]
    )
    assert ours.cv_results_["params"] == grid.cv_results_["params"]
    assert ours.delta_ == grid.best_params_["delta"]
    np.testing.assert_allclose(ours.predict_proba(X), grid.predict_proba(X), atol=1e-10)


def test_the_metric_is_that_of_the_test_rows(rows):
    X, y, group = rows
    ours = search().fit(X, y, sensitive_features=group)
    train, test = next(iter(GroupStratifiedKFold(3).split(X, y, group)))
    soft = SoftUnlearner(raw_pipeline(), delta=0.5, random_state=0, **PAPER)
    soft.fit(X.iloc[train], y[train], sensitive_features=group.iloc[train])
    favourable = soft.predict_proba(X.iloc[test])[:, 1]
    gap = np.diff(pd.Series(favourable).groupby(group.iloc[test].to_numpy()).mean())
    found = ours.cv_results_["split0_test_demographic_parity"][1]
    assert found == pytest.approx(abs(gap[0]))


def test_constraint_takes_the_best_score_below_it(rows):
    X, y, group = rows
    ours = search(constraint=0.08).fit(X, y, sensitive_features=group)
    gap, score = (ours.cv_results_[f"mean_test_{k}"] for k in ("demographic_parity", "score"))
    assert gap[ours.best_index_] <= 0.08
    assert score[ours.best_index_] == score[gap <= 0.08].max()
    assert gap.max() > 0.08


def test_constraint_by_a_scorer(rows):
    X, y, group = rows
    ours = search(constraint=(demographic_parity_scorer, -0.1))
    ours.fit(X, y, sensitive_features=group)
    assert ours.cv_results_["mean_test_constraint"][ours.best_index_] >= -0.1
    train, test = next(iter(GroupStratifiedKFold(3).split(X, y, group)))
    soft = SoftUnlearner(raw_pipeline(), delta=0.5, random_state=0, **PAPER)
    soft.fit(X.iloc[train], y[train], sensitive_features=group.iloc[train])
    expected = demographic_parity_scorer(
        soft, X.iloc[test], y[test], sensitive_features=group.iloc[test]
    )
    assert ours.cv_results_["split0_test_constraint"][1] == pytest.approx(expected)


def test_a_constraint_that_nothing_meets_takes_the_nearest(rows):
    X, y, group = rows
    ours = search(deltas=[0.1, 0.2], constraint=0.01)
    with pytest.warns(SoftUnlearnWarning, match="'constraint' 0.01 is met by none of the deltas"):
        ours.fit(X, y, sensitive_features=group)
    assert ours.delta_ == 0.2


class Counted(LogisticRegression):
    fits = 0

    def fit(self, X, y, sample_weight=None):
        Counted.fits += 1
        return super().fit(X, y, sample_weight)


def test_one_base_fit_per_fold(rows):
    X, y, group = rows
    Counted.fits = 0
    ours = SoftUnlearnerCV(Counted(max_iter=1000), deltas=4, cv=3)
    ours.fit(X[["a", "b", "c"]], y, sensitive_features=group)
    assert Counted.fits == 4  # three folds, and all rows at the end
    np.testing.assert_allclose(ours.deltas_, DELTAS)


def test_rounds_go_on_along_the_path(rows):
    X, y, group = rows
    soft = SoftUnlearner(raw_pipeline(), n_rounds=6, objective="utility", random_state=0)
    ours = SoftUnlearnerCV(soft, deltas=DELTAS, cv=2).fit(X, y, sensitive_features=group)
    gap = ours.cv_results_["mean_test_demographic_parity"]
    assert np.all(np.diff(gap) < 0)


def test_jobs_and_frames_of_sensitive_columns(rows):
    X, y, group = rows
    columns = pd.DataFrame({"group": group, "city": X["city"]})
    one, two = (search(n_jobs=jobs, cv=2).fit(X, y, sensitive_features=columns) for jobs in (1, 2))
    for name in ("mean_test_score", "mean_test_demographic_parity"):
        np.testing.assert_array_equal(one.cv_results_[name], two.cv_results_[name])


def test_routing_hands_over_the_sensitive_features(rows):
    X, y, group = rows
    X = X[["a", "b", "c"]]
    plain = search(cv=2).set_params(estimator__estimator=LogisticRegression())
    X = X.to_numpy()
    direct = clone(plain).fit(X, y, sensitive_features=group)
    with config_context(enable_metadata_routing=True):
        pipe = make_pipeline(StandardScaler(with_std=False, with_mean=False), plain)
        pipe.fit(X, y, sensitive_features=group.to_numpy())
    np.testing.assert_allclose(pipe.predict_proba(X), direct.predict_proba(X), atol=1e-6)
    assert search().get_metadata_routing().fit.requests["sensitive_features"] is True


def test_infeasible_deltas_cannot_be_chosen(rows):
    X, y, group = rows
    soft = SoftUnlearner(raw_pipeline(), bounds=(-0.2, 0.2), random_state=0, **PAPER)
    ours = SoftUnlearnerCV(soft, deltas=[0.05, 1.0], cv=2)
    with pytest.warns(SoftUnlearnWarning, match="'delta'=1 is infeasible in a fold"):
        ours.fit(X, y, sensitive_features=group)
    assert ours.delta_ == 0.05
    assert np.isnan(ours.cv_results_["mean_test_score"][1])
    assert ours.cv_results_["rank_test_score"].tolist() == [1, 2]
    with (
        pytest.raises(InfeasibleWeightsError, match="None of the 'deltas'"),
        pytest.warns(SoftUnlearnWarning),
    ):
        ours.set_params(deltas=[1.0]).fit(X, y, sensitive_features=group)


def test_a_frozen_classifier_has_seen_the_test_rows(rows):
    X, y, group = rows
    frozen = FrozenEstimator(raw_pipeline().fit(X, y))
    with pytest.warns(SoftUnlearnWarning, match="'estimator' is frozen"):
        SoftUnlearnerCV(frozen, deltas=2, cv=2).fit(X, y, sensitive_features=group)


def test_without_groups_a_metric_that_needs_none(rows):
    X, y, _ = rows
    soft = SoftUnlearner(raw_pipeline(), metric="log_loss", guards=None, random_state=0)
    ours = SoftUnlearnerCV(soft, deltas=[0.001, 0.002], cv=StratifiedKFold(2)).fit(X, y)
    assert np.isfinite(ours.cv_results_["mean_test_log_loss"]).all()


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"deltas": [0.0, 0.5]}, "'deltas' must be shares of the metric"),
        ({"deltas": [0.5, 1.5]}, "'deltas' must be shares of the metric"),
        ({"deltas": []}, "'deltas' must be"),
        ({"constraint": (0.1, 0.2)}, "'constraint' must be a number, or a pair"),
        ({"constraint": -1.0}, "'constraint' parameter"),
    ],
)
def test_bad_parameters_are_named(rows, parameters, sentence):
    X, y, group = rows
    with pytest.raises(ValueError, match=sentence):
        search(**parameters).fit(X, y, sensitive_features=group)


def scored(means, std, deltas=(0.25, 0.5, 0.75, 1.0), splits=4):
    """A search that has found these scores."""
    ours = SoftUnlearnerCV(None)
    ours.deltas_, ours.n_splits_ = np.array(deltas), splits
    ours.cv_results_ = {
        "mean_test_score": np.array(means, dtype=float),
        "std_test_score": np.full(len(means), std),
    }
    return ours


@pytest.mark.parametrize(
    ("means", "std", "chosen"),
    [
        ([0.80, 0.80, 0.79, 0.70], 0.04, 2),
        ([0.80, 0.80, 0.79, 0.70], 0.01, 1),
        ([0.80, 0.81, 0.70, 0.70], 0.0, 1),
        ([0.80, 0.80, np.nan, 0.79], 0.04, 3),
    ],
)
def test_the_largest_delta_within_one_standard_error_is_taken(means, std, chosen):
    """The standard error of four folds is half of their standard deviation."""
    ours = scored(means, std)
    assert ours._best(None, "gap", np.isfinite(means)) == chosen


def test_a_delta_that_all_rows_do_not_allow_gives_way_to_the_next_best(rows):
    X, y, group = rows

    class Picky(SoftUnlearner):
        """Weights for the largest delta are there in the folds, not on all rows."""

        def compute_weights(self, **parameters):
            if self.delta == 1.0:
                raise InfeasibleWeightsError("no")
            return super().compute_weights(**parameters)

    soft = Picky(raw_pipeline(), random_state=0, **PAPER)
    ours = SoftUnlearnerCV(soft, deltas=[0.5, 1.0], scoring=demographic_parity_scorer, cv=2)
    with pytest.warns(SoftUnlearnWarning, match="On all rows: no The next best delta is taken"):
        ours.fit(X, y, sensitive_features=group)
    assert ours.delta_ == 0.5
    assert np.argmax(ours.cv_results_["mean_test_score"]) == 1
    assert ours.unlearner_.solution_.predicted["demographic_parity"] == pytest.approx(
        -0.5 * ours.unlearner_.before_["demographic_parity"], rel=1e-6
    )


@pytest.mark.parametrize("scoring", [3, ["accuracy"], {"accuracy": "accuracy"}, object()])
def test_scoring_of_another_kind_is_refused_before_any_fit(scoring):
    X, y = np.zeros((8, 1)), np.arange(8) % 2
    with pytest.raises(ValueError, match="'scoring' must be"):
        SoftUnlearnerCV(Counted(), scoring=scoring).fit(X, y, sensitive_features=y)
