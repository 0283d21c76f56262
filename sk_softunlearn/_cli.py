"""The command line: train, correct and audit a model on a table."""

import argparse
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path

import joblib
import numpy as np
import pandas as pd

from sk_softunlearn import __version__
from sk_softunlearn._groups import cross_groups
from sk_softunlearn._rows import Rows, hold_out
from sk_softunlearn._tables import BadInputError, Table, logistic_pipeline, read_table
from sk_softunlearn._unlearner import SoftUnlearner
from sk_softunlearn.corrections import CORRECTIONS
from sk_softunlearn.exceptions import (
    DeltaNotReachedWarning,
    InfeasibleWeightsError,
    SoftUnlearnWarning,
)
from sk_softunlearn.objectives import OBJECTIVES

__all__ = ["main"]

DONE, NOT_REACHED, BAD_INPUT = 0, 1, 2

DEMO_CODE = """\
In Python:

    from sklearn.datasets import load_diabetes
    from sklearn.linear_model import LogisticRegression
    from sk_softunlearn import SoftUnlearner

    X, progression = load_diabetes(return_X_y=True, scaled=False)
    y, older = progression > 140.5, X[:, 0] > 50
    soft = SoftUnlearner(LogisticRegression(max_iter=5000), delta=0.5)
    soft.fit(X, y, sensitive_features=older)
    soft.audit(X, y, sensitive_features=older)
"""


def main(argv=None):
    """Run the command line.

    Parameters
    ----------
    argv : list of str, default=None
        Arguments; None: those of the process.

    Returns
    -------
    code : int
        0 done, 1 the asked delta was not reached, 2 bad input.
    """
    options = _parser().parse_args(argv)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", SoftUnlearnWarning)
        try:
            options.command(options)
        except BadInputError as error:
            sys.stderr.write(f"{error}\n")
            return BAD_INPUT
        except InfeasibleWeightsError as error:
            sys.stderr.write(f"{error}\n")
            return NOT_REACHED
    for message in dict.fromkeys(str(warning.message) for warning in caught):
        sys.stderr.write(f"Warning: {message}\n")
    missed = any(issubclass(warning.category, DeltaNotReachedWarning) for warning in caught)
    return NOT_REACHED if missed else DONE


def _parser():
    parser = argparse.ArgumentParser(
        prog="sk-softunlearn",
        description="Correct a classifier that treats groups differently, and show what changed.",
        epilog="Exit code: 0 done, 1 the asked delta was not reached, 2 bad input.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(required=True, metavar="{demo,audit}")
    demo = commands.add_parser("demo", help="a correction on data that comes with scikit-learn")
    demo.set_defaults(command=_demo)
    audit = commands.add_parser(
        "audit",
        help="train on a table, correct, and report by group",
        description="Trains a logistic regression on 60 %% of the rows, corrects it for the gap on "
        "20 %%, and reports both models on the last 20 %%. Numbers are imputed and scaled, all "
        "other columns one-hot encoded; empty cells and '?' are missing.",
    )
    audit.set_defaults(command=_audit)
    audit.add_argument("table", help="csv, csv.gz or parquet file with a header")
    audit.add_argument("--target", required=True, metavar="COL", help="column to predict")
    audit.add_argument(
        "--sensitive",
        required=True,
        metavar="COL[,COL]",
        help="columns whose cells are the groups; 'age>25' cuts a column of numbers",
    )
    audit.add_argument("--positive", metavar="VALUE", help="favourable value of the target")
    audit.add_argument("--metric", default="demographic_parity", choices=sorted(OBJECTIVES))
    audit.add_argument("--delta", type=_share, default=0.5, help="share of the metric that must go")
    audit.add_argument("--correction", default="auto", choices=["auto", *CORRECTIONS])
    audit.add_argument("--model", default="logistic", choices=["logistic"])
    audit.add_argument("--exclude", default="", metavar="COL[,COL]", help="not features")
    audit.add_argument(
        "--drop-sensitive",
        action="store_true",
        help="leave the sensitive columns out of the features (they are in by default)",
    )
    audit.add_argument("--seed", type=int, default=0, help="of the random parts (default: 0)")
    audit.add_argument("--weights", metavar="CSV", help="write every row's weight and influence")
    audit.add_argument(
        "--save", metavar="FILE", help="write the corrected Pipeline, .joblib or .skops"
    )
    audit.add_argument("--quiet", action="store_true", help="no progress on stderr")
    return parser


def _share(text):
    value = float(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"must be in (0, 1], got {text}")
    return value


def _demo(options):
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(as_frame=True, scaled=False)
    features, progression = bunch.data, bunch.target
    older = features["age"] > features["age"].median()
    table = Table(
        features,
        (progression > progression.median()).to_numpy(),
        "progressed",
        pd.DataFrame({"age": older.map({True: "older", False: "younger"})}),
    )
    sys.stdout.write(
        "442 diabetes patients: predict whether the disease progresses more than the median, and\n"
        "close half of the gap between patients above and below the median age in the mean\n"
        "probability of that prediction. Trained on 60 % of the patients, corrected on 20 %,\n"
        "reported on the last 20 %.\n\n"
    )
    soft, report, _ = _correct(table, "demographic_parity", 0.5, "auto", 0, _silent)
    _write_report(report)
    sys.stdout.write(f"The weights that moved most:\n{soft.explain_rows(5).to_string()}\n\n")
    sys.stdout.write(DEMO_CODE)


def _audit(options):
    for path in filter(None, (options.weights, options.save)):
        _check_writable(Path(path))
    say = _silent if options.quiet else _say
    sensitive = _names(options.sensitive)
    say(f"Reading {options.table}")
    table = read_table(
        options.table, options.target, sensitive, options.positive, _names(options.exclude)
    )
    if options.drop_sensitive:
        kept = table.features.columns.difference(sensitive, sort=False)
        table = Table(table.features[kept], table.target, table.favourable, table.groups)
    soft, report, parts = _correct(
        table, options.metric, options.delta, options.correction, options.seed, say
    )
    sys.stdout.write(
        f"Favourable: {options.target} = {table.favourable}. {len(table.target)} rows, "
        f"{len(parts['test'])} of them for this report.\n\n"
    )
    _write_report(report)
    if options.weights:
        _weights(soft, table, parts).to_csv(options.weights, index=False)
        say(f"Weights written to {options.weights}")
    if options.save:
        _save(soft.unlearned_estimator_, Path(options.save))
        say(f"Corrected model written to {options.save}")


def _correct(table, metric, delta, correction, seed, say):
    """Train, correct and audit; return the SoftUnlearner, the report and the parts."""
    codes, names = cross_groups(table.groups, len(table.target))
    rows = Rows(table.features, table.target, None, codes, tuple(names))
    try:
        rest, test = hold_out(rows, 0.2, seed)
        training, validation = (rest[part] for part in hold_out(rows.take(rest), 0.25, seed))
    except ValueError as error:
        raise BadInputError(f"The table is too small to be split: {error}") from None
    for name, part in (("training", training), ("validation", validation), ("test", test)):
        if len(np.unique(table.target[part])) < 2 or len(np.unique(codes[part])) < 2:
            raise BadInputError(
                f"The {name} rows do not hold both classes and two groups: the table needs more "
                "rows of the rarest class and group."
            )
    say(f"Training on {len(training)} rows")
    soft = SoftUnlearner(
        logistic_pipeline(table.features), metric=metric, delta=delta, correction=correction
    )
    X, y, groups = table.features, table.target, table.groups
    soft.fit(
        X.iloc[training],
        y[training],
        sensitive_features=groups.iloc[training],
        X_val=X.iloc[validation],
        y_val=y[validation],
        sensitive_features_val=groups.iloc[validation],
    )
    say("Corrected")
    report = soft.audit(X.iloc[test], y[test], sensitive_features=groups.iloc[test])
    return soft, report, {"training": training, "validation": validation, "test": test}


def _weights(soft, table, parts):
    """Return one row per row of the table: its part, weight, and what explains it."""
    codes, names = cross_groups(table.groups, len(table.target))
    frame = pd.DataFrame({"row": np.arange(len(table.target)), "part": ""})
    for name, part in parts.items():
        frame.loc[part, "part"] = name
    frame["group"] = np.array(names, dtype=object)[codes]
    frame["favourable"] = table.target
    columns = {"epsilon": soft.epsilon_, "weight": soft.sample_weight_}
    columns |= {f"influence_{name}": scores for name, scores in soft.influence_.items()}
    for name, values in columns.items():
        frame.loc[parts["training"], name] = values
    return frame


def _write_report(report):
    sys.stdout.write(f"{report!r}\n\n{report.summary().to_string()}\n\n")


def _save(model, path):
    if path.suffix == ".skops":
        from skops.io import dump

        dump(model, path)
    else:
        joblib.dump(model, path)


def _check_writable(path):
    if path.is_dir() or not path.parent.is_dir():
        raise BadInputError(f"{path} cannot be written: give a file in a folder that exists.")
    if path.suffix == ".skops" and find_spec("skops") is None:
        raise BadInputError(f"{path} needs skops: run pip install skops, or end it in .joblib.")


def _names(text):
    return [name.strip() for name in text.split(",") if name.strip()]


def _say(text):
    sys.stderr.write(f"{text}\n")


def _silent(text):
    """Say nothing."""
