"""What a user asks for."""

import fairlearn.metrics
import numpy as np
import pytest

from sk_softunlearn._rows import read_rows
from sk_softunlearn._steps._objectives import find_objectives
from sk_softunlearn.objectives import CustomObjective, DemographicParity, EqualOpportunity, LogLoss
from tests.cases import rows as rows_of_cases


def test_guards_come_as_names_slacks_objects_or_none():
    assert find_objectives("demographic_parity", None).guards == {}
    assert find_objectives("demographic_parity", ("log_loss",)).guards == {"log_loss": 0.0}
    asked = find_objectives(DemographicParity(), {"log_loss": 0.1, EqualOpportunity(): 0.2})
    assert asked.guards == {"log_loss": 0.1, "equal_opportunity": 0.2}
    assert asked.need_groups
    assert not find_objectives("robustness", None).need_groups


def test_log_loss_is_always_reported():
    assert "log_loss" in find_objectives("demographic_parity", None).named


@pytest.mark.parametrize("slack", [-0.1, "little", None, np.nan])
def test_slacks_are_checked(slack):
    with pytest.raises(ValueError, match="'guards' must map each objective to a slack"):
        find_objectives("demographic_parity", {"log_loss": slack})


def test_what_needs_groups_is_not_measurable_without():
    X, y, _ = rows_of_cases()
    asked = find_objectives("demographic_parity", {"log_loss": 0.0, "robustness": 0.0})
    assert set(asked.measurable(read_rows(X, y))) == {"log_loss", "robustness"}
    assert asked.measurable(read_rows(X, y, sensitive_features=y)) == asked.named


def test_a_guard_that_is_none_is_named():
    with pytest.raises(ValueError, match="'guards' must be one of 'demographic_parity'"):
        find_objectives("demographic_parity", (["log_loss"],))


def test_a_guard_is_not_called_as_what_is_improved():
    def metric(raw):
        return 1.0

    assert find_objectives(metric, ("log_loss",)).metric == "metric"
    with pytest.raises(ValueError, match="'guards' must not have an objective called 'metric'"):
        find_objectives("demographic_parity", (metric,))


def gap(raw, y):
    return 1.0


@pytest.mark.parametrize(
    ("metric", "guards"),
    [
        (DemographicParity("label"), {DemographicParity("probability"): 0.1}),
        ("demographic_parity", (DemographicParity("label"),)),
        (gap, (CustomObjective(lambda raw: 0.0), DemographicParity(), DemographicParity("label"))),
    ],
)
def test_two_objectives_of_one_name_are_refused(metric, guards):
    with pytest.raises(
        ValueError, match=r"different names, got .* both called 'demographic_parity"
    ):
        find_objectives(metric, guards)


@pytest.mark.parametrize(
    ("metric", "guards"),
    [("log_loss", ("log_loss",)), (LogLoss(), ("log_loss",)), (gap, (gap, CustomObjective(gap)))],
)
def test_the_same_objective_may_be_named_twice(metric, guards):
    asked = find_objectives(metric, guards)
    assert list(asked.guards) == [asked.metric]


def test_one_objective_has_one_slack():
    with pytest.raises(ValueError, match=r"'log_loss' one slack, got 0.5 and 0.0"):
        find_objectives("demographic_parity", {"log_loss": 0.5, LogLoss(): 0.0})
    found = find_objectives("demographic_parity", {"log_loss": 0.5, LogLoss(): 0.5})
    assert found.guards == {"log_loss": 0.5}


def test_nothing_takes_the_name_of_the_log_loss():
    def log_loss(raw):
        return float(np.mean(raw**2))

    for metric, guards in ((log_loss, ()), ("demographic_parity", (log_loss,))):
        with pytest.raises(ValueError, match=r"both called 'log_loss'"):
            find_objectives(metric, guards)


def test_one_guard_is_named_by_one_word():
    assert find_objectives("demographic_parity", "log_loss").guards == {"log_loss": 0.0}
    with pytest.raises(ValueError, match=r"'guards' must be one of .* got 'log_lss'"):
        find_objectives("demographic_parity", "log_lss")


@pytest.mark.parametrize(
    ("metric", "name"),
    [
        (fairlearn.metrics.demographic_parity_difference, "Name 'demographic_parity' instead"),
        (fairlearn.metrics.equalized_odds_ratio, "Name 'equalized_odds' instead"),
        (fairlearn.metrics.true_positive_rate, "Name 'equal_opportunity' instead"),
        (fairlearn.metrics.count, "Name one of demographic_parity, equal_opportunity"),
        (fairlearn.metrics.true_positive_rate_difference, "Name .* instead"),
    ],
)
def test_a_metric_of_fairlearn_has_its_objective_named(metric, name):
    with pytest.raises(ValueError, match=f"'metric' must be an objective .* {name}"):
        find_objectives(metric, None)
