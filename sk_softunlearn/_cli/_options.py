"""What the command line takes."""

import argparse

from sk_softunlearn import __version__
from sk_softunlearn._cli._models import MODELS
from sk_softunlearn._cli._numbers import MARKS
from sk_softunlearn._steps._verdicts import OVERSHOT, REACHED
from sk_softunlearn.audit._requirements import parse_requirement
from sk_softunlearn.corrections import CORRECTIONS
from sk_softunlearn.objectives import OBJECTIVES

__all__ = ["build_parser"]

# A loss on trusted rows needs such rows, which a table does not say.
NAMES = sorted(OBJECTIVES.keys() - {"target_loss"})
DESCRIPTION = """\
Trains a model on 60 % of the rows of TABLE, corrects it for the gap on 20 %, and measures it on
the last 20 %. Missing numbers are imputed, and numbers are scaled (not for trees). All other
columns are categories. Empty cells and '?' are missing. A saved model (--model FILE) is never
trained again: TABLE then holds the rows that it was fitted on, --validation the rows to correct
for, and --test the rows to measure on.
"""
EXIT_CODES = (
    "Exit code: 0: done. 1: the asked delta was not reached (less than "
    f"{100 * REACHED:.0f} % of it, or {100 * OVERSHOT:.0f} % past parity, on the validation rows). "
    "With --require, 1: a requirement was not met; 3: all were met, but the asked delta was not "
    "reached. 2: bad input. 130: interrupted."
)


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are one sentence."""

    def error(self, message):
        self.exit(2, f"{self.prog}: {message} ({self.prog} --help says more)\n")


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
    parser = _Parser(
        prog="sk-softunlearn",
        description="Correct a classifier that treats groups differently, and show what changed.",
        epilog=EXIT_CODES,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    named = parser.add_subparsers(required=True, metavar="{demo,audit,path}")
    demo = named.add_parser("demo", help="a correction on data that comes with scikit-learn")
    demo.add_argument("--report", metavar="FILE", help="write the report as one page: .html")
    demo.set_defaults(command=commands["demo"], quiet=True)
    audit = named.add_parser(
        "audit",
        help="train on a table or load a model, correct, and report by group",
        description=DESCRIPTION,
        epilog=EXIT_CODES,
    )
    audit.set_defaults(command=commands["audit"])
    _add_common(audit)
    add = audit.add_argument_group("the request and the results").add_argument
    add(
        "--delta",
        type=_share,
        default=0.5,
        metavar="D",
        help="share of the metric that must go (default: 0.5)",
    )
    add(
        "--require",
        type=_requirement,
        action="append",
        default=[],
        metavar="EXPRESSION",
        help="a limit that the corrected model must keep on the rows of the report, as "
        "'demographic_parity_ratio>=0.8'; repeat for more. Exit code 1 if one is not met",
    )
    add(
        "--reference",
        metavar="VALUE",
        help="the group that the others are compared with in differences and ratios of rates "
        "(default: the lowest rate is compared with the highest)",
    )
    add("--report", metavar="FILE", help="write the report as one page: .html")
    add(
        "--rows",
        type=_count,
        default=0,
        metavar="N",
        help="in --report, show the features of the N training rows that moved most; they may be "
        "personal data (default: 20 rows without their features)",
    )
    add("--weights", metavar="FILE", help="write all weights: .csv, .csv.gz or .parquet")
    add("--save", metavar="FILE", help="write the corrected model: .joblib or .skops")
    path = named.add_parser(
        "path",
        help="what every delta costs and brings on rows held out",
        description=DESCRIPTION,
    )
    path.set_defaults(command=commands["path"])
    _add_common(path)
    path.add_argument(
        "--deltas",
        type=_shares,
        default=[k / 10 for k in range(1, 11)],
        metavar="D[,D]",
        help="shares of the metric that must go (default: 0.1 to 1)",
    )
    return parser


def _add_common(command):
    _add_tables(command)
    _add_model(command)
    _add_correction(command)
    command.add_argument("--json", action="store_true", help="write the numbers as JSON to stdout")
    command.add_argument("--quiet", action="store_true", help="no progress on stderr")


def _add_tables(command):
    add = command.add_argument_group("tables").add_argument
    add(
        "table",
        metavar="TABLE",
        help="csv, csv.gz or parquet file with a header, or a directory of parquet files",
    )
    add(
        "--target",
        required=True,
        type=str.strip,
        metavar="COL",
        help="column to predict; 'income>50000' cuts a column of numbers",
    )
    add(
        "--sensitive",
        required=True,
        metavar="COL[,COL]",
        help="columns whose values are the groups; 'age<40' cuts a column of numbers, 'race=Black' "
        "compares one value with the rest, 'race=Black,White' compares these two",
    )
    add(
        "--positive",
        type=str.strip,
        metavar="VALUE",
        help="favourable value of the target; may be left out if its two values are 0 and 1, -1 "
        "and 1, no and yes, n and y, or false and true: then it is the second",
    )
    add("--validation", metavar="TABLE", help="rows to correct for, in place of some of TABLE's")
    add("--test", metavar="TABLE", help="rows to measure on, in place of some of TABLE's")
    add(
        "--sample-weight",
        type=str.strip,
        metavar="COL",
        help="column of TABLE with the weights of its rows in the fit; it is not a feature "
        "(default: all weights are 1)",
    )
    add("--features", metavar="COL[,COL]", help="the only features (default: all other columns)")
    add("--exclude", default="", metavar="COL[,COL]", help="columns that are not features")
    add(
        "--keep-sensitive",
        action="store_true",
        help="the sensitive columns are features too (default: they are not)",
    )
    add(
        "--missing",
        metavar="TEXT[,TEXT]",
        help="values of a csv that mean a missing cell, besides the empty cell (default: those "
        "that pandas knows, such as NA, and '?' if the model is trained here)",
    )
    add(
        "--decimal",
        choices=MARKS,
        help="decimal mark of the numbers (default: the one that fits the numbers)",
    )
    add("--encoding", default="utf-8", metavar="NAME", help="encoding of a csv (default: utf-8)")


def _add_model(command):
    add = command.add_argument_group("the model").add_argument
    add(
        "--model",
        type=_model,
        default="logistic",
        metavar="KIND|FILE",
        help=f"trained here: {', '.join(MODELS)} (default: logistic); or a fitted classifier or "
        "Pipeline in a .skops or .joblib file, used as it is. Loading a .joblib file runs code "
        "that is in it: load your own only",
    )
    add(
        "--trust",
        type=_texts,
        default=[],
        metavar="NAME[,NAME]",
        help="types that a .skops file may hold besides those that skops trusts",
    )
    add(
        "--layers",
        default="last",
        choices=["last", "all"],
        help="which layers of a network are corrected (default: last)",
    )
    add("--seed", type=int, default=0, metavar="N", help="seed of all that is random (default: 0)")


def _add_correction(command):
    add = command.add_argument_group("the correction").add_argument
    add(
        "--metric",
        default="demographic_parity",
        choices=NAMES,
        metavar="NAME",
        help=f"what to improve: {', '.join(NAMES)} (default: demographic_parity)",
    )
    add(
        "--guard",
        type=_guard,
        action="append",
        metavar="NAME[=SLACK]",
        help="what may get worse by no more than the slack (default: none); repeat for more",
    )
    add(
        "--rounds",
        type=_count,
        default=10,
        metavar="N",
        help="predict the effect of the weights up to N times, until the measured share is the "
        "asked one (default: 10)",
    )
    add(
        "--objective",
        default="auto",
        choices=["auto", "metric", "utility"],
        help="metric: the smallest weights; utility: those with the least loss (default: auto, the "
        "least loss if it is cheap)",
    )
    add(
        "--surrogate",
        default="auto",
        choices=["auto", "label", "probability"],
        help="what a gap compares: decisions (label) or mean probabilities (default: auto, "
        "decisions if every group has 100 validation rows)",
    )
    add(
        "--min-group",
        type=_count,
        default=30,
        metavar="N",
        help="validation rows that a group needs to count in a gap (default: 30)",
    )
    add(
        "--correction",
        default="auto",
        choices=list(CORRECTIONS),
        metavar="NAME",
        help=f"how the model moves: {', '.join(CORRECTIONS)} (default: auto)",
    )


def _model(text):
    if text not in MODELS and not text.endswith((".skops", ".joblib")):
        raise argparse.ArgumentTypeError(
            f"must be one of {', '.join(MODELS)}, or a file that ends in .skops or .joblib, got "
            f"{text}"
        )
    return text


def _texts(text):
    return [part.strip() for part in text.split(",") if part.strip()]


def _count(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text}")
    return int(text)


def _number(text):
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a number, got {text}") from None


def _share(text):
    value = _number(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"must be in (0, 1], got {text}")
    return value


def _shares(text):
    return sorted({_share(part) for part in text.split(",")})


def _requirement(text):
    try:
        return parse_requirement(text).text
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error).removesuffix(".")) from None


def _guard(text):
    name, _, slack = text.partition("=")
    if name not in NAMES:
        raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(NAMES)}")
    value = _number(slack or "0")
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"the slack of {name} must be at least 0, got {slack}")
    return name, value
