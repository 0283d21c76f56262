"""What a user asks for."""

import numpy as np
import pytest

from sk_softunlearn._rows import read_rows
from sk_softunlearn._steps._measuring import evaluation_rows
from sk_softunlearn._steps._objectives import find_objectives
from sk_softunlearn.objectives import DemographicParity, EqualOpportunity
from tests.cases import fitted, view
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


def test_the_favourable_class():
    seen = view("lbfgs")
    _, X, y, _ = fitted("lbfgs")
    rows, named = read_rows(X, y), find_objectives("demographic_parity", None).named
    assert evaluation_rows(seen, rows, None, named).positive == 1
    assert evaluation_rows(seen, rows, "no", named).positive == 0
    with pytest.raises(ValueError, match=r"'pos_label' must be one of the classes \['no', 'yes'\]"):
        evaluation_rows(seen, rows, "other", named)


def test_with_three_classes_it_must_be_said():
    seen = view("multinomial")
    _, X, y, _ = fitted("multinomial")
    rows, named = read_rows(X, y), find_objectives("demographic_parity", None).named
    with pytest.raises(ValueError, match="say which one is favourable"):
        evaluation_rows(seen, rows, None, named)
    losses = find_objectives("worst_group_loss", None).named
    assert evaluation_rows(seen, rows, None, losses).positive is None
    assert evaluation_rows(seen, rows, "yes", losses).positive == 2


def test_what_needs_groups_is_not_measurable_without():
    X, y, _ = rows_of_cases()
    asked = find_objectives("demographic_parity", {"log_loss": 0.0, "robustness": 0.0})
    assert set(asked.measurable(read_rows(X, y))) == {"log_loss", "robustness"}
    assert asked.measurable(read_rows(X, y, sensitive_features=y)) == asked.named
