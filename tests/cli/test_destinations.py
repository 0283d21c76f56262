"""No file is written over what is read or over another one."""

import os
import subprocess
import sys
from pathlib import Path

import joblib
import pytest
from sklearn.linear_model import LogisticRegression

from sk_softunlearn._cli import main
from sk_softunlearn._cli._destinations import check_destinations
from sk_softunlearn._cli._errors import BadInputError
from sk_softunlearn._cli._options import build_parser

PARSER = build_parser(dict.fromkeys(("demo", "audit", "path"), print))


def check(*options):
    options = ["audit", "t.csv", "--target", "y", "--sensitive", "s", *options]
    check_destinations(PARSER.parse_args(list(map(str, options))))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("t.csv", "v.csv", "m.joblib"):
        (tmp_path / name).write_text(name)
    (tmp_path / "sub").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    "name", ["t.csv", "./t.csv", "sub/../t.csv", "symbolic.csv", "hard.csv", "chain.csv"]
)
def test_the_table_is_not_written_over(folder, name):
    Path("symbolic.csv").symlink_to("t.csv")
    Path("sub/link.csv").symlink_to(folder / "symbolic.csv")
    Path("chain.csv").symlink_to("sub/link.csv")
    os.link("t.csv", "hard.csv")
    with pytest.raises(BadInputError, match=rf"--weights {name} is the same file as t.csv"):
        check("--weights", name)


@pytest.mark.parametrize(
    "options",
    [
        ["--validation", "v.csv", "--weights", "v.csv"],
        ["--test", "v.csv", "--weights", "v.csv"],
        ["--model", "m.joblib", "--save", "m.joblib"],
        # Neither is there yet.
        ["--report", "link.html", "--weights", "w.csv"],
        ["--save", "link.joblib", "--weights", "w.csv"],
    ],
)
def test_nor_any_other_file_of_the_command(folder, options):
    for name in ("link.html", "link.joblib"):
        Path(name).symlink_to("w.csv")
    with pytest.raises(BadInputError, match="is the same file as --"):
        check(*options)


def test_files_of_their_own_pass(folder):
    check("--weights", "w.csv", "--save", "s.joblib", "--report", "r.html", "--test", "v.csv")
    check("--weights", "old.csv", "--validation", "v.csv", "--test", "v.csv")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_what_may_not_be_written_is_said_at_once(folder):
    Path("w.csv").write_text("old")
    Path("w.csv").chmod(0o400)
    with pytest.raises(BadInputError, match="no permission"):
        check("--weights", "w.csv")


def test_nothing_is_computed_before(frame, tmp_path, capsys):
    path = tmp_path / "t.csv"
    frame.to_csv(path, index=False)
    before = path.read_bytes()
    options = ["--target", "paid", "--sensitive", "sex", "--weights", str(path)]
    assert main(["audit", str(path), *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert path.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of a file")
@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("--weights", "w.csv"),
        ("--weights", "w.csv.gz"),
        ("--weights", "w.parquet"),
        ("--save", "m.skops"),
        ("--report", "r.html"),
    ],
)
def test_a_file_that_is_not_written_whole_is_not_written(table, tmp_path, option, name):
    for library in ("pyarrow", "skops", "jinja2", "matplotlib"):
        pytest.importorskip(library)
    path = tmp_path / name
    path.write_bytes(b"old")
    program = [sys.executable, "-m", "sk_softunlearn", "audit", table, "--target", "paid"]
    line = " ".join(map(repr, [*program, "--sensitive", "sex", "--quiet", option, str(path)]))
    done = subprocess.run(["bash", "-c", f"ulimit -f 4; {line}"], capture_output=True, text=True)
    assert done.returncode == 2
    assert f"{path} was not written, and what was there before stays" in done.stderr
    assert done.stderr.count("\n") == 1
    assert path.read_bytes() == b"old"
    assert {entry.name for entry in tmp_path.iterdir()} == {name, "table.csv"}


def test_an_interrupt_leaves_the_old_model(table, tmp_path, monkeypatch, capsys):
    path = tmp_path / "m.joblib"
    joblib.dump(LogisticRegression(C=7), path)

    def interrupt(model, file):
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(joblib, "dump", interrupt)
    options = ["--target", "paid", "--sensitive", "sex", "--quiet", "--save", str(path)]
    assert main(["audit", table, *options]) == 130
    assert joblib.load(path).C == 7
    assert {entry.name for entry in tmp_path.iterdir()} == {"m.joblib", "table.csv"}
