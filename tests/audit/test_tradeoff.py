"""TradeoffDisplay: what is drawn is what was measured."""

import matplotlib as mpl
import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression

from sk_softunlearn import SoftUnlearner, SoftUnlearnerCV
from sk_softunlearn.audit import TradeoffDisplay
from tests.cases import PAPER, needs_polars_tables, unfair

mpl.use("Agg")
pytestmark = pytest.mark.filterwarnings(
    "ignore::sk_softunlearn.exceptions.DeltaNotReachedWarning",
    "ignore::sk_softunlearn.exceptions.GuardExceededWarning",
    "ignore::sk_softunlearn.exceptions.NotStationaryWarning",
)


@pytest.fixture(scope="module")
def rows():
    X, y, group = unfair(1500)
    return X[["a", "b", "c"]], y, group


@pytest.fixture(scope="module")
def soft(rows):
    X, y, group = rows
    return SoftUnlearner(LogisticRegression(), random_state=0, **PAPER).fit(
        X, y, sensitive_features=group
    )


@pytest.fixture(autouse=True)
def close():
    yield
    mpl.pyplot.close("all")


def texts(display):
    return [text.get_text() for text in display.ax_.texts]


def test_marks_are_the_measured_values(soft):
    deltas = [0.2, 0.4, 0.8]
    display = TradeoffDisplay.from_estimator(soft, deltas=deltas, color="k")
    path = soft.delta_path(deltas)
    x, y = display.line_.get_data()
    before = soft.before_["demographic_parity"]
    np.testing.assert_allclose(x, before + path["measured_demographic_parity"])
    np.testing.assert_allclose(y, soft.before_["log_loss"] + path["measured_log_loss"])
    frame = display.frame()
    assert frame.columns.tolist() == ["metric", "utility"]
    assert frame.index.tolist() == path.index.tolist() == deltas
    np.testing.assert_allclose(frame["metric"], before + path["measured_demographic_parity"])
    np.testing.assert_allclose(
        frame["utility"], soft.before_["log_loss"] + path["measured_log_loss"]
    )
    assert display.line_.get_color() == "k"
    assert display.ax_.get_xlabel() == "demographic parity"
    assert display.figure_ is display.ax_.figure
    assert "before" in texts(display)


def test_deltas_by_their_number_go_as_far_as_the_metric_may(rows):
    X, y, group = rows
    soft = SoftUnlearner(LogisticRegression(), max_improvement=0.8, delta=0.4, random_state=0)
    soft.fit(X, y, sensitive_features=group)
    display = TradeoffDisplay.from_estimator(soft, deltas=2)
    assert display.frame().index.tolist() == [0.4, 0.8]
    search = SoftUnlearnerCV(soft, deltas=2, cv=2).fit(X, y, sensitive_features=group)
    assert search.deltas_.tolist() == [0.4, 0.8]


def test_other_rows_are_measured_by_audit(soft, rows):
    X, y, group = rows
    display = TradeoffDisplay.from_estimator(soft, X, y, sensitive_features=group, deltas=2)
    measured = soft.audit(X, y, sensitive_features=group).measured
    assert display.start == (
        measured[0]["demographic_parity"],
        pytest.approx(measured[0]["log_loss"]),
    )
    # The fitted delta is the first of the two.
    assert display.metric[0] == pytest.approx(measured[1]["demographic_parity"])


def test_infeasible_deltas_are_not_drawn(soft):
    tight = SoftUnlearner(soft.estimator_, bounds=(-0.1, 0.1), **PAPER)
    X, y, group = (soft._run.rows.X, soft._run.rows.y, soft._run.rows.named_groups())
    tight.fit_influence(X, y, sensitive_features=group)
    display = TradeoffDisplay.from_estimator(tight, deltas=[0.1, 1.0])
    assert np.isnan(display.metric).tolist() == [False, True]
    nothing = TradeoffDisplay.from_estimator(tight, deltas=[1.0])
    assert texts(nothing) == ["before"]
    assert nothing.frame().isna().all(axis=None)


@needs_polars_tables
def test_polars_rows_are_drawn_as_pandas_rows_are(soft, rows):
    X, y, group = rows
    fits = []
    for table in (X, pl.from_pandas(X)):
        tight = SoftUnlearner(soft.estimator_, bounds=(-0.1, 0.1), **PAPER)
        fits.append(tight.fit_influence(table, y, sensitive_features=group))
    for deltas in ([0.05, 0.1, 1.0], [1.0]):
        expected, frame = (TradeoffDisplay.from_estimator(s, deltas=deltas).frame() for s in fits)
        assert frame.isna().all(axis=1).tolist() == [delta == 1.0 for delta in deltas]
        np.testing.assert_allclose(frame, expected)


def test_a_search_shows_its_folds_its_limit_and_its_choice(soft, rows):
    X, y, group = rows
    search = SoftUnlearnerCV(soft, deltas=9, cv=2, constraint=0.1)
    search.fit(X, y, sensitive_features=group)
    display = TradeoffDisplay.from_cv_results(search)
    x, score = display.line_.get_data()
    np.testing.assert_array_equal(score, search.cv_results_["mean_test_score"])
    np.testing.assert_array_equal(x, search.cv_results_["mean_test_demographic_parity"])
    frame = display.frame()
    assert frame.index.tolist() == list(search.deltas_)
    np.testing.assert_array_equal(frame["metric"], x)
    np.testing.assert_array_equal(frame["utility"], score)
    for column, name in (("metric_std", "demographic_parity"), ("utility_std", "score")):
        np.testing.assert_array_equal(frame[column], search.cv_results_[f"std_test_{name}"])
    assert display.limit == 0.1
    assert display.chosen == search.best_index_
    assert any(f"{search.delta_:.3g}" in text for text in texts(display))
    assert len(texts(display)) <= 7


@pytest.mark.parametrize("utility", [[0.8, 0.7, 0.6], [0.3, 0.4, 0.5]])
def test_names_of_deltas_do_not_lie_on_the_path(utility):
    display = TradeoffDisplay(
        deltas=np.array([0.2, 0.5, 0.8]),
        metric=np.array([0.3, 0.2, 0.1]),
        utility=np.array(utility),
        metric_name="gap",
        utility_name="utility",
    ).plot()
    display.figure_.draw_without_rendering()
    path = display.line_.get_transform().transform_path(display.line_.get_path())
    boxes = [text.get_window_extent() for text in display.ax_.texts]
    assert len(boxes) == 3
    assert not any(path.intersects_bbox(box, filled=False) for box in boxes)
