"""Tables for the command line."""

import numpy as np
import pandas as pd
import pytest

from sk_softunlearn._tables import model_pipeline, read_table


@pytest.fixture
def path(tmp_path):
    frame = pd.DataFrame(
        {
            "y": [1, 0, 1, 0, 2, 0],
            "job": ["clerk", "?", "smith", "", "clerk", "smith"],
            "age": [20, 30, np.nan, 40, 50, 60],
            "sex": list("FMFMFM"),
            "blank": [np.nan] * 6,
        }
    )
    frame.to_csv(tmp_path / "t.csv", index=False)
    return tmp_path / "t.csv"


def test_a_table_is_cut_into_features_target_and_groups(path):
    table = read_table(path, "y", ["sex"], positive="1", exclude=["age"])
    assert list(table.features) == ["job", "sex"]
    assert table.target.tolist() == [True, False, True, False, False, False]
    assert table.groups["sex"].tolist() == list("FMFMFM")
    assert table.features["job"].isna().sum() == 2


def test_missing_cells_are_imputed_and_new_categories_are_taken(path):
    table = read_table(path, "y", ["sex"], positive="1")
    model = model_pipeline(table.features).fit(table.features, table.target)
    other = table.features.assign(job="astronaut", age=np.nan)
    assert np.isfinite(model.predict_proba(other)).all()
