"""From what the command line was given to a model and its rows."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sk_softunlearn._cli._errors import BadInputError, quoted
from sk_softunlearn._cli._loading import load_table
from sk_softunlearn._cli._models import MODELS, check_installed, model_pipeline
from sk_softunlearn._cli._roles import MOST_LEVELS
from sk_softunlearn._cli._row_weights import read_row_weights
from sk_softunlearn._cli._saved import load_model
from sk_softunlearn._cli._strange import warn_of_strange_columns
from sk_softunlearn._cli._tables import Table, reader_for, reader_for_model
from sk_softunlearn._rows import Rows, cross_groups, hold_out

__all__ = ["Task", "check_reference", "prepare", "split"]


@dataclass(frozen=True)
class Task:
    """A model, the rows it is or will be fitted on, and those it is measured on.

    Parameters
    ----------
    model : estimator
        A classifier or Pipeline.
    fitted : bool
        Whether it comes fitted, and must stay as it is.
    training : Table
        Its training rows.
    validation : Table or None
        On which the weights are computed; None: on the training rows.
    test : Table
        On which it is reported.
    label : label
        The favourable class.
    favourable : str
        The favourable value, as it is written in the table.
    unfavourable : list
        The other values.
    uses : list of str
        The sensitive columns that are features.
    head : str
        What the rows are, in one sentence.
    notes : list of str
        What must be said beside the results.
    parts : dict of str to ndarray
        Positions in the first table.
    rows : Table
        The first table, without features.
    """

    model: Any
    fitted: bool
    training: Table
    validation: Table | None
    test: Table
    label: Any
    favourable: str
    unfavourable: list
    uses: list
    head: str
    notes: list
    parts: dict
    rows: Table


def prepare(options, console):
    """Read the tables and the model.

    Parameters
    ----------
    options : Namespace
        What the command line was given.
    console : Console
        For the progress.

    Returns
    -------
    task : Task
        What is to be done.

    Raises
    ------
    BadInputError
        With the sentence for the user.
    """
    saved = None
    if options.model in MODELS:
        check_installed(options.model)
    else:
        saved = load_model(options.model, options.trust, options.layers)
    frame, mark = load_table(options.table, options, console, saved)
    if saved is None:
        reader = reader_for(frame, options)
    else:
        reader = reader_for_model(frame, options, saved)
    table = replace(reader.read(frame), weights=read_row_weights(frame, options))
    del frame
    others = {
        name: path and _other(path, reader, options, console, model=saved, fallback=mark)
        for name, path in (("validation", options.validation), ("test", options.test))
    }
    if saved is None:
        warn_of_strange_columns(table)
        missing = [name for name, other in others.items() if other is None]
        parts = split(table, missing, options.seed)
        pieces = others | {name: table.take(rows) for name, rows in parts.items()}
        notes = []
    else:
        parts = {"training": np.arange(len(table.target))}
        pieces = others | {"training": table}
        notes = _stand_ins(pieces)
    if not table.counted.all():
        notes.append(_keep_counted(pieces, parts, options))
    for name, piece in pieces.items():
        if piece is not None:
            _check(name, piece)
    return Task(
        saved or model_pipeline(table.features, options.model, options.seed),
        saved is not None,
        pieces["training"],
        pieces["validation"],
        pieces["test"],
        reader.label,
        reader.favourable,
        reader.unfavourable,
        reader.sensitive_features(),
        _head(reader, len(table.target), len(pieces["test"].target), parts, options),
        notes,
        parts,
        replace(table, features=None),
    )


def _head(reader, n_rows, n_reported, parts, options):
    """Say which value is favourable, what the model sees, and which rows these are."""
    if "test" in parts:
        place = f", {n_reported} of them for this report."
    else:
        place = f"; {n_reported} rows of {options.test} for this report." if options.test else "."
    used = ", ".join(reader.sensitive_features())
    unseen = " or ".join(reader.sources_of_groups())
    seen = f"The model uses {used}." if used else f"The model does not use {unseen}."
    others = quoted(reader.unfavourable[:MOST_LEVELS])
    others += ", ..." * (len(reader.unfavourable) > MOST_LEVELS)
    # The values of a target that is cut have its name.
    named = options.target in (reader.favourable, *reader.unfavourable)
    value = reader.favourable if named else f"{options.target} = {reader.favourable}"
    return f"Favourable: {value}; unfavourable: {others}. {n_rows} rows{place} {seen}"


def _keep_counted(pieces, parts, options):
    """Leave out the rows of other groups where gaps are measured; return what must be said."""
    training = pieces["training"]
    left = int(np.count_nonzero(~training.counted))
    if pieces["validation"] is None:
        pieces["validation"] = training
    for name in ("validation", "test"):
        counted = pieces[name].counted
        left += int(np.count_nonzero(~counted)) if name in parts else 0
        pieces[name] = pieces[name].take(np.flatnonzero(counted))
        if name in parts:
            parts[name] = parts[name][counted]
    return (
        f"{left} rows of TABLE are of groups beside --sensitive {options.sensitive}: the model "
        "learns from those in its training part, and nothing is measured on them."
    )


def _other(path, reader, options, console, **reading):
    try:
        return reader.read(load_table(path, options, console, **reading)[0])
    except BadInputError as error:
        told = str(error)
        raise BadInputError(told if path in told else f"{path}: {told}") from None


def _stand_ins(pieces):
    """Fill in the rows that a fitted model is reported on; return what must be said of them."""
    notes = []
    if pieces["validation"] is None:
        notes.append(
            "Without --validation the weights are computed on the rows that the model was fitted "
            "on, which it may fit better than others."
        )
    if pieces["test"] is None:
        stand_in = "training" if pieces["validation"] is None else "validation"
        pieces["test"] = pieces[stand_in]
        notes.append(
            f"Without --test this report is on the {stand_in} rows, which the weights have seen."
        )
    return notes


def split(table, names, seed):
    """Hold rows out of a table, stratified by class and group.

    Parameters
    ----------
    table : Table
        All rows.
    names : list of str
        What is needed beside training rows: "validation", "test" or both.
    seed : int
        Of the draw.

    Returns
    -------
    parts : dict of str to ndarray
        Positions: 20 % of the rows are "test", 25 % of the rest "validation".
    """
    codes, labels = cross_groups(table.groups, len(table.target))
    rows = Rows(np.empty((len(codes), 0)), table.target, None, codes, tuple(labels))
    parts, rest = {}, np.arange(len(codes))
    try:
        for name, fraction in (("test", 0.2), ("validation", 0.25)):
            if name in names:
                kept, held_out = hold_out(rows.take(rest), fraction, seed)
                rest, parts[name] = rest[kept], rest[held_out]
    except ValueError as error:
        raise BadInputError(f"The table is too small to be split: {error}") from None
    return {"training": rest, **parts}


def check_reference(task, options):
    """Raise a BadInputError if no row of the report is of the group `--reference`.

    Parameters
    ----------
    task : Task
        With these rows.
    options : Namespace
        What the command line was given.
    """
    _, names = cross_groups(task.test.groups, len(task.test.target))
    if options.reference is not None and options.reference not in names:
        raise BadInputError(
            f"--reference {options.reference} is no group of the rows of the report: they have "
            f"{quoted(names)}."
        )


def _check(name, piece):
    codes, _ = cross_groups(piece.groups, len(piece.target))
    if len(np.unique(piece.target)) < 2 or len(np.unique(codes)) < 2:
        raise BadInputError(
            f"The {name} rows do not hold both classes and two groups: the table needs more "
            "rows of the rarest class and group."
        )
