"""Columns that take few bytes of every row."""

import numpy as np
import pytest

from sk_softunlearn._narrow import frozen, narrow, ones, over, reweighted, zeros


def test_columns_of_one_number_take_that_of_memory():
    for column, number in ((ones(7), 1.0), (zeros(7), 0.0), (over(ones(7), 4.0), 0.25)):
        np.testing.assert_array_equal(column, np.full(7, number))
        assert column.strides == (0,)
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 2.0


def test_other_columns_are_divided_as_ever():
    np.testing.assert_array_equal(over(np.array([1.0, 3.0]), 2.0), [0.5, 1.5])
    assert over(ones(0), 0.5).shape == (0,)


@pytest.mark.parametrize("count", [2, 11, 12, 181, 182, 40_000])
def test_codes_have_room_for_two_of_them(count):
    codes = narrow(np.array([0, count - 1]), count)
    np.testing.assert_array_equal(codes, [0, count - 1])
    assert (count * codes + codes)[1] == count**2 - 1


def test_total_weights_are_new_and_what_is_frozen_stays():
    weight, epsilon = np.array([2.0, 4.0]), frozen(np.array([-1.0, 0.5]))
    total = reweighted(weight, epsilon)
    np.testing.assert_array_equal(total, [0.0, 6.0])
    np.testing.assert_array_equal(weight, [2.0, 4.0])
    with pytest.raises(ValueError, match="read-only"):
        epsilon[0] = 0.0
