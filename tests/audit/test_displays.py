"""The displays: what is drawn is what there is, and looks as it did."""

import warnings

import matplotlib as mpl
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.stats import spearmanr
from sklearn.decomposition import PCA
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.audit import (
    DecisionBoundaryDisplay,
    InfluenceDisplay,
    TradeoffDisplay,
    ValidationDisplay,
    WeightsDisplay,
)
from tests.cases import PAPER, logistic, unfair

mpl.use("Agg")


@pytest.fixture(scope="module")
def soft():
    X, y, group = unfair(1500)
    soft = SoftUnlearner(logistic(), random_state=0, **PAPER)
    return soft.fit(X[["a", "b", "c"]], y, sensitive_features=group)


@pytest.fixture(scope="module")
def soft_of_polars():
    X, y, group = unfair(1500)
    soft = SoftUnlearner(logistic(), random_state=0, **PAPER)
    table = pl.from_pandas(X[["a", "b", "c"]])
    return soft.fit(table, pl.Series(y), sensitive_features=pl.Series(group))


@pytest.fixture(autouse=True)
def close():
    yield
    mpl.pyplot.close("all")


def test_every_row_is_a_point_of_its_influence_and_weight(soft):
    display = InfluenceDisplay.from_estimator(soft, s=3)
    drawn = display.points_.get_offsets()
    expected = np.column_stack([soft.influence_["demographic_parity"], soft.influence_["log_loss"]])
    order = np.argsort(np.abs(soft.epsilon_), kind="stable")
    np.testing.assert_allclose(drawn, expected[order])
    np.testing.assert_allclose(display.points_.get_array(), soft.epsilon_[order])
    low, high = display.points_.get_clim()
    assert low == -high
    assert display.ax_.get_xlabel() == "influence on demographic parity"
    assert display.figure_ is display.ax_.figure


def test_the_table_of_influence_is_that_of_the_rows(soft):
    expected = pd.DataFrame(
        {
            "metric": soft.influence_["demographic_parity"],
            "utility": soft.influence_["log_loss"],
            "epsilon": soft.epsilon_,
        }
    )
    pd.testing.assert_frame_equal(InfluenceDisplay.from_estimator(soft).frame(), expected)


def test_of_many_rows_some_are_drawn(soft):
    display = InfluenceDisplay.from_estimator(soft, n_points=100)
    points = {tuple(point) for point in display.points_.get_offsets().data}
    every = zip(soft.influence_["demographic_parity"], soft.influence_["log_loss"], strict=True)
    assert len(display.epsilon) == 100
    assert points <= set(every)


@pytest.mark.parametrize("kind", ["soft", "soft_of_polars"])
def test_a_table_of_rows_is_drawn_as_its_estimator_is(kind, request):
    soft = request.getfixturevalue(kind)
    rows = soft.explain_rows(None)
    drawn = InfluenceDisplay.from_rows(rows, metric="demographic_parity").points_
    expected = InfluenceDisplay.from_estimator(soft).points_
    np.testing.assert_array_equal(drawn.get_offsets(), expected.get_offsets())
    np.testing.assert_array_equal(drawn.get_array(), expected.get_array())
    weights, expected = WeightsDisplay.from_rows(rows), WeightsDisplay.from_estimator(soft)
    pd.testing.assert_frame_equal(weights.frame(), expected.frame())


def test_axes_and_influence_are_those_of_the_objectives_named(soft):
    rows = soft.explain_rows(None)
    display = InfluenceDisplay.from_rows(
        rows, metric="log_loss", utility="demographic_parity", n_points=50
    )
    assert display.ax_.get_ylabel() == "influence on demographic parity"
    drawn = display.frame()
    assert len(drawn) == 50
    every = rows[["influence_log_loss", "influence_demographic_parity", "epsilon"]]
    assert set(drawn.itertuples(index=False, name=None)) <= set(
        every.itertuples(index=False, name=None)
    )
    with pytest.raises(ValueError, match=r"'utility' must be .*'log_loss'\], got 'accuracy'"):
        InfluenceDisplay.from_rows(rows, metric="log_loss", utility="accuracy")


@pytest.mark.parametrize("kind", ["soft", "soft_of_polars"])
def test_the_table_of_weights_is_by_group_and_label(kind, request):
    _, y, group = unfair(1500)
    soft = request.getfixturevalue(kind)
    # Rows held out have no influence.
    trained = soft.influence_["log_loss"] != 0
    cells = [f"{g}, label {label}" for g, label in zip(group, y, strict=True)]
    epsilon = pd.Series(soft.epsilon_[trained]).groupby(np.array(cells)[trained])
    frame = WeightsDisplay.from_estimator(soft).frame()
    assert frame.index.tolist() == sorted(set(cells))
    assert frame["rows"].tolist() == epsilon.count().tolist()
    np.testing.assert_allclose(frame["mean"], epsilon.mean())
    np.testing.assert_allclose(frame["median"], epsilon.quantile(0.5))
    np.testing.assert_allclose(frame["weighted_down"], epsilon.agg(lambda e: sum(e < 0) / len(e)))


def test_rows_without_groups_are_boxed_by_label():
    X, y, _ = unfair(300)
    X = X[["a", "b"]]
    soft = SoftUnlearner(logistic().fit(X, y), metric="robustness", guards=None, delta=0.1)
    soft.fit_influence(X, y).compute_weights()
    frame = WeightsDisplay.from_estimator(soft).frame()
    assert frame.index.tolist() == ["label no", "label yes"]


def test_rows_with_influence_on_one_objective_are_boxed_and_rows_with_none_are_not():
    rows = pl.DataFrame(
        {
            "epsilon": [0.5, -0.25, 0.0],
            "label": [1, 1, 1],
            "influence_gap": [0.0, 0.1, 0.0],
            "influence_log_loss": [0.1, 0.1, 0.0],
        }
    )
    assert WeightsDisplay.from_rows(rows).epsilon.tolist() == [0.5, -0.25]


def test_boxes_are_those_of_the_training_rows_of_a_cell(soft):
    display = WeightsDisplay.from_estimator(soft)
    frame = display.frame()
    assert frame["rows"].sum() == np.count_nonzero(soft.influence_["log_loss"])
    medians = [line.get_xdata()[0] for line in display.boxes_["medians"]]
    np.testing.assert_allclose(medians, frame["median"].iloc[::-1])
    names = [text.get_text() for text in display.ax_.get_yticklabels()]
    assert names[0].startswith(frame.index[-1])
    assert np.all(frame["weighted_down"].between(0, 1))


def ordered_ages(group):
    """Two groups with a level in between that no row has, the first one the last by its name."""
    names = group.map({"g0": "young", "g1": "old"})
    return pd.Series(
        pd.Categorical(names, ["young", "middle", "old"], ordered=True), index=group.index
    )


@pytest.mark.parametrize(
    ("of_group", "names"),
    [
        (ordered_ages, ["young", "old"]),
        (lambda group: group.map({"g0": 10, "g1": 9}), ["9", "10"]),
        (lambda group: pd.cut(group.map({"g0": 10, "g1": 9}), [0, 9, 20]), ["(0, 9]", "(9, 20]"]),
    ],
)
def test_groups_are_in_their_order_in_every_figure_and_table(of_group, names):
    X, y, group = unfair(1500)
    numbers, group = X[["a", "b", "c"]], of_group(group)
    soft = SoftUnlearner(logistic(), delta=0.1, random_state=0)
    soft.fit(numbers, y, sensitive_features=group)
    shown = [f"group = {name}" if name.isdigit() else name for name in names]
    cells = [f"{name}, label {label}" for name in shown for label in ("no", "yes")]
    boxes = WeightsDisplay.from_estimator(soft)
    assert boxes.frame().index.tolist() == cells
    written = [text.get_text() for text in boxes.ax_.get_yticklabels()][::-1]
    assert [text.rpartition(" (")[0] for text in written] == cells
    plane = DecisionBoundaryDisplay.from_estimator(
        soft, numbers, sensitive_features=group, n_points=100, grid_resolution=5
    )
    legend = [text.get_text() for text in plane.ax_.get_legend().get_texts()]
    assert legend[:2] == shown
    report = soft.audit(numbers, y, sensitive_features=group)
    assert report.frame(n_boot=0).index.tolist() == [*names, "overall", "difference", "ratio"]


def test_the_rows_of_a_plane_are_in_the_order_of_their_groups(soft):
    X, _, group = unfair(300)
    with pytest.raises(ValueError, match="'sensitive_features' must have its rows in the order"):
        DecisionBoundaryDisplay.from_estimator(
            soft, X[["a", "b", "c"]], sensitive_features=group.iloc[::-1]
        )


def test_pairs_are_those_of_validate(soft):
    _, ax = mpl.pyplot.subplots()
    display = ValidationDisplay.from_estimator(soft, method="retrain", n=4, name="log_loss", ax=ax)
    table = soft.validate("retrain", 4)
    x, y = display.points_.get_data()
    np.testing.assert_allclose(x, table["measured_log_loss"])
    np.testing.assert_allclose(y, table["predicted_log_loss"])
    assert display.ax_ is ax
    np.testing.assert_allclose(display.frame()["measured"], table["measured_log_loss"])
    np.testing.assert_allclose(display.frame()["predicted"], table["predicted_log_loss"])
    assert display.rank_correlation() == pytest.approx(spearmanr(x, y)[0])


def test_the_plane_is_decided_as_the_classifiers_decide(soft):
    X, _, group = unfair(1500)
    numbers = X[["a", "b", "c"]]
    display = DecisionBoundaryDisplay.from_estimator(
        soft, numbers, sensitive_features=group, n_points=400, grid_resolution=20
    )
    pca = PCA(2).fit(numbers)
    plane = np.column_stack([display.xx.ravel(), display.yy.ravel()])
    rows = pd.DataFrame(pca.inverse_transform(plane), columns=numbers.columns)
    for drawn, model in (
        (display.before, soft.estimator_),
        (display.after, soft.unlearned_estimator_),
    ):
        np.testing.assert_array_equal(model.classes_[drawn.ravel()], model.predict(rows))
    changed = soft.estimator_.predict(numbers) != soft.predict(numbers)
    assert display.changed.mean() == pytest.approx(changed.mean(), abs=0.05)
    assert len(display.points_) == group.nunique()
    assert len(display.boundaries_) == 2


def test_the_table_of_the_plane_has_the_rows_their_groups_and_their_labels(soft):
    X, _, group = unfair(1500)
    numbers = X[["a", "b", "c"]]
    display = DecisionBoundaryDisplay.from_estimator(
        soft, numbers, sensitive_features=group, n_points=1500, grid_resolution=5
    )
    # Components by a decomposition of the covariance; their directions are free.
    centred = (numbers - numbers.mean()).to_numpy()
    components = np.linalg.eigh(np.cov(centred.T))[1][:, :-3:-1]
    expected = pd.DataFrame(np.abs(centred @ components), columns=["first", "second"])
    expected["cell"] = group.astype(str).to_numpy()
    expected["changed"] = soft.estimator_.predict(numbers) != soft.predict(numbers)
    frame = display.frame()
    drawn = frame.assign(first=frame["first"].abs(), second=frame["second"].abs())
    pd.testing.assert_frame_equal(
        *(table.sort_values("first", ignore_index=True) for table in (drawn, expected)),
        check_dtype=False,
    )


def test_text_and_networks_have_a_plane_too():
    X, y, group = unfair(300)
    pipeline = make_pipeline(
        OneHotEncoder(handle_unknown="ignore"), MLPClassifier((4,), max_iter=20, random_state=0)
    )
    cut = X[["a", "b"]].round(0).astype(str)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline.fit(cut, y)
        soft = SoftUnlearner(pipeline, delta=0.1, guards=None)
        soft.fit_influence(cut, y, sensitive_features=group).compute_weights().unlearn()
    display = DecisionBoundaryDisplay.from_estimator(soft, cut, grid_resolution=10)
    assert display.before.shape == (10, 10)
    assert len(display.points) == 300


def test_one_column_has_no_plane():
    X, y, group = unfair(300)
    soft = SoftUnlearner(logistic(), random_state=0).fit(X[["a"]], y, sensitive_features=group)
    with pytest.raises(ValueError, match="'X' must have at least two columns"):
        DecisionBoundaryDisplay.from_estimator(soft, X[["a"]])


def rows_and_groups():
    X, _, group = unfair(1500)
    return {"X": X[["a", "b", "c"]], "sensitive_features": group}


DISPLAYS = {
    "boundary": (DecisionBoundaryDisplay, rows_and_groups()),
    "influence": (InfluenceDisplay, {}),
    "tradeoff": (TradeoffDisplay, {"deltas": 5}),
    "validation": (ValidationDisplay, {"n": 40}),
    "weights": (WeightsDisplay, {}),
}


# Without text, whose rendering differs between versions of the font library.
@pytest.mark.skipif(
    mpl.__version_info__ < (3, 11),
    reason="the pictures are of matplotlib 3.11, which leaves other margins for text",
)
@pytest.mark.parametrize("name", DISPLAYS)
@pytest.mark.mpl_image_compare(remove_text=True, tolerance=12, style="default")
def test_figures_look_as_they_did(soft, name):
    display, options = DISPLAYS[name]
    return display.from_estimator(soft, **options).figure_
