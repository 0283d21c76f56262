import numpy as np
import pandas as pd
import pytest

from sk_softunlearn._rows import read_weights

X = np.zeros((3, 1))


@pytest.mark.parametrize("weight", [[1, 0, 2], np.array([1.0, 0.0, 2.0]), pd.Series([1, 0, 2])])
def test_some_weights_may_be_zero(weight):
    read = read_weights(weight, X)
    assert read.dtype == float
    assert read.tolist() == [1.0, 0.0, 2.0]


def test_no_weights_are_ones():
    assert read_weights(None, X).tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("weight", "match"),
    [
        ([1, 1, -2], "must be at least 0, got -2"),
        ([0, 0, 0], "must be above zero for some rows"),
        ([1, 1], "expected"),
        ([1, 1, np.nan], "NaN"),
    ],
)
def test_bad_weights_are_refused(weight, match):
    with pytest.raises(ValueError, match=match):
        read_weights(weight, X)
