"""What a SoftUnlearner shows of what it did."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import polars as pl
import pytest

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.audit import TradeoffDisplay, ValidationDisplay, WeightsDisplay
from sk_softunlearn.objectives import DemographicParity
from tests.cases import (
    PAPER,
    logistic,
    needs_polars_tables,
    raw_pipeline,
    rows,
    step_by_step,
)

mpl.use("Agg")


def test_delta_path_is_what_the_steps_measure(fitted, halves):
    soft = step_by_step(SoftUnlearner(fitted, delta=0.5, **PAPER), halves)
    path = soft.delta_path([0.1, 0.5])
    measured = soft.after_["demographic_parity"] - soft.before_["demographic_parity"]
    assert path.loc[0.5, "measured_demographic_parity"] == pytest.approx(measured, rel=1e-9)
    assert path.loc[0.1, "requested_demographic_parity"] == pytest.approx(
        -0.1 * soft.before_["demographic_parity"]
    )


def test_explain_rows_is_indexed_like_X(fitted, halves):
    (X, y, group), _ = halves
    soft = step_by_step(SoftUnlearner(fitted), halves)
    rows = soft.explain_rows(n=7)
    assert len(rows) == 7
    first = rows.index[0]
    assert abs(rows.loc[first, "epsilon"]) == np.abs(soft.epsilon_).max()
    assert rows.loc[first, "group"] == group.loc[first]
    assert rows.loc[first, "label"] == y[X.index.get_loc(first)]
    assert len(soft.explain_rows(None)) == len(X)


def both_kinds(halves):
    """The same fit on a pandas and on a polars table, from the same rows."""
    (X, y, group), _ = halves
    fits = []
    for table, labels, features in (
        (X, y, group),
        (pl.from_pandas(X), pl.Series(y), pl.DataFrame({"group": group.to_numpy(dtype=object)})),
    ):
        soft = SoftUnlearner(raw_pipeline(), bounds=(-1.0, 1.0), random_state=0, **PAPER)
        fits.append(soft.fit(table, labels, sensitive_features=features))
    return fits


@needs_polars_tables
def test_polars_in_polars_out(halves):
    (X, *_), _ = halves
    pandas, polars = both_kinds(halves)
    for n in (7, None):
        rows, expected = polars.explain_rows(n), pandas.explain_rows(n)
        assert isinstance(rows, pl.DataFrame)
        assert rows.columns == ["row", *expected.columns]
        # The same rows in the same order; pandas labels them from 1000 on.
        assert rows["row"].to_list() == (expected.index - 1000).tolist()
        np.testing.assert_allclose(rows["weight"], expected["weight"])
        for name in ("label", "group"):
            assert rows[name].dtype == pl.String
            assert rows[name].to_list() == expected[name].tolist()
    weights = polars.explain_rows(None).sort("row")
    np.testing.assert_array_equal(weights["epsilon"], polars.epsilon_)
    assert isinstance(pandas.explain_rows(None), pd.DataFrame)
    assert pandas.explain_rows(None).sort_index().index.equals(X.index)


@needs_polars_tables
@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.SoftUnlearnWarning")
def test_paths_and_checks_are_of_the_kind_of_X(halves):
    pandas, polars = both_kinds(halves)
    for soft in (pandas, polars):
        soft.set_params(bounds=(-0.1, 0.1))
    path, expected = (soft.delta_path([0.1, 1.0]) for soft in (polars, pandas))
    assert isinstance(path, pl.DataFrame)
    assert path.columns == ["delta", *expected.columns]
    assert path["case"].to_list() == expected["case"].tolist()
    assert path["case"][1] == "infeasible"
    assert path["measured_log_loss"][1] is None
    assert path["measured_log_loss"][0] == pytest.approx(expected["measured_log_loss"].iloc[0])
    for method, name in (("loo", "row"), ("retrain", "share")):
        table, expected = (soft.validate(method, n=3) for soft in (polars, pandas))
        assert isinstance(table, pl.DataFrame)
        assert table.columns == [name, *expected.columns]
        np.testing.assert_allclose(table[:, 1:].to_numpy(), expected.to_numpy(), atol=1e-9)
    rows = polars.validate(n=3)["row"]
    assert (polars.influence_["log_loss"][rows] != 0).all()


@needs_polars_tables
def test_figures_and_pages_take_polars(halves):
    (X, y, group), _ = halves
    pandas, polars = both_kinds(halves)
    np.testing.assert_allclose(
        *(
            TradeoffDisplay.from_estimator(soft, deltas=[0.2, 0.4]).metric
            for soft in (pandas, polars)
        ),
        atol=1e-9,
    )
    first, second = (WeightsDisplay.from_estimator(soft).frame() for soft in (pandas, polars))
    pd.testing.assert_frame_equal(first, second)
    assert ValidationDisplay.from_estimator(polars, n=5).predicted.shape == (5,)
    mpl.pyplot.close("all")
    report = polars.audit(pl.from_pandas(X), pl.Series(y), sensitive_features=pl.Series(group))
    moved = report.background.rows(5)
    np.testing.assert_array_equal(moved["a"], X["a"].to_numpy()[moved.index])
    expected = pandas.audit(X, y, sensitive_features=group)
    pd.testing.assert_frame_equal(report.frame(0), expected.frame(0))


@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.DeltaNotReachedWarning")
@pytest.mark.parametrize(
    "metric",
    ["robustness", "worst_group_loss", "target_loss", DemographicParity(per_class=True)],
    ids=str,
)
def test_several_classes_without_a_favourable_one(metric):
    X, y, _ = rows(3, n=900)
    group = (X[:, 0] > 0).astype(int)
    soft = SoftUnlearner(logistic().fit(X, y), metric=metric, delta=0.02, guards=None)
    soft.fit_influence(X, y, sensitive_features=group).compute_weights().unlearn()
    report = soft.audit(X, y, sensitive_features=group)
    name = report.metric
    assert report.measured[1][name] == pytest.approx(soft.after_[name])
    assert "'pos_label' names none" in repr(report)
    assert set(report.frame(n_boot=5).columns.get_level_values(0)) == {
        "count",
        "accuracy",
        "log_loss",
    }
    path = soft.delta_path([0.01, 0.02], X, y, sensitive_features=group)
    change = soft.after_[name] - soft.before_[name]
    assert path.loc[0.02, f"measured_{name}"] == pytest.approx(change)


def test_other_rows_are_measured_in_the_unit_of_the_validation_rows(fitted, halves):
    """Few rows of a report would not be counted by themselves."""
    (X, y, group), _ = halves
    soft = step_by_step(SoftUnlearner(fitted), halves)
    assert soft.surrogate_ == "label"
    few = np.arange(150)
    report = soft.audit(X.iloc[few], y[few], sensitive_features=group.iloc[few])
    assert report.surrogate == "label"
    rates = [
        pd.Series(model.predict(X.iloc[few]) == "yes").groupby(group.iloc[few].to_numpy()).mean()
        for model in (soft.estimator_, soft.unlearned_estimator_)
    ]
    for measured, rate in zip(report.measured, rates, strict=True):
        assert abs(measured["demographic_parity"]) == pytest.approx(abs(rate["g1"] - rate["g0"]))
    path = soft.delta_path([0.5], X.iloc[few], y[few], sensitive_features=group.iloc[few])
    change = report.measured[1]["demographic_parity"] - report.measured[0]["demographic_parity"]
    assert path["measured_demographic_parity"].iloc[0] == pytest.approx(change)
