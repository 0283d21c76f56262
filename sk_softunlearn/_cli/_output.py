"""Results as text, as JSON and in files."""

import csv
import gzip
import hashlib
import io
import json
import math
import re
import shlex
import sys
from itertools import chain
from pathlib import Path
from textwrap import wrap

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from sk_softunlearn._cli._models import MODELS
from sk_softunlearn._rows import cross_groups
from sk_softunlearn._writing import writing
from sk_softunlearn.audit._page_findings import about_noise, list_findings
from sk_softunlearn.audit._style import readable
from sk_softunlearn.audit._text import about_trees

__all__ = [
    "all_findings",
    "as_json",
    "origin",
    "report_text",
    "report_values",
    "weights_frame",
    "write_frame",
    "write_text",
]

CHUNK = 100_000
# First characters that make a spreadsheet compute a cell (the last four are the wide forms of the
# first four), and the numbers that begin with one of them.
FORMULA = tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")
NUMBER = re.compile(r"[-+]?(?=[.,]?[0-9])[0-9.,]*([eE][-+]?[0-9]+)?%?")


def report_text(report, intervals, checks=None):
    """Return a report as the terminal shows it.

    Parameters
    ----------
    report : AuditReport
        The report.
    intervals : DataFrame
        What its `intervals` returns.
    checks : DataFrame, default=None
        What its `check` returns.

    Returns
    -------
    text : str
        Table by group, what has become of trees, the interval of what has gone, what to know first,
        summary and checks.
    """
    said = [about_trees(report), _noise_text(report, intervals)]
    parts = [repr(report), *("\n".join(wrap(text, 100)) for text in said if text)]
    findings = all_findings(report, intervals)
    if findings:
        lines = [wrap(text, 100, initial_indent="- ", subsequent_indent="  ") for text in findings]
        parts.append("\n".join(["What to know first:", *chain.from_iterable(lines)]))
    parts.append(report.summary().to_string())
    if checks is not None:
        parts.append(_checks_text(checks))
    return "\n\n".join([*parts, ""])


def origin(options):
    """Return from what files and by which words a report was made, by what it is.

    Parameters
    ----------
    options : Namespace
        What the command line was given.

    Returns
    -------
    known : dict of str to str
        The command line, and the SHA-256 of every file that was read.
    """
    known = {"command line": shlex.join(["sk-softunlearn", *sys.argv[1:]])}
    read = [options.table, options.validation, options.test]
    for name in dict.fromkeys([*read, *([] if options.model in MODELS else [options.model])]):
        # A pipe is empty by now.
        if name and Path(name).is_file():
            with open(name, "rb") as file:
                known[f"sha256 of {name}"] = hashlib.file_digest(file, "sha256").hexdigest()
    return known


def all_findings(report, intervals):
    """Return what a reader must not miss, a list of str.

    Parameters
    ----------
    report : AuditReport
        The report.
    intervals : DataFrame
        What its `intervals` returns.
    """
    return [*list_findings(report), *about_noise(report, intervals)]


def _noise_text(report, intervals):
    """Return the interval of the share of the metric that has gone, in a sentence."""
    if report.metric not in report.measured[0]:
        return ""
    gone = intervals.loc[("rows", report.metric), "gone"]
    if math.isnan(gone["low"]):
        return ""
    return (
        f"95 % interval of the share of the {readable(report.metric)} that has gone on these rows: "
        f"{gone['low']:.0%} to {gone['high']:.0%} (bootstrap, 200 draws)."
    )


def _checks_text(checks):
    """Return the values before and after, and whether they are within the limits."""
    words = checks[["before", "after"]].map("{:.4f}".format)
    words["verdict"] = checks["passed"].map({True: "met", False: "NOT MET"})
    return words.rename_axis(None).to_string()


def report_values(report, checks=None):
    """Return the numbers of a report, a dict for JSON.

    Parameters
    ----------
    report : AuditReport
        The report.
    checks : DataFrame, default=None
        What `AuditReport.check` returns: the list "checks", which is empty without.
    """
    listed = [] if checks is None else checks.reset_index().to_dict(orient="records")
    return report.summary().to_dict() | {"checks": listed}


def as_json(value):
    """Return dicts, lists and numbers as JSON that every reader takes.

    Parameters
    ----------
    value : dict, list, str, number or numpy scalar
        What is neither finite nor text becomes null.

    Returns
    -------
    text : str
        With a line break at its end.
    """
    return json.dumps(_plain(value), indent=1, allow_nan=False) + "\n"


def _plain(value):
    if isinstance(value, dict):
        return {str(name): _plain(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def weights_frame(soft, task):
    """Tabulate the weight of every row of the first table, and what explains it.

    Parameters
    ----------
    soft : SoftUnlearner
        Corrected.
    task : Task
        With the parts of the table.

    Returns
    -------
    frame : DataFrame of n rows
        `row`, its position, `part` (missing for rows that are in none), `group`, `favourable`, and
        for training rows `epsilon`, `weight` and the influence on every objective.
    """
    count = len(task.rows.target)
    frame = pd.DataFrame({"row": np.arange(count)})
    numbers = {"epsilon": soft.epsilon_, "weight": soft.sample_weight_}
    numbers |= {f"influence_{name}": scores for name, scores in soft.influence_.items()}
    part = np.full(count, None, dtype=object)
    for name, rows in task.parts.items():
        part[rows] = name
    codes, labels = cross_groups(task.rows.groups, count)
    group = np.array(labels, dtype=object)[codes]
    favourable = task.rows.target == task.label
    frame["part"] = pd.Categorical(part)
    frame["group"] = pd.Categorical(group)
    frame["favourable"] = favourable.astype(bool)
    for name, values in numbers.items():
        frame[name] = np.nan
        frame.loc[task.parts["training"], name] = values
    return frame


def write_frame(frame, path):
    """Write a table as parquet, where its name ends so, or as csv.

    In a csv, texts that a spreadsheet would compute begin with an apostrophe.

    Parameters
    ----------
    frame : DataFrame
        The table.
    path : Path
        A name that ends in .gz is compressed.
    """
    with writing(path) as file:
        if path.suffix == ".parquet":
            frame.to_parquet(file, index=False)
        elif path.suffix == ".gz":
            with gzip.GzipFile(path.stem, "wb", fileobj=file) as packed:
                _write_csv(frame, packed)
        else:
            _write_csv(frame, file)


def write_text(text, path):
    """Write a text.

    Parameters
    ----------
    text : str
        The text.
    path : Path
        Where.
    """
    with writing(path) as file:
        file.write(text.encode())


def _write_csv(frame, file):
    # Three times as fast as to_csv.
    frame = frame.apply(lambda values: values if _is_plain(values) else values.map(_harmless))
    _write_rows([map(_harmless, frame.columns)], file)
    for start in range(0, len(frame), CHUNK):
        block = frame.iloc[start : start + CHUNK]
        cells = [values.astype(object).where(values.notna(), None) for _, values in block.items()]
        _write_rows(zip(*cells, strict=True), file)


def _write_rows(rows, file):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    file.write(text.getvalue().encode())


def _is_plain(values):
    return is_numeric_dtype(values) or is_bool_dtype(values)


def _harmless(cell):
    """Return a cell as one that no spreadsheet computes."""
    if isinstance(cell, str) and cell.startswith(FORMULA) and not NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell
