"""What `audit` and `path` do."""

import warnings
from contextlib import contextmanager
from pathlib import Path
from textwrap import wrap

import numpy as np

from sk_softunlearn._cli._correct import correct, measure_influence, report_on, unlearner_for
from sk_softunlearn._cli._destinations import check_destinations
from sk_softunlearn._cli._details import details
from sk_softunlearn._cli._errors import BadInputError
from sk_softunlearn._cli._output import (
    as_json,
    origin,
    report_text,
    report_values,
    weights_frame,
    write_frame,
    write_text,
)
from sk_softunlearn._cli._progress import DRAWS, followed
from sk_softunlearn._cli._saved import save_model
from sk_softunlearn._cli._strange import warn_of_a_telltale
from sk_softunlearn._cli._task import check_reference, prepare
from sk_softunlearn._steps._findings import listed
from sk_softunlearn._steps._verdicts import small_groups
from sk_softunlearn.audit._requirements import parse_requirement
from sk_softunlearn.audit._words import shown_names
from sk_softunlearn.exceptions import SoftUnlearnWarning

__all__ = ["audit", "path"]

# Requests that the page compares.
DELTAS = 10


def audit(options, console):
    """Correct a model and report what changed.

    Parameters
    ----------
    options : Namespace
        What the command line was given.
    console : Console
        Where it is written.

    Returns
    -------
    passed : bool
        Whether the corrected model keeps every limit of `--require`.
    """
    check_destinations(options)
    task = prepare(options, console)
    check_reference(task, options)
    soft = correct(task, unlearner_for(task, options, options.delta), console)
    with console.stage("Measuring"):
        report = report_on(soft, task, options.reference)
    _warn_if_worse(report)
    warn_of_a_telltale(report.summary()["accuracy_before"], task.test.target == task.label)
    checks = report.check(*options.require) if options.require else None
    with (
        console.stage("Drawing rows for the intervals", total=DRAWS) as advance,
        followed(report, advance),
    ):
        intervals = report.intervals()
    shown = report_text(report, intervals, checks)
    if options.json:
        shown = report_values(report, checks) | details(report, intervals, task, options)
        shown |= {"delta_reached": console.delta_reached(), "warnings": console.warnings()}
    _show(task, shown, options, console)
    passed = checks is None or _tell_if_failed(checks, report, console)
    if options.report:
        told = f"Correcting for other deltas, and writing {options.report}"
        with (
            _stage(told, console, total=DRAWS + DELTAS) as advance,
            followed(report, advance),
        ):
            by = ", ".join(task.rows.groups)
            about = [f"Groups by {by}, in {Path(options.table).name}.", task.head]
            page = report.to_html(
                title=f"Audit of {options.target}",
                about=" ".join([*about, *task.notes]),
                rows=options.rows,
                requirements=options.require,
                origin=origin(options),
                labels=_called(task),
                deltas=DELTAS,
            )
            write_text(page, Path(options.report))
    if options.weights:
        with _stage(f"Writing {options.weights}", console):
            write_frame(weights_frame(soft, task), Path(options.weights))
    if options.save:
        with _stage(f"Writing {options.save}", console):
            save_model(soft.unlearned_estimator_, Path(options.save))
    return passed


def _called(task):
    """Return what the classes of a model that was trained here are called."""
    if task.fitted:
        return {}
    others = [str(value) for value in task.unfavourable]
    other = others[0] if len(others) == 1 else f"not {task.favourable}"
    return {True: task.favourable, False: other}


@contextmanager
def _stage(text, console, total=None):
    """Say that a file is being written, and how far it is, or why it was not."""
    try:
        with console.stage(text, total) as advance:
            yield advance
    except OSError as error:
        if error.filename is None:
            raise
        raise BadInputError(
            f"{error.filename} was not written, and what was there before stays: {error.strerror}."
        ) from None


def _warn_if_worse(report):
    """Warn that the metric got worse on the rows of the report, whatever is saved then."""
    before, after = (values.get(report.metric) for values in report.measured)
    if before is not None and abs(after) > abs(before):
        warnings.warn(
            f"On the rows of the report the {report.metric} got worse, from {before:.4g} to "
            f"{after:.4g}. Give more rows, or ask for less, before you use the corrected model.",
            SoftUnlearnWarning,
            stacklevel=2,
        )


def _tell_if_failed(checks, report, console):
    """Say which requirements are not met, and that small groups count; return whether all are."""
    failed = checks[~checks["passed"]]
    for requirement, values in failed.iterrows():
        console.complain(
            f"Requirement not met: {requirement} (before {values['before']:.4g}, after "
            f"{values['after']:.4g})."
        )
    rows, names = report.rows, shown_names(report)
    small = small_groups(names, np.bincount(rows.groups), rows.min_group_rows)
    if small and any(parse_requirement(text).compares_groups for text in failed.index):
        console.complain(
            f"Every group counts in a requirement, however few rows it has: {listed(small)}."
        )
    return failed.empty


def path(options, console):
    """Show what every delta costs and brings.

    Parameters
    ----------
    options : Namespace
        What the command line was given.
    console : Console
        Where it is written.
    """
    task = prepare(options, console)
    soft = measure_influence(task, unlearner_for(task, options, options.deltas[0]), console)
    test, count = task.test, len(options.deltas)
    with (
        console.stage(f"Correcting for {count} deltas", total=count) as advance,
        followed(soft, advance),
    ):
        table = soft.delta_path(
            options.deltas, test.features, test.target, sensitive_features=test.groups
        )
    if options.json:
        _show(task, table.reset_index().to_dict(orient="records"), options, console)
    else:
        _show(task, table.to_string(float_format="{:.4f}".format) + "\n", options, console)


def _show(task, result, options, console):
    """Write a result to stdout: values as JSON, or text below what the rows are."""
    if options.json:
        console.write(as_json(result))
        for note in task.notes:
            console.complain(f"Note: {note}")
    else:
        head = [line for text in (task.head, *task.notes) for line in wrap(text, 100)]
        console.write("\n".join([*head, "", result]))
