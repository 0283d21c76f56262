"""Rows that tests share; real data, where it is at hand."""

import os
from pathlib import Path

import pandas as pd
import pytest

from tests.cases import raw_pipeline, unfair

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
ADULT = [
    *("age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation"),
    *("relationship", "race", "sex", "capital-gain", "capital-loss", "hours-per-week"),
    *("native-country", "income"),
]


@pytest.fixture(scope="session")
def adult():
    """UCI Adult, both files, rows without missing values: 45,222 rows of 14 columns."""
    folder = Path(os.environ.get("SK_SOFTUNLEARN_DATA", SHARED)) / "adult"
    if not folder.is_dir():
        pytest.skip("UCI Adult is not here: SK_SOFTUNLEARN_DATA names the folder that holds adult/")
    options = {"header": None, "names": ADULT, "skipinitialspace": True, "na_values": "?"}
    train = pd.read_csv(folder / "adult.data.gz", **options)
    test = pd.read_csv(folder / "adult.test.gz", skiprows=1, **options)
    test["income"] = test["income"].str.rstrip(".")
    return pd.concat([train, test]).dropna().drop(columns="fnlwgt").reset_index(drop=True)


@pytest.fixture(scope="session")
def halves():
    X, y, group = unfair(2400)
    return [(X.iloc[rows], y[rows], group.iloc[rows]) for rows in (slice(1200), slice(1200, None))]


@pytest.fixture(scope="session")
def fitted(halves):
    (X, y, _), _ = halves
    return raw_pipeline().fit(X, y)
