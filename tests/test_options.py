"""What the command line takes, and what it refuses."""

import pytest

from sk_softunlearn._options import build_parser

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
        (["--rounds", "0"], "at least 1"),
        (["--model", "forest"], "invalid choice"),
    ],
)
def test_what_it_refuses_it_names(option, sentence, capsys):
    with pytest.raises(SystemExit) as stopped:
        PARSER.parse_args(["audit", *TABLE, *option])
    assert stopped.value.code == 2
    assert sentence in capsys.readouterr().err
