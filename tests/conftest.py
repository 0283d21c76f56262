"""Rows that tests share; real data, where it is at hand."""

import os
from pathlib import Path

import numpy as np
import pytest

from sk_softunlearn.datasets import fetch_adult
from tests.cases import raw_pipeline, unfair

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def adult():
    """UCI Adult, both files, rows without missing values: 45,222 rows of 14 columns."""
    home = Path(os.environ.get("SK_SOFTUNLEARN_DATA", SHARED))
    if not (home / "adult").is_dir():
        pytest.skip("UCI Adult is not here: SK_SOFTUNLEARN_DATA names the folder that holds adult/")
    bunch = fetch_adult(home)
    return bunch.data.assign(income=np.where(bunch.target, ">50K", "<=50K"))


@pytest.fixture(scope="session")
def halves():
    X, y, group = unfair(2400)
    return [(X.iloc[rows], y[rows], group.iloc[rows]) for rows in (slice(1200), slice(1200, None))]


@pytest.fixture(scope="session")
def fitted(halves):
    (X, y, _), _ = halves
    return raw_pipeline().fit(X, y)
