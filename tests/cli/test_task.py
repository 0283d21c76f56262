"""Which rows a model is fitted on, corrected for, and reported on."""

import json
import re

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sk_softunlearn import SoftUnlearner
from sk_softunlearn._cli import main
from sk_softunlearn._cli._models import MODELS


def audit(table, *options):
    return main(["audit", table, "--target", "paid", "--sensitive", "sex", "--quiet", *options])


@pytest.fixture
def saved(frame, tmp_path):
    """A model of the first 900 rows, and three tables of its training and other rows."""
    columns = ["sex", "age", "city"]
    encoder = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["sex", "city"]), remainder="passthrough"
    )
    model = make_pipeline(encoder, StandardScaler(with_mean=False), LogisticRegression(tol=1e-8))
    training = frame[:900]
    model.fit(training[columns], training["paid"])
    joblib.dump(model, tmp_path / "m.joblib")
    for name, rows in (("train", frame[:900]), ("val", frame[900:1200]), ("test", frame[1200:])):
        rows.to_csv(tmp_path / f"{name}.csv", index=False)
    return model, {p.stem: str(p) for p in tmp_path.iterdir()}


def test_a_saved_model_is_corrected_as_it_is(frame, saved, tmp_path, capsys):
    model, paths = saved
    corrected, weights = tmp_path / "c.joblib", tmp_path / "w.csv"
    files = ["--validation", paths["val"], "--test", paths["test"], "--weights", str(weights)]
    assert audit(paths["train"], "--model", paths["m"], *files, "--save", str(corrected)) == 0
    out, err = capsys.readouterr()
    assert "900 rows; 300 rows of" in out
    assert err == ""

    def columns(rows):
        return rows[["sex", "age", "city"]], rows["paid"], rows["sex"]

    X, y, groups = columns(frame[:900])
    X_val, y_val, groups_val = columns(frame[900:1200])
    soft = SoftUnlearner(model).fit_influence(
        X, y, sensitive_features=groups, X_val=X_val, y_val=y_val, sensitive_features_val=groups_val
    )
    soft.compute_weights().unlearn()
    np.testing.assert_allclose(
        joblib.load(corrected)[-1].coef_, soft.unlearned_estimator_[-1].coef_, rtol=1e-6
    )
    written = pd.read_csv(weights)
    assert set(written["part"]) == {"training"}
    np.testing.assert_allclose(written["epsilon"], soft.epsilon_, rtol=1e-6)


def test_rows_that_stand_in_are_said(saved, capsys):
    _, paths = saved
    assert audit(paths["train"], "--model", paths["m"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "computed on the rows that the model was fitted on" in out
    assert "AuditReport of 900 rows" in out
    code = audit(paths["train"], "--model", paths["m"], "--validation", paths["val"], "--json")
    out, err = capsys.readouterr()
    assert code == 0
    assert json.loads(out)["delta_validation"] == json.loads(out)["delta_rows"]
    assert "Note: Without --test this report is on the validation rows" in err


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("name", ["own.joblib", "own.skops"])
def test_its_own_model_is_taken_back(frame, tmp_path, capsys, name, kind):
    for library in {kind} & {"lightgbm", "xgboost"}:
        pytest.importorskip(library)
    if name.endswith("skops"):
        pytest.importorskip("skops")
    table, model, options = str(tmp_path / "t.csv"), str(tmp_path / name), ["--delta", "0.2"]
    frame[:500].to_csv(table, index=False)
    assert audit(table, *options, "--model", kind, "--save", model) in (0, 1)
    capsys.readouterr()
    options += ["--model", model, "--missing", "?"]
    if name.endswith("skops") and kind not in ("logistic", "mlp"):
        # The nodes of trees may point anywhere.
        assert audit(table, *options) == 2
        options += re.findall(r"(--trust) (\S+)\.\n", capsys.readouterr().err)[0]
    assert audit(table, *options) in (0, 1)
    assert "Favourable: paid = yes" in capsys.readouterr().out


WRITERS = {
    "csv": lambda rows, path: rows.to_csv(path, index=False),
    "parquet": lambda rows, path: rows.to_parquet(path),
    "parquet, nullable": lambda rows, path: rows.astype({"city": "string"}).to_parquet(path),
}


def stored(frame, folder, kind, *options):
    """Write training and test rows, and audit them."""
    paths = [folder / f"{part}.{kind.split(',')[0]}" for part in ("train", "test")]
    for path, rows in zip(paths, (frame[:1000], frame[1000:]), strict=True):
        WRITERS[kind](rows, path)
    files = [str(paths[0]), "--test", str(paths[1])]
    assert audit(*files, "--delta", "0.2", "--json", *options) in (0, 1)


@pytest.mark.parametrize("trained_on", WRITERS)
def test_a_missing_text_is_read_again_as_in_training(frame, tmp_path, capsys, trained_on):
    pytest.importorskip("pyarrow")
    # A model that takes a missing city for an unknown one is another model.
    frame = frame.assign(paid=np.where(frame["city"].isna(), frame["paid"], "no"))
    model = str(tmp_path / "own.joblib")
    stored(frame, tmp_path, trained_on, "--save", model)
    saved = json.loads(capsys.readouterr().out)
    for read_from in WRITERS:
        stored(frame, tmp_path, read_from, "--model", model)
        again = json.loads(capsys.readouterr().out)
        for name in ("accuracy", "log_loss", "demographic_parity"):
            assert again[f"{name}_before"] == pytest.approx(saved[f"{name}_after"], rel=1e-12)


def test_its_own_model_is_corrected_again_with_its_weights(frame, table, tmp_path, capsys):
    model, weights = str(tmp_path / "own.joblib"), tmp_path / "w.csv"
    assert audit(table, "--save", model, "--weights", str(weights)) == 0
    written = pd.read_csv(weights)
    parts = {name: str(tmp_path / f"{name}.csv") for name in ("training", "validation", "test")}
    for name, path in parts.items():
        rows = frame.assign(weight=written["weight"])[written["part"] == name]
        rows.to_csv(path, index=False)
    files = ["--validation", parts["validation"], "--test", parts["test"], "--model", model]
    capsys.readouterr()
    assert audit(parts["training"], *files, "--sample-weight", "weight") == 0
    assert capsys.readouterr().err == ""
    assert audit(parts["training"], *files) == 0
    assert "not at the minimum" in capsys.readouterr().err


def test_weights_of_a_model_that_is_trained_here(frame, tmp_path):
    once, twice = tmp_path / "once.csv", tmp_path / "twice.csv"
    others = {name: str(tmp_path / f"{name}.csv") for name in ("val", "test")}
    frame[900:1200].to_csv(others["val"], index=False)
    frame[1200:].to_csv(others["test"], index=False)
    rows = frame[:900].assign(weight=np.where(frame["paid"][:900] == "yes", 3, 1))
    rows.to_csv(once, index=False)
    rows.loc[rows.index.repeat(rows["weight"])].drop(columns="weight").to_csv(twice, index=False)
    files = ["--validation", others["val"], "--test", others["test"], "--objective", "metric"]
    # A count of labels moves in steps, at which these fits may part.
    files += ["--surrogate", "probability"]
    found = []
    weigh, ignore = ["--sample-weight", "weight"], ["--exclude", "weight"]
    for path, options in ((once, weigh), (twice, []), (once, ignore)):
        saved = tmp_path / f"{path.stem}.joblib"
        assert audit(str(path), *files, *options, "--save", str(saved)) == 0
        found.append(joblib.load(saved).predict_proba(frame)[:, 1])
    # Imputing and scaling count rows, so that what is imputed is another, and the penalty a little.
    known = frame["score"].notna()
    np.testing.assert_allclose(found[0][known], found[1][known], atol=0.02)
    assert np.mean(found[0] - found[2]) > 0.1


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ("no", "not a column of numbers"),
        (-1.0, "at least 0"),
        (np.inf, "finite"),
        (0, "not all of them 0"),
        (np.nan, "values are missing"),
    ],
)
def test_weights_that_are_none(frame, tmp_path, capsys, values, sentence):
    path = tmp_path / "t.csv"
    frame.assign(weight=values).to_csv(path, index=False)
    assert audit(str(path), "--sample-weight", "weight") == 2
    assert sentence in capsys.readouterr().err


def test_a_model_that_stumbles_over_the_rows(table, tmp_path, capsys):
    model = LogisticRegression().fit(pd.DataFrame({"sex": [0.0, 1.0]}), ["no", "yes"])
    joblib.dump(model, tmp_path / "m.joblib")
    assert audit(table, "--model", str(tmp_path / "m.joblib")) == 2
    assert "cannot predict the rows" in capsys.readouterr().err


def test_other_tables_for_a_model_that_is_trained_here(frame, tmp_path, capsys):
    paths = {}
    for name, rows in (("train", frame[:900]), ("val", frame[900:1200]), ("test", frame[1200:])):
        paths[name] = str(tmp_path / f"{name}.csv")
        rows.to_csv(paths[name], index=False)
    weights = tmp_path / "w.csv"
    files = ["--validation", paths["val"], "--test", paths["test"], "--weights", str(weights)]
    assert audit(paths["train"], *files) == 0
    assert "AuditReport of 300 rows" in capsys.readouterr().out
    assert set(pd.read_csv(weights)["part"]) == {"training"}
    assert audit(paths["train"], "--test", paths["test"], "--weights", str(weights)) == 0
    assert pd.read_csv(weights)["part"].value_counts().to_dict() == {
        "training": 675,
        "validation": 225,
    }
    frame[1200:].drop(columns="age").to_csv(paths["test"], index=False)
    assert audit(paths["train"], "--test", paths["test"]) == 2
    assert f"{paths['test']}: there is no column age" in capsys.readouterr().err


def test_sensitive_columns_are_features_only_if_they_are_asked_for(frame, table, tmp_path, capsys):
    model = tmp_path / "own.joblib"
    names = {}
    for option in ([], ["--keep-sensitive"], ["--features", "score,sex"]):
        assert audit(table, *option, "--save", str(model)) in (0, 1)
        told = "uses sex" if option else "does not use sex"
        assert f"The model {told}." in " ".join(capsys.readouterr().out.split())
        names[" ".join(option)] = list(joblib.load(model).feature_names_in_)
    assert names == {
        "": ["age", "score", "city"],
        "--keep-sensitive": ["sex", "age", "score", "city"],
        "--features score,sex": ["score", "sex"],
    }
    assert audit(table, "--sensitive", "age>40", "--save", str(model)) in (0, 1)
    assert list(joblib.load(model).feature_names_in_) == ["sex", "score", "city"]


def test_a_model_without_names_gets_as_many_columns_as_it_has(frame, tmp_path, capsys):
    rows = frame.assign(sex=(frame["sex"] == "M") * 1.0)[["sex", "age", "paid"]]
    rows.to_csv(tmp_path / "t.csv", index=False)
    for names in (["age"], ["sex", "age"]):
        model = LogisticRegression(tol=1e-8, max_iter=1000)
        joblib.dump(model.fit(rows[names].to_numpy(), rows["paid"]), tmp_path / "m.joblib")
        code = audit(str(tmp_path / "t.csv"), "--model", str(tmp_path / "m.joblib"))
        out, err = capsys.readouterr()
        assert code in (0, 1), err
        assert ("The model uses sex." in out) == (len(names) == 2)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--features", "age,paid"], "--features paid is the target"),
        (["--features", "age,height"], "--features height: the table has no such column"),
        (["--features", "age,score", "--exclude", "age"], "--features age is excluded"),
        (["--features", ""], "No column is left to learn from"),
    ],
)
def test_features_that_cannot_be(table, capsys, options, sentence):
    assert audit(table, *options) == 2
    assert sentence in capsys.readouterr().err


def test_two_values_of_a_column(frame, tmp_path, capsys):
    rng = np.random.default_rng(1)
    rows = frame.assign(race=rng.choice(["Black", "White", "other"], len(frame)))
    rows.to_csv(tmp_path / "t.csv", index=False)
    weights = tmp_path / "w.csv"
    options = ["--sensitive", "race=Black,White", "--weights", str(weights)]
    assert audit(str(tmp_path / "t.csv"), *options) in (0, 1)
    out = " ".join(capsys.readouterr().out.split())
    written = pd.read_csv(weights)
    reported = written[written["part"] == "test"]
    assert set(reported["group"]) == {"Black", "White"}
    assert f"AuditReport of {len(reported)} rows" in out
    left = written[written["group"] == "not race=Black,White"]
    assert len(left) == (rows["race"] == "other").sum()
    assert f"{len(left)} rows of TABLE are of groups beside" in out
    trained = left["part"] == "training"
    assert left["part"].isna().equals(~trained)
    assert trained.any()


def test_a_target_that_is_cut(frame, tmp_path, capsys):
    rows = frame.dropna(subset=["score"])
    rows.to_csv(tmp_path / "t.csv", index=False)
    files = [str(tmp_path / "t.csv"), "--features", "age,paid", "--target"]
    saved = tmp_path / "own.joblib"
    assert audit(*files[:1], "--target", "score>0.5", "--save", str(saved)) in (0, 1)
    assert "score" not in joblib.load(saved).feature_names_in_
    capsys.readouterr()
    assert audit(*files, "score>0.5") in (0, 1)
    assert "Favourable: score>0.5; unfavourable: 'not score>0.5'." in capsys.readouterr().out
    assert audit(*files, "score>0.5", "--positive", "no") in (0, 1)
    assert "Favourable: not score>0.5;" in capsys.readouterr().out
    assert audit(*files, "paid>0.5") == 2
    assert "paid is not a column of numbers" in capsys.readouterr().err
    assert audit(*files, "score>0.5", "--features", "age,score") == 2
    assert "score is the target" in capsys.readouterr().err


def test_a_raw_table_with_two_pairs_of_columns_of_one_name(frame, tmp_path, capsys):
    rows = frame.fillna({"score": 0.0})
    pairs = pd.concat([rows, rows[["age", "score"]]], axis=1)
    pairs.to_csv(tmp_path / "t.csv", index=False)
    assert audit(str(tmp_path / "t.csv")) in (0, 1)
    assert "more than one column age, score, with the same cells" in capsys.readouterr().err
    pairs.iloc[:, -1] = 1.0
    pairs.to_csv(tmp_path / "t.csv", index=False)
    assert audit(str(tmp_path / "t.csv"), "--exclude", "age,score.1") in (0, 1)
    assert "more than one column" not in capsys.readouterr().err
