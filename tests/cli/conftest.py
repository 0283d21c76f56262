"""A table for the command line."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    n = 1500
    sex = rng.choice(["F", "M"], n)
    age = rng.integers(18, 80, n)
    score = rng.normal(size=n) + (sex == "M")
    table = pd.DataFrame({"sex": sex, "age": age, "score": score})
    table["city"] = rng.choice(["Rome", "Oslo", None], n)
    table["empty"] = np.nan
    table["paid"] = np.where(score + rng.logistic(size=n) > 0.5, "yes", "no")
    table.loc[::50, "score"] = np.nan
    return table


@pytest.fixture
def table(frame, tmp_path):
    path = tmp_path / "table.csv"
    frame.to_csv(path, index=False)
    return str(path)
