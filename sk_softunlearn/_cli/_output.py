"""Results as text, as JSON and in files."""

import csv
import gzip
import json
import math

import numpy as np
import pandas as pd

from sk_softunlearn._cli._errors import BadInputError
from sk_softunlearn._rows import cross_groups

__all__ = ["as_json", "check_folder", "report_text", "weights_frame", "write_frame"]

CHUNK = 100_000


def report_text(report):
    """Return a report as the terminal shows it.

    Parameters
    ----------
    report : AuditReport
        The report.

    Returns
    -------
    text : str
        Table by group and summary.
    """
    return f"{report!r}\n\n{report.summary().to_string()}\n\n"


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
        `row`, its position, `part`, `group`, `favourable`, and for training rows `epsilon`,
        `weight` and the influence on every objective.
    """
    pieces = {name: getattr(task, name) for name in task.parts}
    count = sum(len(rows) for rows in task.parts.values())
    frame = pd.DataFrame({"row": np.arange(count)})
    numbers = {"epsilon": soft.epsilon_, "weight": soft.sample_weight_}
    numbers |= {f"influence_{name}": scores for name, scores in soft.influence_.items()}
    part, group, favourable = (np.empty(count, dtype=object) for _ in range(3))
    for name, rows in task.parts.items():
        codes, labels = cross_groups(pieces[name].groups, len(rows))
        part[rows], group[rows] = name, np.array(labels, dtype=object)[codes]
        favourable[rows] = pieces[name].target == task.label
    frame["part"] = pd.Categorical(part)
    frame["group"] = pd.Categorical(group)
    frame["favourable"] = favourable.astype(bool)
    for name, values in numbers.items():
        frame[name] = np.nan
        frame.loc[task.parts["training"], name] = values
    return frame


def write_frame(frame, path):
    """Write a table as parquet, where its name ends so, or as csv.

    Parameters
    ----------
    frame : DataFrame
        The table.
    path : Path
        A name that ends in .gz is compressed.
    """
    if path.suffix == ".parquet":
        frame.to_parquet(path, index=False)
        return
    unpacked = gzip.open if path.suffix == ".gz" else open
    with unpacked(path, "wt", encoding="utf-8", newline="") as file:
        # Three times as fast as to_csv.
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(frame.columns)
        for start in range(0, len(frame), CHUNK):
            block = frame.iloc[start : start + CHUNK]
            cells = [
                values.astype(object).where(values.notna(), None) for _, values in block.items()
            ]
            writer.writerows(zip(*cells, strict=True))


def check_folder(path):
    """Refuse a file that has no folder to be in.

    Parameters
    ----------
    path : Path
        Where something will be written.
    """
    if path.is_dir() or not path.parent.is_dir():
        raise BadInputError(f"{path} cannot be written: give a file in a folder that exists.")
