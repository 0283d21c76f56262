"""Which columns are numbers, which are categories, and which are neither."""

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from sk_softunlearn._cli._errors import BadInputError, InputWarning
from sk_softunlearn._cli._features import read_features, read_kinds
from sk_softunlearn._cli._missing import replace_missing_texts
from sk_softunlearn._cli._models import model_pipeline
from sk_softunlearn.views import read_view

FRAME = pd.DataFrame(
    {
        "whole": [1, 2, 3, 4],
        "masked": pd.array([1, None, 3, 4], dtype="Int64"),
        "flag": [True, False, True, False],
        "maybe": pd.array([True, None, False, True], dtype="boolean"),
        "price": [Decimal("1.5"), None, Decimal(2), Decimal(3)],
        "text": ["a", None, "b", "a"],
        "code": pd.Categorical([3, 1, 3, 1]),
        "mixed": [1, "1", "x", 2.0],
        "blank": [None] * 4,
    }
)


def test_kinds_and_what_becomes_of_them():
    kinds = read_kinds(FRAME, list(FRAME))
    assert kinds == dict.fromkeys(["whole", "masked", "flag", "maybe", "price"], "number") | {
        "text": "text",
        "code": "category",
        "mixed": "text",
    }
    features = read_features(FRAME, kinds)
    assert features["masked"].tolist()[2:] == [3.0, 4.0]
    assert np.isnan(features["maybe"][1])
    assert features["flag"].tolist() == [1.0, 0.0, 1.0, 0.0]
    assert features["text"].isna().tolist() == [False, True, False, False]
    assert features["mixed"].tolist() == ["1", "1", "x", "2"]
    assert features["code"].tolist() == [3, 1, 3, 1]


def test_a_model_of_them_takes_the_raw_columns_too():
    # With the missing cells of a table that was loaded.
    raw = replace_missing_texts(FRAME[["whole", "flag", "code", "text"]], np.nan)
    features = read_features(raw, read_kinds(raw, list(raw)))
    model = model_pipeline(features).fit(features, [0, 1, 1, 0])
    np.testing.assert_allclose(model.predict_proba(features), model.predict_proba(raw))


@pytest.mark.parametrize(
    ("kind", "cities"), [("hist_gradient_boosting", 300), ("lightgbm", 40), ("xgboost", 300)]
)
def test_categories_reach_trees_as_categories(kind, cities):
    if kind != "hist_gradient_boosting":
        pytest.importorskip(kind)
    # Every second city pays: no cut of the order of the alphabet tells them apart.
    rng = np.random.default_rng(0)
    city = rng.integers(cities, size=6000)
    frame = pd.DataFrame({"n": rng.normal(size=6000), "city": [f"c{k:03}" for k in city]})
    frame.loc[::7, "n"] = np.nan
    frame.loc[::9, "city"] = None
    features = read_features(frame, read_kinds(frame, list(frame)))
    model = model_pipeline(features, kind).fit(features, city % 2)
    assert model.score(features, city % 2) > 0.85
    assert read_view(model, features, city % 2).fidelity < 1e-4
    unknown = frame.assign(city="elsewhere")
    assert np.ptp(model.predict_proba(unknown)[:, 1]) < 0.9


def test_dates_and_lists_are_left_out_and_said():
    frame = pd.DataFrame(
        {
            "n": [1, 2],
            "hired": pd.to_datetime(["2020-01-01", "2021-01-01"]),
            "born": [datetime.date(1990, 1, 1), datetime.date(1991, 1, 1)],
            "list": [[1], [2]],
        }
    )
    with pytest.warns(InputWarning, match="left out: hired, born, list"):
        assert list(read_kinds(frame, list(frame))) == ["n"]
    with (
        pytest.warns(InputWarning),
        pytest.raises(BadInputError, match="No column is left to learn from"),
    ):
        read_kinds(frame, ["hired"])


@pytest.mark.parametrize(
    "dates",
    [
        ["2020-12-31", "2021-01-01"],
        ["2020-12-31T23:59:59Z", "2021-01-01 10:00:00.5+01:00"],
        ["31.12.2020", "1.1.2021 10:00"],
        ["12/31/20 11:59 PM", "1/1/21"],
        ["31-Dec-2020", "1 January 2021"],
        ["Dec 31, 2020", "Thu, 31 Dec 2020 10:00:00 +0000"],
    ],
)
def test_texts_that_are_dates_are_left_out_as_dates_are(dates):
    frame = pd.DataFrame({"n": [1, 2, 3], "when": [*dates, None]})
    with pytest.warns(InputWarning, match="Neither numbers nor categories, and left out: when"):
        assert list(read_kinds(frame, list(frame))) == ["n"]


@pytest.mark.parametrize(
    "texts", [["2020-12-31", "unknown"], ["1-2", "3-4"], ["32.13.2020"], ["2020-12", "May"]]
)
def test_other_texts_are_no_dates(texts):
    frame = pd.DataFrame({"t": texts})
    assert read_kinds(frame, ["t"]) == {"t": "text"}


def test_blanks_around_a_category_make_no_other_one():
    frame = pd.DataFrame({"t": ["a ", "a", pd.NA, " b"]})
    features = read_features(frame, {"t": "text"})
    assert features["t"].cat.categories.tolist() == ["a", "b"]
    assert features["t"].cat.codes.tolist() == [0, 0, -1, 1]


def test_very_many_categories_are_said():
    frame = pd.DataFrame({"id": [f"town {k // 3}" for k in range(90)], "few": list("ab") * 45})
    with pytest.warns(InputWarning, match=r"id \(30\).*--exclude"):
        read_kinds(frame, list(frame))


def test_other_tables_follow_the_training_table():
    kinds = {"zip": "text", "n": "number"}
    other = pd.DataFrame({"n": [1, 2], "zip": [12.0, np.nan]})
    assert read_features(other, kinds)["zip"].tolist()[:1] == ["12"]
    with pytest.raises(BadInputError, match="no column n"):
        read_features(other[["zip"]], kinds)
    with pytest.raises(BadInputError, match="n must hold numbers"):
        read_features(other.assign(n="one"), kinds)
    with pytest.raises(BadInputError, match="n holds infinite numbers"):
        read_features(other.assign(n=np.inf), kinds)


def test_missing_cells_are_imputed_and_new_categories_are_taken():
    features = pd.DataFrame({"n": [1.0, np.nan, 3.0, 4.0], "job": ["clerk", None, "smith", "cook"]})
    model = model_pipeline(features).fit(features, [0, 1, 1, 0])
    other = features.assign(job="astronaut", n=np.nan)
    assert np.isfinite(model.predict_proba(other)).all()


def test_texts_that_name_the_rows_are_left_out_unless_they_are_chosen():
    frame = pd.DataFrame(
        {"name": [f"person {k}" for k in range(60)], "city": ["Oslo", "Rome"] * 30}
    )
    frame["case"] = np.where(np.arange(60) % 2, frame["name"], None)
    with pytest.warns(InputWarning, match="different in most rows, and left out: name, case"):
        assert read_kinds(frame, list(frame)) == {"city": "text"}
    with pytest.warns(InputWarning, match=r"very many categories: name \(60\), case \(30\)"):
        assert list(read_kinds(frame, list(frame), chosen=True)) == list(frame)
