"""Tables as the options say that they are to be read."""

import os
import threading
from types import SimpleNamespace

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from sk_softunlearn._cli import main
from sk_softunlearn._cli._console import Console
from sk_softunlearn._cli._errors import BadInputError
from sk_softunlearn._cli._loading import knows_blanks, load_table

DEFAULTS = {
    "target": "y",
    "sensitive": "s",
    "exclude": "",
    "features": None,
    "sample_weight": None,
    "missing": None,
    "encoding": "utf-8",
    "decimal": None,
    "model": "logistic",
}


def load(tmp_path, text, saved=None, fallback=None, **options):
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    options = SimpleNamespace(**{**DEFAULTS, **options})
    return load_table(str(path), options, Console(quiet=True), saved, fallback)


def test_a_german_table_is_that_table(tmp_path):
    frame, mark = load(tmp_path, "pay;rate;y\n1.234;0,5;a\n56.789;-1,25;b\n")
    assert frame["pay"].tolist() == [1234, 56789]
    assert frame["rate"].tolist() == [0.5, -1.25]
    assert mark == ","
    frame, _ = load(tmp_path, "pay;rate;y\n1.000;0,5;a\n2.000;0,5;b\n")
    assert frame["pay"].tolist() == [1000, 2000]
    other, _ = load(tmp_path, "pay,rate,y\n1.234,1,a\n", fallback=mark)
    assert other["pay"].tolist() == [1234]


def test_a_german_table_may_come_from_a_pipe(tmp_path):
    path = tmp_path / "t.csv"
    os.mkfifo(path)
    text = "pay;rate;y\n1.234;0,5;a\n56.789;-1,25;b\n"
    writer = threading.Thread(target=path.write_text, args=[text])
    writer.start()
    options = SimpleNamespace(**DEFAULTS)
    frame, _ = load_table(str(path), options, Console(quiet=True))
    writer.join()
    assert frame["pay"].tolist() == [1234, 56789]


def test_numbers_are_those_of_a_plain_table_to_the_last_bit(tmp_path):
    numbers = np.random.default_rng(0).normal(size=(500, 1)) ** 9
    texts = [repr(float(value)) for value in numbers[:, 0]]
    plain, _ = load(tmp_path, "n,y\n" + "".join(f"{text},a\n" for text in texts))
    commas = [text.replace(".", ",") for text in texts]
    written, _ = load(tmp_path, "n;y\n" + "".join(f"{text};a\n" for text in commas))
    assert written["n"].tolist() == plain["n"].tolist()


def test_excluded_columns_are_not_looked_at(tmp_path):
    text = 'n,m,y\n"1,234","1,5",a\n"2,345","1.5",b\n'
    with pytest.raises(BadInputError, match="--decimal"):
        load(tmp_path, text)
    frame, _ = load(tmp_path, text, exclude="n,m")
    assert frame["n"].tolist() == ["1,234", "2,345"]


@pytest.mark.parametrize(
    ("missing", "kept"),
    [
        (None, ["x"]),
        ("?", ["NA", "x"]),
        ("", ["?", "NA", "x"]),
        ("x, NA", ["?"]),
        ('"?"', ["NA", "x"]),
    ],
)
def test_the_cells_that_are_missing(tmp_path, missing, kept):
    frame, _ = load(tmp_path, "s,y\n?,a\nNA,a\n,a\nx,a\n", missing=missing)
    assert frame["s"].dropna().tolist() == kept


def test_a_saved_model_gets_what_pandas_reads(tmp_path):
    model = LogisticRegression()
    text = 'n,s,y\n"1,5",?,a\n"2,5",b ,b\n'
    frame, _ = load(tmp_path, text, model, model="m.joblib")
    assert frame["n"].tolist() == ["1,5", "2,5"]
    assert frame["s"].tolist() == ["?", "b"]
    frame, _ = load(tmp_path, text, model, model="m.joblib", decimal=",")
    assert frame["n"].tolist() == [1.5, 2.5]


@pytest.fixture
def encoded():
    def fit(cities):
        X = pd.DataFrame({"city ": cities, "n": [0.0, 1.0, 2.0, 3.0]})
        encoder = make_column_transformer((OneHotEncoder(), ["city "]), remainder="passthrough")
        return make_pipeline(encoder, LogisticRegression()).fit(X, ["no", "yes", "no", "yes"])

    return fit


def test_blanks_stay_for_a_model_that_knows_them(tmp_path, encoded):
    padded, bare = encoded(["Oslo ", "Rome", "Oslo ", "Rome"]), encoded(["Oslo", "Rome"] * 2)
    assert knows_blanks(padded)
    assert not knows_blanks(bare)
    text = "city,n,y\nOslo ,1,no\nRome,2,yes\n"
    for model, expected in ((padded, "Oslo "), (bare, "Oslo")):
        frame, _ = load(tmp_path, text, model, model="m.joblib")
        assert frame["city"].tolist() == [expected, "Rome"]


def test_a_model_finds_its_columns_without_the_blanks_in_their_names(
    frame, tmp_path, encoded, capsys
):
    rows = frame.assign(city=np.where(frame["age"] > 40, "Oslo", "Rome"), n=frame["age"] / 10)
    joblib.dump(encoded(["Oslo", "Rome"] * 2), tmp_path / "m.joblib")
    rows[["city", "n", "sex", "paid"]].to_csv(tmp_path / "t.csv", index=False)
    options = ["--target", "paid", "--sensitive", "sex", "--model", str(tmp_path / "m.joblib")]
    assert main(["audit", str(tmp_path / "t.csv"), *options]) in (0, 1)
    assert "no such column" not in capsys.readouterr().err


def test_numbers_that_a_model_cannot_read_bring_the_option(frame, tmp_path, capsys):
    rows = frame[["age", "sex", "paid"]].assign(n=frame["age"] / 4)
    model = LogisticRegression().fit(rows[["age", "n"]], rows["paid"])
    joblib.dump(model, tmp_path / "m.joblib")
    rows.to_csv(tmp_path / "t.csv", index=False, sep=";", decimal=",")
    command = ["audit", str(tmp_path / "t.csv"), "--target", "paid", "--sensitive", "sex"]
    command += ["--model", str(tmp_path / "m.joblib")]
    assert main(command) == 2
    assert "give their decimal mark, as in --decimal ," in capsys.readouterr().err
    assert main([*command, "--decimal", ","]) in (0, 1)


def test_all_tables_are_read_as_the_first_one(frame, tmp_path, capsys):
    plain = frame[["sex", "paid"]].assign(pay=frame["age"] * 1001, rate=frame["age"] / 4)
    written = plain.assign(pay=plain["pay"].map("{:,d}".format).str.replace(",", "."))
    written["rate"] = written["rate"].map("{:.2f}".format).str.replace(".", ",")
    parts = {"training": slice(900), "validation": slice(900, 1200), "test": slice(1200, None)}
    answers = []
    for rows in (plain, written):
        paths = [tmp_path / f"{name}.csv" for name in parts]
        for path, part in zip(paths, parts.values(), strict=True):
            # Only the training table says what the points in the others are.
            rate = rows["rate"] if path == paths[0] else 1
            separator = ";" if rows is written and path == paths[0] else ","
            rows.assign(rate=rate)[part].to_csv(path, index=False, sep=separator)
        command = ["audit", str(paths[0]), "--validation", str(paths[1]), "--test", str(paths[2])]
        options = ["--target", " paid ", "--sensitive", "sex ", "--positive", "yes ", "--json"]
        assert main([*command, *options]) in (0, 1)
        answers.append(capsys.readouterr().out)
    assert answers[0] == answers[1]
