"""What --json holds."""

import json

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from sk_softunlearn._cli import main


def answer(table, capsys, *options):
    command = ["audit", table, "--target", "paid", "--sensitive", "sex", "--quiet", "--json"]
    assert main([*command, *options]) in (0, 1)
    out, err = capsys.readouterr()
    return json.loads(out, parse_constant=pytest.fail), err


def test_groups_sizes_and_intervals(table, capsys):
    found, _ = answer(table, capsys, "--positive", "yes")
    assert (found["target"], found["favourable"], found["unfavourable"]) == ("paid", "yes", ["no"])
    assert (found["sensitive"], found["sensitive_features"]) == (["sex"], [])
    assert found["rows"] == {"table": 1500, "training": 900, "validation": 300, "test": 300}
    groups = found["groups"]
    assert groups["F"]["count"] + groups["M"]["count"] == groups["overall"]["count"] == 300
    rates = [groups[name]["selection_rate"]["after"] for name in "FM"]
    assert rates[1] - rates[0] == pytest.approx(found["label_gap_after"], abs=1e-12)
    rate = groups["F"]["selection_rate"]
    assert rate["before_low"] <= rate["before"] <= rate["before_high"]
    interval = found["intervals"]["rows"]["demographic_parity"]
    assert interval["after"]["value"] == found["demographic_parity_after"]
    assert interval["after"]["low"] < interval["after"]["high"]
    assert found["warnings"] == []


def test_warnings_are_those_of_the_terminal(table, capsys):
    found, err = answer(table, capsys, "--min-group", "150")
    assert found["warnings"]
    assert err.splitlines() == [f"Warning: {text}" for text in found["warnings"]]


def test_the_same_answer_twice(table, capsys):
    assert answer(table, capsys) == answer(table, capsys)


@pytest.mark.parametrize("kind", ["newton", "retrain"])
def test_a_fit_with_the_written_weights_is_the_saved_model(frame, table, tmp_path, capsys, kind):
    saved, weights = tmp_path / "own.joblib", tmp_path / "w.csv"
    options = ["--delta", "0.8", "--save", str(saved), "--weights", str(weights)]
    answer(table, capsys, *options, "--correction", kind)
    model, written = joblib.load(saved), pd.read_csv(weights)
    rows = frame[(written["part"] == "training").to_numpy()].fillna({"city": np.nan})
    features = rows[list(model.feature_names_in_)]
    weight = written["weight"].dropna().to_numpy()
    again = clone(model).fit(
        features, rows["paid"] == "yes", logisticregression__sample_weight=weight
    )
    np.testing.assert_allclose(
        again.predict_proba(features), model.predict_proba(features), atol=1e-5
    )
