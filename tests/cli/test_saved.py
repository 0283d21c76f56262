"""Models that come from a file."""

import copy

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sk_softunlearn._cli._errors import BadInputError
from sk_softunlearn._cli._saved import (
    check_writable,
    feature_names,
    label_of_each,
    load_model,
    save_model,
)

X = pd.DataFrame({"a": [0.0, 1.0, 2.0, 3.0], "b": [1.0, 0.0, 1.0, 0.0]})
TABLE = X.assign(y=["no", "yes", "no", "yes"])


def fitted(y=("no", "yes", "no", "yes"), X=X):
    return LogisticRegression().fit(X, list(y))


def without_classes():
    model = fitted()
    del model.classes_
    return model


@pytest.mark.parametrize("name", ["m.joblib", "m.skops"])
def test_saved_and_loaded(tmp_path, name):
    if name.endswith("skops"):
        pytest.importorskip("skops")
    path, model = tmp_path / name, fitted()
    check_writable(path)
    save_model(model, path)
    np.testing.assert_array_equal(load_model(path).coef_, model.coef_)


def test_types_that_skops_does_not_know_need_trust(tmp_path):
    pytest.importorskip("skops")
    model = make_pipeline(FunctionTransformer(copy.copy), LogisticRegression()).fit(X, [0, 1, 0, 1])
    path = tmp_path / "m.skops"
    save_model(model, path)
    with pytest.raises(BadInputError, match=r"copy\.copy: if you trust them, say --trust copy"):
        load_model(path)
    np.testing.assert_array_equal(load_model(path, ["copy.copy"]).predict(X), model.predict(X))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (LogisticRegression(), "is not fitted"),
        ({"coef": 1}, "holds a dict"),
        (KNeighborsClassifier(2), "got KNeighborsClassifier"),
        (RandomForestClassifier(2), "min_samples_leaf=5"),
        (fitted([0, 1, 2, 1]), "has 3 classes"),
        (without_classes(), "without its classes"),
    ],
)
def test_what_cannot_be_corrected_is_said(tmp_path, content, sentence):
    joblib.dump(content, tmp_path / "m.joblib")
    with pytest.raises(BadInputError, match=sentence):
        load_model(tmp_path / "m.joblib")


def test_a_model_of_a_library_that_is_missing(tmp_path, monkeypatch):
    def load(path):
        raise ModuleNotFoundError("No module named 'catboost'", name="catboost.core")

    path = tmp_path / "m.joblib"
    save_model(fitted(), path)
    monkeypatch.setattr(joblib, "load", load)
    with pytest.raises(BadInputError, match="run pip install catboost"):
        load_model(path)


@pytest.mark.parametrize("name", ["m.joblib", "m.skops"])
def test_files_that_hold_no_model(tmp_path, name):
    if name.endswith("skops"):
        pytest.importorskip("skops")
    with pytest.raises(BadInputError, match="no such file"):
        load_model(tmp_path / name)
    (tmp_path / name).write_text("a,b\n1,2\n")
    with pytest.raises(BadInputError, match="cannot be loaded"):
        load_model(tmp_path / name)
    save_model(fitted(), tmp_path / name)
    content = (tmp_path / name).read_bytes()
    for cut in (0, 1, len(content) // 2, len(content) - 1):
        (tmp_path / name).write_bytes(content[:cut])
        with pytest.raises(BadInputError, match="cannot be loaded"):
            load_model(tmp_path / name)


def test_columns_by_name_and_by_number():
    assert feature_names(fitted(), TABLE, [["a"]], set()) == (["a", "b"], True)
    with pytest.raises(BadInputError, match="fitted with the column b: keep it"):
        feature_names(fitted(), TABLE, [["a"]], {"b"})
    with pytest.raises(BadInputError, match="needs the column b: the table has no such column"):
        feature_names(fitted(), TABLE.drop(columns="b"), [["a"]], set())
    nameless = fitted(X=X.to_numpy())
    assert feature_names(nameless, TABLE, [["b"], ["a", "b"]], set()) == (["a", "b"], False)
    with pytest.raises(BadInputError, match="2 columns without names, the table has 1 beside"):
        feature_names(nameless, TABLE, [["b"]], {"a"})


@pytest.mark.parametrize(
    ("classes", "outcome", "positive", "expected"),
    [
        (["no", "yes"], ["yes", "no"], None, ("yes", "yes")),
        (["no", "yes"], ["yes", "no"], "no", ("no", "no")),
        ([0, 1], ["1", "0"], None, ("1", 1)),
        ([0, 1], [1.0, 0.0], None, ("1.0", 1)),
        (["0", "1"], [1, 0], "0", ("0", "0")),
        ([False, True], [True, False], None, ("True", True)),
        ([False, True], ["high", "low"], "low", ("low", True)),
        ([False, True], ["high", "low", "none"], "high", ("high", True)),
        ([0, 1], ["high", "low"], "high", ("high", 1)),
    ],
)
def test_what_the_model_calls_the_values(classes, outcome, positive, expected):
    favourable, labels, label = label_of_each(
        fitted(classes * 2), pd.Series(outcome), "y", positive
    )
    assert (favourable, label) == expected
    assert set(labels.values()) == set(classes)


def test_other_values_are_refused():
    with pytest.raises(BadInputError, match="has the values 'bad', 'good', which are not the c"):
        label_of_each(fitted(), pd.Series(["bad", "good"]), "y")


def test_other_endings_are_refused(tmp_path):
    with pytest.raises(BadInputError, match="must end in"):
        check_writable(tmp_path / "model.pkl")


@pytest.mark.parametrize("classes", [["Approved", "Denied"], [False, True], [1, 2]])
def test_a_favourable_class_that_is_not_obvious_is_asked_for(classes):
    model = fitted(classes * 2)
    values = ["Approved", "Denied"] if classes == [False, True] else classes
    with pytest.raises(BadInputError, match="say with --positive"):
        label_of_each(model, pd.Series(values), "y")
    assert label_of_each(model, pd.Series(values), "y", str(values[0]))[0] == str(values[0])


def test_catboost_is_loaded_and_its_columns_are_known(tmp_path):
    catboost = pytest.importorskip("catboost", reason="CatBoost is not installed")
    frame = pd.DataFrame({"a": np.arange(40.0), "b": np.arange(40.0)[::-1], "y": [0, 1] * 20})
    for X, named in ((frame[["a", "b"]], True), (frame[["a", "b"]].to_numpy(), False)):
        model = catboost.CatBoostClassifier(iterations=2, verbose=0, allow_writing_files=False)
        joblib.dump(model.fit(X, frame["y"]), tmp_path / "m.joblib")
        loaded = load_model(tmp_path / "m.joblib")
        assert feature_names(loaded, frame, [["a", "b"]], set()) == (["a", "b"], named)
    with pytest.raises(BadInputError, match="2 columns without names, the table has 1 beside"):
        feature_names(loaded, frame, [["b"]], {"a"})


def test_lightgbm_finds_columns_with_blanks_in_their_names():
    lightgbm = pytest.importorskip("lightgbm", reason="LightGBM is not installed")
    frame = pd.DataFrame({"a b": np.arange(40.0), "c": np.arange(40.0)[::-1], "y": [0, 1] * 20})
    model = lightgbm.LGBMClassifier(n_estimators=2, verbose=-1).fit(frame[["a b", "c"]], frame["y"])
    assert feature_names(model, frame, [["a b", "c"]], set()) == (["a b", "c"], True)
    with pytest.raises(BadInputError, match="needs the column a_b"):
        feature_names(model, frame.drop(columns="a b"), [["c"]], set())
