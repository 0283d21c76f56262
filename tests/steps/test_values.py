"""When two values of a parameter are the same."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from sk_softunlearn import objectives
from sk_softunlearn._steps._values import kept, same, snapshot

MODEL = LogisticRegression()


class Timer:
    """An object without parameters, as callbacks are."""

    def __init__(self, period):
        self.period = period


TABLE = pd.DataFrame({"a": [1, 2]})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.5, 0.5),
        (1, 1.0),
        ("a", "a"),
        (None, None),
        ((-1.0, None), (-1.0, None)),
        ({"log_loss": 0.1}, {"log_loss": 0.1}),
        (np.array([1, 2]), np.array([1, 2])),
        (MODEL, MODEL),
        (TABLE, TABLE),
        ((LogisticRegression(C=2.0), 1), (LogisticRegression(C=2.0), 1)),
        ([np.array([1, 2])], [np.array([1, 2])]),
        (Timer(1.0), Timer(1.0)),
    ],
)
def test_equal_values_are_the_same(one, other):
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.5, 0.25),
        (0, None),
        ("auto", 1.0),
        ((-1.0, None), (-1.0, 5.0)),
        (np.array([1, 2]), np.array([1, 3])),
        (np.array([1]), 1),
        (MODEL, LogisticRegression()),
        (TABLE, TABLE.copy()),
        (Timer(1.0), Timer(2.0)),
        (lambda: 1, lambda: 2),
        (TABLE, 3),
        ((LogisticRegression(C=2.0),), (LogisticRegression(C=1.0),)),
        ((1, 2), (1, 2, 3)),
        ({"a": 1}, {"b": 1}),
        ([1], (1,)),
    ],
)
def test_others_are_not(one, other):
    assert not same(one, other)


@pytest.mark.parametrize(
    ("value", "change"),
    [
        ([-1.0, None], lambda bounds: bounds.__setitem__(0, -0.5)),
        ({"log_loss": 0.1}, lambda guards: guards.update(log_loss=0.2)),
        ({"log_loss": 0.1}, lambda guards: guards.update(robustness=0.2)),
        ((LogisticRegression(),), lambda items: items[0].set_params(C=0.1)),
        ({objectives.Robustness(): 0.1}, lambda items: next(iter(items)).set_params(radius=0.3)),
        (([1, 2],), lambda items: items[0].append(3)),
    ],
)
def test_what_is_changed_in_a_container_is_seen(value, change):
    kept = snapshot(value)
    assert same(kept, value)
    change(value)
    assert not same(kept, value)


def test_arrays_are_not_copied():
    array = np.zeros(3)
    assert snapshot((array,))[0] is array


def test_an_object_is_kept_with_its_parameters_and_its_attributes():
    objective = objectives.DemographicParity(surrogate="label")
    objective.name = "branches"
    other = kept(objective)
    objective.set_params(surrogate="loss")
    assert (other.surrogate, other.name) == ("label", "branches")
