"""A missing text is the same cell wherever it comes from."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import OneHotEncoder

from sk_softunlearn._cli._missing import missing_text_of, replace_missing_texts

CITY = ["Rome", None, "Oslo", None, "Oslo", "Rome"]
Y = [0, 1, 0, 1, 1, 0]
ENCODER = OneHotEncoder(handle_unknown="ignore")


@pytest.mark.parametrize("dtype", [object, "string", "str"])
@pytest.mark.parametrize("cell", [None, np.nan])
def test_missing_texts_become_one_cell(dtype, cell):
    frame = pd.DataFrame({"city": pd.Series(CITY, dtype=object), "n": [1.0, np.nan] * 3})
    # In pandas 2 "str" would make texts of missing cells.
    known = frame["city"].notna()
    frame["city"] = frame["city"].astype(dtype).where(known)
    found = replace_missing_texts(frame, cell)["city"].tolist()
    assert [text for text in found if not pd.isna(text)] == ["Rome", "Oslo", "Oslo", "Rome"]
    assert {type(text) for text in found if pd.isna(text)} == {type(cell)}


def test_other_columns_and_the_table_itself_stay():
    frame = pd.DataFrame({"n": [1.0, np.nan], "k": pd.array([1, None], "Int64")})
    frame["code"] = pd.Categorical([3, None])
    assert replace_missing_texts(frame, None) is frame
    frame["city"] = pd.Series([None, "Oslo"], dtype=object)
    pd.testing.assert_frame_equal(
        replace_missing_texts(frame, np.nan).drop(columns="city"), frame.drop(columns="city")
    )
    assert frame["city"][0] is None


@pytest.mark.parametrize("cell", [None, np.nan])
@pytest.mark.parametrize(
    "encode",
    [
        ENCODER,
        make_column_transformer((ENCODER, ["city"])),
        make_pipeline(make_column_transformer((make_pipeline(ENCODER), ["city"]))),
        FeatureUnion([("city", ENCODER)]),
    ],
    ids=["alone", "columns", "nested", "union"],
)
def test_a_model_gets_back_the_cell_that_it_was_fitted_on(encode, cell):
    city = pd.Series(CITY, dtype=object)
    city[city.isna()] = cell
    frame = pd.DataFrame({"city": city})
    model = make_pipeline(encode, LogisticRegression()).fit(frame, Y)
    expected = model.predict_proba(frame)
    for other in (None, np.nan):
        rows = replace_missing_texts(replace_missing_texts(frame, other), missing_text_of(model))
        np.testing.assert_array_equal(model.predict_proba(rows), expected)


def test_an_imputer_knows_it_too():
    imputer = SimpleImputer(missing_values=None, strategy="constant", fill_value="nowhere")
    frame = pd.DataFrame({"city": pd.Series(CITY, dtype=object)})
    model = make_pipeline(imputer, ENCODER, LogisticRegression()).fit(frame, Y)
    assert missing_text_of(model) is None
    assert np.isnan(missing_text_of(LogisticRegression()))
