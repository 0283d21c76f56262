"""Warnings speak of options, not of parameters."""

import pytest

from sk_softunlearn._cli import main
from sk_softunlearn._cli._words import in_options
from sk_softunlearn.exceptions import InfeasibleWeightsError
from sk_softunlearn.objectives import OBJECTIVES
from sk_softunlearn.weights import Terms


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("Use several rounds (n_rounds=10), or", "Use several rounds (--rounds 10), or"),
        ("'delta'=0.5 of x was asked", "--delta 0.5 of x was asked"),
        ("'delta' was lowered to that.", "--delta was lowered to that."),
        ("correction='newton' or 'influence'", "--correction newton or 'influence'"),
        ("change 'min_group_rows'.", "change --min-group."),
        (
            "Loosen 'bounds' or 'guards', allow more rounds, or ask for less.",
            "Loosen --guard, allow more --rounds, or ask for less.",
        ),
        (
            "Loosen 'bounds', allow more rounds, or ask for less.",
            "Allow more --rounds, or ask for less.",
        ),
        ("'guards' were exceeded on", "Guards were exceeded on"),
        ("validate('retrain') of 'x'", "validate('retrain') of 'x'"),
    ],
)
def test_parameters_are_options(sentence, told):
    assert in_options(sentence) == told


def test_the_sentence_of_what_is_infeasible():
    error = InfeasibleWeightsError.of(Terms(delta=0.5), {}, 0.3)
    told = in_options(str(error))
    assert told == (
        "--delta 0.5 cannot be reached: the largest feasible delta is 0.3. Lower --delta."
    )


def test_names_of_objectives_stay():
    for name in OBJECTIVES:
        assert in_options(f"{name!r}") == f"{name!r}"


def test_a_warning_on_the_terminal(table, capsys):
    options = ["--target", "paid", "--sensitive", "sex", "--quiet", "--min-group", "900"]
    assert main(["audit", table, *options]) in (0, 1)
    err = capsys.readouterr().err
    assert "--min-group" in err
    assert "min_group_rows" not in err
