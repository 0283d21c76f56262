"""The command line: train, correct and audit a model on a table."""

import json
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path

import joblib
import numpy as np
import pandas as pd

from sk_softunlearn._groups import cross_groups
from sk_softunlearn._options import build_parser
from sk_softunlearn._rows import Rows, hold_out
from sk_softunlearn._tables import BadInputError, Table, model_pipeline, read_table
from sk_softunlearn._unlearner import SoftUnlearner
from sk_softunlearn.exceptions import (
    DeltaNotReachedWarning,
    InfeasibleWeightsError,
    SoftUnlearnError,
    SoftUnlearnWarning,
)

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
    options = build_parser({"demo": _demo, "audit": _audit, "path": _path}).parse_args(argv)
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
        except (SoftUnlearnError, ValueError) as error:
            sys.stderr.write(f"{str(error).splitlines()[0]}\n")
            return BAD_INPUT
    for message in dict.fromkeys(str(warning.message) for warning in caught):
        sys.stderr.write(f"Warning: {message}\n")
    missed = any(issubclass(warning.category, DeltaNotReachedWarning) for warning in caught)
    return NOT_REACHED if missed else DONE


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
    soft, parts = _correct(table, SoftUnlearner(model_pipeline(table.features)), 0, _silent)
    _write_report(_audit_rows(soft, table, parts["test"]))
    sys.stdout.write(f"The weights that moved most:\n{soft.explain_rows(5).to_string()}\n\n")
    sys.stdout.write(DEMO_CODE)


def _audit(options):
    for path in filter(None, (options.weights, options.save, options.report)):
        _check_writable(Path(path))
    say = _silent if options.quiet else _say
    table = _read(options, say)
    soft, parts = _correct(table, _unlearner(options, table, options.delta), options.seed, say)
    report = _audit_rows(soft, table, parts["test"])
    if options.json:
        sys.stdout.write(json.dumps(_plain(report.summary()), indent=1) + "\n")
    else:
        _write_head(options, table, parts)
        _write_report(report)
    if options.report:
        say("Correcting for other deltas")
        report.to_html(options.report)
        say(f"Report written to {options.report}")
    if options.weights:
        _weights(soft, table, parts).to_csv(options.weights, index=False)
        say(f"Weights written to {options.weights}")
    if options.save:
        _save(soft.unlearned_estimator_, Path(options.save))
        say(f"Corrected model written to {options.save}")


def _path(options):
    say = _silent if options.quiet else _say
    table = _read(options, say)
    unlearner = _unlearner(options, table, options.deltas[0])
    soft, parts = _correct(table, unlearner, options.seed, say, "fit_influence")
    say(f"Correcting for {len(options.deltas)} deltas")
    test = parts["test"]
    path = soft.delta_path(
        options.deltas,
        table.features.iloc[test],
        table.target[test],
        sensitive_features=table.groups.iloc[test],
    )
    if options.json:
        records = path.reset_index().to_dict(orient="records")
        sys.stdout.write(json.dumps([_plain(record) for record in records], indent=1) + "\n")
    else:
        _write_head(options, table, parts)
        sys.stdout.write(f"{path.to_string(float_format='{:.4f}'.format)}\n")


def _read(options, say):
    sensitive = _names(options.sensitive)
    say(f"Reading {options.table}")
    table = read_table(
        options.table, options.target, sensitive, options.positive, _names(options.exclude)
    )
    if options.drop_sensitive:
        kept = table.features.columns.difference(sensitive, sort=False)
        table = Table(table.features[kept], table.target, table.favourable, table.groups)
    return table


def _unlearner(options, table, delta):
    return SoftUnlearner(
        model_pipeline(table.features, options.model, options.seed),
        metric=options.metric,
        guards=dict(options.guard) if options.guard else ("log_loss",),
        delta=delta,
        n_rounds=options.rounds,
        objective=options.objective,
        correction=options.correction,
        layers=options.layers,
        random_state=options.seed,
    )


def _correct(table, soft, seed, say, verb="fit"):
    """Train and correct; return the SoftUnlearner and the parts of the table."""
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
    X, y, groups = table.features, table.target, table.groups
    if verb == "fit_influence":
        soft.estimator.fit(X.iloc[training], y[training])
    getattr(soft, verb)(
        X.iloc[training],
        y[training],
        sensitive_features=groups.iloc[training],
        X_val=X.iloc[validation],
        y_val=y[validation],
        sensitive_features_val=groups.iloc[validation],
    )
    return soft, {"training": training, "validation": validation, "test": test}


def _audit_rows(soft, table, part):
    return soft.audit(
        table.features.iloc[part], table.target[part], sensitive_features=table.groups.iloc[part]
    )


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


def _write_head(options, table, parts):
    sys.stdout.write(
        f"Favourable: {options.target} = {table.favourable}. {len(table.target)} rows, "
        f"{len(parts['test'])} of them for this report.\n\n"
    )


def _plain(values):
    """Return named values as JSON takes them."""
    plain = {name: getattr(value, "item", lambda v=value: v)() for name, value in values.items()}
    return {k: None if isinstance(v, float) and np.isnan(v) else v for k, v in plain.items()}


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
    if path.suffix == ".html" and find_spec("jinja2") is None:
        raise BadInputError(f"{path} needs Jinja2: run pip install 'sk-softunlearn[report]'.")
    if path.suffix == ".skops" and find_spec("skops") is None:
        raise BadInputError(f"{path} needs skops: run pip install skops, or end it in .joblib.")


def _names(text):
    return [name.strip() for name in text.split(",") if name.strip()]


def _say(text):
    sys.stderr.write(f"{text}\n")


def _silent(text):
    """Say nothing."""
