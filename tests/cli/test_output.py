"""JSON and csv that others can read."""

import csv
import json

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from sk_softunlearn._cli import _output
from sk_softunlearn._cli._output import as_json, write_frame


def test_json_holds_no_nan():
    text = as_json({"a": np.float64("nan"), "b": [np.int64(3), float("inf")], "c": np.bool_(True)})
    strict = json.loads(text, parse_constant=pytest.fail)
    assert strict == {"a": None, "b": [3, None], "c": True}
    assert json.loads(as_json({"a\x7f": "\x1b"})) == {"a\x7f": "\x1b"}
    assert as_json("\x7f\x1b") == '"\\u007f\\u001b"\n'


@pytest.mark.parametrize("name", ["w.csv", "w.csv.gz", "w.parquet"])
def test_written_as_pandas_writes(tmp_path, monkeypatch, name):
    pytest.importorskip("pyarrow")
    monkeypatch.setattr(_output, "CHUNK", 2)
    frame = pd.DataFrame(
        {
            "row": [0, 1, 2],
            "group": pd.Categorical(['a "b"', "c, d", "<script>"]),
            "favourable": [True, False, True],
            "epsilon": [0.1, np.nan, 1e-17],
        }
    )
    write_frame(frame, tmp_path / name)
    if name.endswith("parquet"):
        assert_frame_equal(pd.read_parquet(tmp_path / name), frame, check_dtype=False)
        return
    frame.to_csv(tmp_path / "expected.csv", index=False)
    written, expected = pd.read_csv(tmp_path / name), pd.read_csv(tmp_path / "expected.csv")
    assert_frame_equal(written, expected, check_exact=True)


def test_a_spreadsheet_computes_nothing_of_a_csv(tmp_path):
    pytest.importorskip("pyarrow")
    formulas = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\uff1d1", "-"]
    others = ["-5", "+1.5e-3", "-1,5", "a=b", "", "'=1"]
    frame = pd.DataFrame({"=group": pd.Categorical(formulas + others), "epsilon": -0.5})
    write_frame(frame, tmp_path / "w.csv")
    header, *rows = csv.reader((tmp_path / "w.csv").read_text(encoding="utf-8").splitlines())
    assert header == ["'=group", "epsilon"]
    assert [row[0] for row in rows] == [f"'{text}" for text in formulas] + others
    assert {row[1] for row in rows} == {"-0.5"}
    write_frame(frame, tmp_path / "w.parquet")
    assert list(pd.read_parquet(tmp_path / "w.parquet")["=group"]) == formulas + others
