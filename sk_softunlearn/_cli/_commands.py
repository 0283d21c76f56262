"""What `audit` and `path` do."""

from importlib.util import find_spec
from pathlib import Path
from textwrap import wrap

from sk_softunlearn._cli._correct import correct, measure_influence, report_on, unlearner_for
from sk_softunlearn._cli._errors import BadInputError
from sk_softunlearn._cli._output import (
    as_json,
    check_folder,
    report_text,
    weights_frame,
    write_frame,
)
from sk_softunlearn._cli._saved import check_writable, save_model
from sk_softunlearn._cli._task import prepare

__all__ = ["audit", "path"]


def audit(options, console):
    """Correct a model and report what changed.

    Parameters
    ----------
    options : Namespace
        What the command line was given.
    console : Console
        Where it is written.
    """
    _check_files(options)
    task = prepare(options, console)
    soft = correct(task, unlearner_for(task, options, options.delta), console)
    with console.stage("Measuring"):
        report = report_on(soft, task)
    summary = report.summary().to_dict() if options.json else report_text(report)
    _show(task, summary, options, console)
    if options.report:
        with console.stage(f"Correcting for other deltas, and writing {options.report}"):
            about = [f"Groups by {options.sensitive}, in {Path(options.table).name}.", task.head]
            report.to_html(
                options.report,
                title=f"Audit of {options.target}",
                about=" ".join([*about, *task.notes]),
            )
    if options.weights:
        with console.stage(f"Writing {options.weights}"):
            write_frame(weights_frame(soft, task), Path(options.weights))
    if options.save:
        with console.stage(f"Writing {options.save}"):
            save_model(soft.unlearned_estimator_, Path(options.save))


def _check_files(options):
    for name in filter(None, (options.weights, options.save, options.report)):
        check_folder(Path(name))
    for option, name, endings in (
        ("--report", options.report, (".html", ".htm")),
        ("--weights", options.weights, (".csv", ".csv.gz", ".parquet")),
    ):
        if name and not name.endswith(endings):
            raise BadInputError(f"{option} {name} must end in {' or '.join(endings)}.")
    if options.save:
        check_writable(Path(options.save))
    if options.report and not (find_spec("jinja2") and find_spec("matplotlib")):
        raise BadInputError(
            f"{options.report} needs Jinja2 and matplotlib: run pip install "
            "'sk-softunlearn[report]'."
        )
    if (options.weights or "").endswith(".parquet") and find_spec("pyarrow") is None:
        raise BadInputError(
            f"{options.weights} needs pyarrow: run pip install 'sk-softunlearn[parquet]'."
        )


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
    with console.stage(f"Correcting for {count} deltas"):
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
