"""Differences and ratios of rates, where rates are 0 or not known."""

import numpy as np
import pytest

from sk_softunlearn.audit._between import difference, ratio


@pytest.mark.parametrize(
    ("rates", "reference", "apart", "share"),
    [
        ([0.2, 0.5], None, 0.3, 0.4),
        ([0.2, np.nan, 0.5], None, 0.3, 0.4),
        ([0.0, 0.5], None, 0.5, 0.0),
        ([0.2, 0.5, 0.4], 2, 0.2, 0.5),
        ([0.0, 0.5], 0, 0.5, 0.0),
        ([0.0, 0.0, 0.5], 0, 0.5, 0.0),
        ([0.0, 0.0], None, 0.0, np.nan),
        ([0.2, np.nan], None, np.nan, np.nan),
        ([0.2, 0.4, np.nan], 2, np.nan, np.nan),
    ],
)
def test_of_rates_by_group(rates, reference, apart, share):
    rates = np.array(rates)
    assert difference(rates, reference) == pytest.approx(apart, nan_ok=True)
    assert ratio(rates, reference) == pytest.approx(share, nan_ok=True)
