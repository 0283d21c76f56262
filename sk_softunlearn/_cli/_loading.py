"""Tables as the options say that they are to be read."""

import csv
from pathlib import Path

from sklearn.base import BaseEstimator

from sk_softunlearn._cli._cuts import Cut, add_cut_target, sensitive_cuts, target_cut
from sk_softunlearn._cli._frames import load_frame
from sk_softunlearn._cli._models import MODELS
from sk_softunlearn._cli._number_columns import NumberColumns
from sk_softunlearn._cli._parquet import is_parquet
from sk_softunlearn._cli._roles import column_names
from sk_softunlearn._cli._twins import settle_twins

__all__ = ["knows_blanks", "load_table"]


def load_table(path, options, console, model=None, fallback=None):
    """Read a table with the types that its columns have.

    Parameters
    ----------
    path : str
        The table.
    options : Namespace
        What the command line was given.
    console : Console
        For the progress.
    model : estimator, default=None
        A saved one: it gets the cells as pandas reads them, but for what `--missing` and
        `--decimal` say, and for blanks after texts that it does not know.
    fallback : "." or ",", default=None
        The decimal mark of the training table.

    Returns
    -------
    frame : DataFrame
        All rows, in order.
    mark : "." or "," or None
        The decimal mark of its numbers; None: nothing says which.
    """
    missing, known = _missing(options)
    # What a saved model was fitted on must not change.
    numbers = model is None or options.decimal is not None
    file = Path(path)

    def load(advance, as_text):
        frame = load_frame(
            path,
            missing,
            options.encoding,
            advance,
            known=known,
            bare=model is None or not knows_blanks(model),
            as_text=as_text,
        )
        return _without_twins(frame, path, options) if model is None else frame

    size = file.stat().st_size if file.is_file() else None
    with console.stage(f"Reading {path}", size or None) as advance:
        # A pipe cannot be read a second time.
        as_text = numbers and size is None
        frame = load(advance, as_text)
        if not numbers:
            return add_cut_target(frame, options.target), None
        columns = NumberColumns(
            options.decimal,
            fallback,
            typed=is_parquet(file),
            spared=_unread(frame, options),
            labels=frozenset(cut.source for cut in _roles(frame, options) if not cut.is_of_numbers),
            missing=("", *missing),
            known=known,
        )
        if not as_text and columns.need_text(frame):
            frame = load(None, as_text=True)
        frame, mark = columns.read(frame)
        return add_cut_target(frame, options.target), mark


def _missing(options):
    """Return the cells that are missing, and whether those that pandas knows are so too."""
    if options.missing is None:
        return ("?",) if options.model in MODELS else (), True
    cells = next(csv.reader([options.missing], skipinitialspace=True), [])
    return tuple(cell.strip() for cell in cells if cell.strip()), False


def _roles(frame, options):
    """Return the target and the sensitive columns, each cut or whole."""
    target = target_cut(options.target, frame) or Cut(options.target)
    return [target, *sensitive_cuts(options.sensitive, frame)]


def _unread(frame, options):
    """Return the columns that nothing is to be made of."""
    excluded = frozenset(column_names(options.exclude, frame))
    if options.features is None:
        return excluded
    used = {cut.source for cut in _roles(frame, options)} | {options.sample_weight}
    return excluded | set(frame.columns) - used - set(column_names(options.features, frame))


def _without_twins(frame, path, options):
    used = {cut.source for cut in _roles(frame, options)} | {options.sample_weight}
    features = None if options.features is None else set(column_names(options.features, frame))
    return settle_twins(frame, path, column_names(options.exclude, frame), used, features)


def knows_blanks(model):
    """Whether a model was fitted on texts with blanks around them, which it would miss.

    Parameters
    ----------
    model : estimator
        Fitted.

    Returns
    -------
    known : bool
        Whether an encoder in it has such a category.
    """
    if isinstance(model, dict):
        return any(map(knows_blanks, model.values()))
    if isinstance(model, list | tuple):
        return any(map(knows_blanks, model))
    if not isinstance(model, BaseEstimator):
        return False
    texts = (text for levels in getattr(model, "categories_", ()) for text in levels)
    return any(isinstance(text, str) and text != text.strip() for text in texts) or knows_blanks(
        vars(model)
    )
