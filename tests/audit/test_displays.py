"""InfluenceDisplay, WeightsDisplay and ValidationDisplay: what is drawn is what there is."""

import matplotlib as mpl
import numpy as np
import pytest
from scipy.stats import spearmanr

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.audit import InfluenceDisplay, ValidationDisplay, WeightsDisplay
from tests.cases import logistic, unfair

mpl.use("Agg")


@pytest.fixture(scope="module")
def soft():
    X, y, group = unfair(1500)
    soft = SoftUnlearner(logistic(), random_state=0)
    return soft.fit(X[["a", "b", "c"]], y, sensitive_features=group)


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


def test_boxes_are_those_of_the_training_rows_of_a_cell(soft):
    display = WeightsDisplay.from_estimator(soft)
    frame = display.frame()
    assert frame["rows"].sum() == np.count_nonzero(soft.influence_["log_loss"])
    medians = [line.get_xdata()[0] for line in display.boxes_["medians"]]
    np.testing.assert_allclose(medians, frame["median"].iloc[::-1])
    names = [text.get_text() for text in display.ax_.get_yticklabels()]
    assert names[0].startswith(frame.index[-1])
    assert np.all(frame["weighted_down"].between(0, 1))


def test_pairs_are_those_of_validate(soft):
    _, ax = mpl.pyplot.subplots()
    display = ValidationDisplay.from_estimator(soft, method="retrain", n=4, name="log_loss", ax=ax)
    table = soft.validate("retrain", 4)
    x, y = display.points_.get_data()
    np.testing.assert_allclose(x, table["measured_log_loss"])
    np.testing.assert_allclose(y, table["predicted_log_loss"])
    assert display.ax_ is ax
    assert display.rank_correlation() == pytest.approx(spearmanr(x, y)[0])
