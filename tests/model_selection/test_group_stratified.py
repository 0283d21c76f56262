import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_validate

from sk_softunlearn.exceptions import SmallGroupWarning
from sk_softunlearn.metrics import demographic_parity_scorer
from sk_softunlearn.model_selection import GroupStratifiedKFold


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(203, 3))
    y = np.where(X[:, 0] + rng.normal(size=203) > 0, "yes", "no")
    A = pd.DataFrame({"sex": rng.choice(["F", "M"], 203), "age": rng.choice([30, 50, 70], 203)})
    return X, y, A


def cells(y, A):
    return pd.Series(y).str.cat([A["sex"], A["age"].astype(str)], sep=" ").to_numpy()


@pytest.mark.parametrize("shuffle", [False, True])
def test_every_cell_is_shared_out_evenly(data, shuffle):
    X, y, A = data
    splitter = GroupStratifiedKFold(4, shuffle=shuffle, random_state=0 if shuffle else None)
    tested = []
    shares = []
    for train, test in splitter.split(X, y, A):
        assert sorted([*train, *test]) == list(range(len(X)))
        tested.extend(test)
        shares.append(pd.Series(cells(y, A)[test]).value_counts())
    assert sorted(tested) == list(range(len(X)))
    spread = pd.concat(shares, axis=1).agg(["min", "max"], axis=1)
    assert (spread["max"] - spread["min"]).max() <= 1


@pytest.mark.parametrize(
    "convert",
    [
        lambda A: A["sex"],
        lambda A: A["sex"].tolist(),
        lambda A: A["sex"].to_numpy(),
        lambda A: (A["sex"] == "M").astype(int),
        lambda A: {"sex": A["sex"]},
        lambda A: pl.Series(A["sex"].tolist()),
    ],
)
def test_every_container_gives_stratified_folds_of_the_cells(data, convert):
    X, y, A = data
    splits = GroupStratifiedKFold(3).split(X, y, sensitive_features=convert(A))
    expected = StratifiedKFold(3).split(X, pd.Series(y).str.cat(A["sex"]))
    for (train, test), (train_expected, test_expected) in zip(splits, expected, strict=True):
        np.testing.assert_array_equal(train, train_expected)
        np.testing.assert_array_equal(test, test_expected)


def test_random_state_decides_the_shuffle(data):
    def first(random_state):
        splitter = GroupStratifiedKFold(shuffle=True, random_state=random_state)
        return next(splitter.split(*data))[1].tolist()

    assert first(0) == first(0)
    assert first(0) != first(1)


def test_small_cells_are_named():
    y = [0] * 6 + [1] * 6
    A = ["F"] * 6 + ["F", "F", "M", "M", "M", "M"]
    with pytest.warns(SmallGroupWarning, match=r"n_splits=3 rows in 1 x F: 2\. Lower"):
        GroupStratifiedKFold(3).split(np.zeros((12, 1)), y, A)


def test_many_small_cells_are_counted():
    y = [0] * 5 + [1] * 11
    A = [*range(9), *"a" * 7]
    with pytest.warns(SmallGroupWarning, match="; and 4 more"):
        GroupStratifiedKFold(2).split(np.zeros((16, 1)), y, A)


def test_only_small_cells_are_refused():
    with pytest.raises(ValueError, match=r"'n_splits' must not exceed .* got 5 with 0 x F: 2"):
        GroupStratifiedKFold().split(np.zeros((4, 1)), [0, 0, 1, 1], ["F", "F", "M", "M"])


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"y": [0, 1]}, "'sensitive_features' must be given .* Enable metadata routing"),
        ({"y": [0, 1], "groups": [0, 1]}, "'groups' is not used"),
        ({"y": None, "sensitive_features": [0, 1]}, "'y' must hold class labels.*'None'"),
        ({"y": [0.5, 1.7], "sensitive_features": [0, 1]}, "'continuous'"),
        ({"y": [0, 1], "sensitive_features": [0, 1, 0]}, "has 3 rows where X has 2"),
        ({"y": [0, "yes"], "sensitive_features": [0, 1]}, "'y' must hold labels of one type"),
        ({"y": ["no", None], "sensitive_features": [0, 1]}, "'y' must have a label in every row"),
    ],
)
def test_bad_arguments_are_refused(arguments, match):
    with pytest.raises(ValueError, match=match):
        GroupStratifiedKFold(2).split(np.zeros((2, 1)), **arguments)


@pytest.mark.parametrize("shuffled", ["y", "sensitive_features"])
def test_rows_in_different_orders_are_refused(data, shuffled):
    X, y, A = data
    rows = {"y": pd.Series(y), "sensitive_features": A}
    rows[shuffled] = rows[shuffled].iloc[::-1]
    with pytest.raises(ValueError, match=f"'{shuffled}' must have its rows in the order of 'X'"):
        GroupStratifiedKFold(3).split(pd.DataFrame(X), **rows)
    with pytest.raises(ValueError, match=r"'sensitive_features' must .* the order of 'y'"):
        GroupStratifiedKFold(3).split(X, **rows)


def test_repr_pickle_and_number_of_splits():
    splitter = pickle.loads(pickle.dumps(GroupStratifiedKFold(3)))
    assert repr(splitter) == "GroupStratifiedKFold(n_splits=3, random_state=None, shuffle=False)"
    assert splitter.get_n_splits(None, None, sensitive_features=[1]) == 3


@pytest.mark.usefixtures("routing")
def test_routing_hands_over_sensitive_features(data):
    X, y, A = data
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=GroupStratifiedKFold(3))
    search.fit(X, y, sensitive_features=A)
    assert search.n_splits_ == 3
    result = cross_validate(
        LogisticRegression(),
        X,
        y,
        cv=GroupStratifiedKFold(3),
        scoring=demographic_parity_scorer,
        params={"sensitive_features": A},
        return_indices=True,
    )
    for found, (_, test) in zip(
        result["indices"]["test"], GroupStratifiedKFold(3).split(X, y, A), strict=True
    ):
        np.testing.assert_array_equal(found, test)


@pytest.mark.usefixtures("routing")
def test_request_can_be_renamed(data):
    X, y, A = data
    renamed = GroupStratifiedKFold(3).set_split_request(sensitive_features="strata")
    cross_validate(LogisticRegression(), X, y, cv=renamed, params={"strata": A})


def test_without_routing_the_sentence_says_what_to_do(data):
    X, y, A = data
    with pytest.raises(ValueError, match=r"cv=list\(splitter\.split"):
        cross_validate(LogisticRegression(), X, y, cv=GroupStratifiedKFold(3))
    splits = list(GroupStratifiedKFold(3).split(X, y, A))
    assert len(cross_validate(LogisticRegression(), X, y, cv=splits)["test_score"]) == 3
