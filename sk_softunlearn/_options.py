"""What the command line takes."""

import argparse

from sk_softunlearn import __version__
from sk_softunlearn.corrections import CORRECTIONS
from sk_softunlearn.objectives import OBJECTIVES

__all__ = ["build_parser"]


def build_parser(commands):
    """Return the parser.

    Parameters
    ----------
    commands : dict of str to callable
        "demo", "audit" and "path": what runs with the parsed options.

    Returns
    -------
    parser : ArgumentParser
        Sets `command` to one of them.
    """
    parser = argparse.ArgumentParser(
        prog="sk-softunlearn",
        description="Correct a classifier that treats groups differently, and show what changed.",
        epilog="Exit code: 0 done, 1 the asked delta was not reached, 2 bad input.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    named = parser.add_subparsers(required=True, metavar="{demo,audit,path}")
    demo = named.add_parser("demo", help="a correction on data that comes with scikit-learn")
    demo.set_defaults(command=commands["demo"])
    split = (
        "Trains a model on 60 %% of the rows, corrects it for the gap on 20 %%, and measures on "
        "the last 20 %%. Numbers are imputed and scaled, all other columns one-hot encoded; empty "
        "cells and '?' are missing."
    )
    audit = named.add_parser(
        "audit", help="train on a table, correct, and report by group", description=split
    )
    audit.set_defaults(command=commands["audit"])
    _add_table(audit)
    audit.add_argument("--delta", type=_share, default=0.5, help="share of the metric that must go")
    audit.add_argument("--report", metavar="HTML", help="write the report as one page")
    audit.add_argument("--weights", metavar="CSV", help="write every row's weight and influence")
    audit.add_argument(
        "--save", metavar="FILE", help="write the corrected Pipeline, .joblib or .skops"
    )
    path = named.add_parser(
        "path", help="what every delta costs and brings on the last rows", description=split
    )
    path.set_defaults(command=commands["path"])
    _add_table(path)
    path.add_argument(
        "--deltas",
        type=_shares,
        default=[k / 10 for k in range(1, 11)],
        metavar="D[,D]",
        help="shares of the metric that must go (default: 0.1 to 1)",
    )
    return parser


def _add_table(command):
    add = command.add_argument
    add("table", help="csv, csv.gz or parquet file with a header")
    add("--target", required=True, metavar="COL", help="column to predict")
    add(
        "--sensitive",
        required=True,
        metavar="COL[,COL]",
        help="columns whose cells are the groups; 'age>25' cuts a column of numbers",
    )
    add("--positive", metavar="VALUE", help="favourable value of the target")
    add("--metric", default="demographic_parity", choices=sorted(OBJECTIVES))
    add(
        "--guard",
        type=_guard,
        action="append",
        metavar="NAME[=SLACK]",
        help="what may get worse by no more than the slack (default: log_loss=0); repeat for more",
    )
    add("--rounds", type=_count, default=1, metavar="N", help="predict anew up to N times")
    add(
        "--objective",
        default="metric",
        choices=["metric", "utility"],
        help="smallest weights, or least loss (recommended with rounds)",
    )
    add("--correction", default="auto", choices=["auto", *CORRECTIONS])
    add("--model", default="logistic", choices=["logistic", "mlp"])
    add("--layers", default="last", choices=["last", "all"], help="of the mlp")
    add("--exclude", default="", metavar="COL[,COL]", help="not features")
    add(
        "--drop-sensitive",
        action="store_true",
        help="leave the sensitive columns out of the features (they are in by default)",
    )
    add("--seed", type=int, default=0, help="of the random parts (default: 0)")
    add("--json", action="store_true", help="write the numbers as JSON to stdout")
    add("--quiet", action="store_true", help="no progress on stderr")


def _count(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {text}")
    return value


def _share(text):
    value = float(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"must be in (0, 1], got {text}")
    return value


def _shares(text):
    return sorted({_share(part) for part in text.split(",")})


def _guard(text):
    name, _, slack = text.partition("=")
    if name not in OBJECTIVES:
        raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(sorted(OBJECTIVES))}")
    value = float(slack or 0)
    if value < 0:
        raise argparse.ArgumentTypeError(f"the slack of {name} must be at least 0, got {slack}")
    return name, value
