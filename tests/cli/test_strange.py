"""Columns that a model should not learn from are named."""

import warnings

import numpy as np
import pandas as pd
import pytest

from sk_softunlearn._cli._errors import InputWarning
from sk_softunlearn._cli._strange import warn_of_a_telltale, warn_of_strange_columns
from sk_softunlearn._cli._tables import Table

N = 500
RNG = np.random.default_rng(0)
TARGET = RNG.random(N) < 0.4
SPARE = np.where(TARGET, 5.0, 1.0) + RNG.random(N)


def told(target=TARGET, **columns):
    features = pd.DataFrame(columns)
    table = Table(features, target, pd.DataFrame({"s": "a"}, index=features.index), target | True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", InputWarning)
        warn_of_strange_columns(table)
    return [str(warning.message) for warning in caught]


def test_identifiers_are_named():
    (text,) = told(case=RNG.permutation(N) + 1000.0, age=RNG.integers(90, size=N), x=RNG.random(N))
    assert "look like identifiers: case. Leave" in text


@pytest.mark.parametrize(
    "column",
    [
        SPARE,
        -SPARE,
        np.where(TARGET, SPARE, np.nan),
        pd.Categorical(np.where(TARGET, "closed", "open")),
        pd.Categorical(np.where(TARGET, RNG.choice(["a", "b"], N), None)),
        TARGET.astype(float),
    ],
)
def test_columns_that_give_the_target_away_are_named(column):
    (text,) = told(end=column, x=RNG.random(N))
    assert "with their accuracy: end (1.000). They may" in text


@pytest.mark.parametrize(
    "column",
    [
        np.where(RNG.random(N) < 0.1, ~TARGET, TARGET).astype(float),
        np.full(N, np.nan),
        np.ones(N),
        pd.Categorical([f"person {k}" for k in range(N)]),
    ],
)
def test_other_columns_are_not(column):
    assert told(x=column) == []


def test_a_rare_class_is_given_away_by_more_than_its_rarity():
    rare = np.arange(N) < 4
    assert told(rare, x=RNG.random(N)) == []
    assert len(told(rare, x=rare * 1.0)) == 1


def test_few_rows_say_nothing():
    few = np.arange(50) < 20
    assert told(few, x=few * 1.0) == []


def test_a_model_that_is_too_good():
    with pytest.warns(InputWarning, match=r"right on 99\.0% of the rows"):
        warn_of_a_telltale(0.99, TARGET)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_a_telltale(0.97, TARGET)
        warn_of_a_telltale(0.992, np.arange(N) < 4)
        warn_of_a_telltale(1.0, TARGET[:50])
