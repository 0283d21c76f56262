"""When two values of a parameter are the same."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from sk_softunlearn._steps._values import same

MODEL = LogisticRegression()
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
        (TABLE, 3),
    ],
)
def test_others_are_not(one, other):
    assert not same(one, other)
