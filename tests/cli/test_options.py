"""What the command line takes, and what it refuses."""

import argparse
import re
from pathlib import Path

import pytest

from sk_softunlearn._cli._options import build_parser

PARSER = build_parser(dict.fromkeys(("demo", "audit", "path"), print))
TABLE = ["t.csv", "--target", "y", "--sensitive", "s"]


def test_guards_and_deltas_are_read():
    options = PARSER.parse_args(
        ["audit", *TABLE, "--guard", "log_loss=0.1", "--guard", "robustness"]
    )
    assert options.guard == [("log_loss", 0.1), ("robustness", 0.0)]
    options = PARSER.parse_args(["path", *TABLE, "--deltas", "0.5,0.25,0.5"])
    assert options.deltas == [0.25, 0.5]


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        (["--delta", "1.5"], "must be in (0, 1]"),
        (["--guard", "kindness"], "kindness is none of"),
        (["--guard", "log_loss=-1"], "at least 0"),
        (["--guard", "log_loss=much"], "must be a number"),
        (["--rounds", "0"], "at least 1"),
        (["--rounds", "many"], "a whole number"),
        (["--model", "forest"], "a file that ends in .skops or .joblib"),
    ],
)
def test_what_it_refuses_it_names(option, sentence, capsys):
    with pytest.raises(SystemExit) as stopped:
        PARSER.parse_args(["audit", *TABLE, *option])
    assert stopped.value.code == 2
    complaint = capsys.readouterr().err
    assert sentence in complaint
    assert complaint.count("\n") == 1


def test_the_page_shows_every_option():
    page = (Path(__file__).parents[2] / "docs" / "command_line.rst").read_text()
    (commands,) = (a for a in PARSER._actions if isinstance(a, argparse._SubParsersAction))
    for name, command in commands.choices.items():
        assert f"sk-softunlearn {name}" in page
        for action in command._actions:
            for option in action.option_strings[-1:]:
                assert re.search(rf"(?:``| ){option}(?![\w-])", page), option


def test_help_shows_percentages_as_they_are(capsys):
    for name in ("audit", "path"):
        with pytest.raises(SystemExit):
            PARSER.parse_args([name, "--help"])
        text = capsys.readouterr().out
        assert "60 % of" in text
        assert "%%" not in text


def test_a_loss_on_trusted_rows_is_not_for_a_table(capsys):
    with pytest.raises(SystemExit):
        PARSER.parse_args(["audit", *TABLE, "--metric", "target_loss"])
    assert "invalid choice" in capsys.readouterr().err
