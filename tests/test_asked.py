"""What a user asks for."""

import numpy as np
import pytest

from sk_softunlearn._asked import evaluation_rows, find_objectives
from sk_softunlearn._rows import read_rows
from sk_softunlearn.objectives import DemographicParity, EqualOpportunity
from tests.cases import fitted, view


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
    rows = read_rows(X, y)
    assert evaluation_rows(seen, rows, None).positive == 1
    assert evaluation_rows(seen, rows, "no").positive == 0
    with pytest.raises(ValueError, match=r"'pos_label' must be one of the classes \['no', 'yes'\]"):
        evaluation_rows(seen, rows, "other")


def test_with_three_classes_it_must_be_said():
    seen = view("multinomial")
    _, X, y, _ = fitted("multinomial")
    rows = read_rows(X, y)
    with pytest.raises(ValueError, match="say which one is favourable"):
        evaluation_rows(seen, rows, None)
    assert evaluation_rows(seen, rows, None, need_positive=False).groups is None
