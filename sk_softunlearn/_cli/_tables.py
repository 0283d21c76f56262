"""Tables cut into what a classifier needs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sk_softunlearn._cli._cells import is_text
from sk_softunlearn._cli._errors import BadInputError, quoted
from sk_softunlearn._cli._features import read_features, read_kinds
from sk_softunlearn._cli._missing import missing_text_of, replace_missing_texts
from sk_softunlearn._cli._outcome import choose_favourable, read_labels
from sk_softunlearn._cli._roles import column, column_names, read_groups, sensitive_column
from sk_softunlearn._cli._saved import feature_names, label_of_each
from sk_softunlearn._cli._written import Written
from sk_softunlearn._sklearn import safe_indexing

__all__ = ["Reader", "Table", "reader_for", "reader_for_model"]

PROBED = 5


@dataclass(frozen=True)
class Table:
    """Rows with labels and groups.

    Parameters
    ----------
    features : DataFrame or ndarray of n rows
        As the model takes them.
    target : ndarray of shape (n,)
        Labels.
    groups : DataFrame of n rows
        The sensitive columns.
    weights : ndarray of shape (n,), default=None
        Of the rows in the fit; None: 1 each.
    """

    features: Any
    target: np.ndarray
    groups: pd.DataFrame
    weights: np.ndarray | None = None

    def take(self, rows):
        """Return the rows at integer positions."""
        return Table(
            safe_indexing(self.features, rows),
            self.target[rows],
            self.groups.iloc[rows],
            None if self.weights is None else self.weights[rows],
        )


@dataclass(frozen=True)
class Reader:
    """How tables of one kind are read.

    Parameters
    ----------
    target : str
        Name of the column to predict.
    sensitive : list of str
        Names of the sensitive columns.
    labels : dict
        From the key of a value of the target to its label.
    favourable : str
        The favourable value, as it is written.
    label : label
        What the model calls it.
    features : callable
        From a data frame to what the model takes.
    """

    target: str
    sensitive: list
    labels: dict
    favourable: str
    label: Any
    features: Callable

    def read(self, frame):
        """Return a data frame as a Table.

        Parameters
        ----------
        frame : DataFrame of n rows
            With all the columns.

        Returns
        -------
        table : Table
            All rows, in order.

        Raises
        ------
        BadInputError
            With the sentence for the user.
        """
        target = read_labels(column(frame, self.target, "--target"), self.target, self.labels)
        groups = read_groups(frame, self.sensitive, self.target)
        return Table(self.features(frame), target, groups)


def reader_for(frame, options):
    """Return the reader of the tables of a model that is still to be trained.

    The labels are True for the favourable value and False for all others.

    Parameters
    ----------
    frame : DataFrame
        The training table.
    options : Namespace
        What the command line was given.

    Returns
    -------
    reader : Reader
        For this table and others like it.
    """
    sensitive, excluded, spared = _spared(frame, options)
    favourable, keys, chosen = choose_favourable(
        column(frame, options.target, "--target"), options.target, options.positive
    )
    for name in excluded:
        column(frame, name, "--exclude")
    read_groups(frame, sensitive, options.target)
    kinds = read_kinds(frame, [name for name in frame.columns if name not in spared])
    return Reader(
        options.target,
        sensitive,
        {key: key == chosen for key in keys},
        favourable,
        True,
        lambda other: read_features(other, kinds),
    )


def reader_for_model(frame, options, model):
    """Return the reader of the tables of a fitted model, which gets the cells as they are.

    But for missing texts, which are what they were when it was fitted.

    Parameters
    ----------
    frame : DataFrame
        The table that the model was fitted on.
    options : Namespace
        What the command line was given.
    model : estimator
        The model.

    Returns
    -------
    reader : Reader
        For this table and others like it.
    """
    sensitive, _, spared = _spared(frame, options)
    favourable, labels, label = label_of_each(
        model, column(frame, options.target, "--target"), options.target, options.positive
    )
    names, named = feature_names(model, frame, spared, spared - {options.target})
    missing_text = missing_text_of(model)

    def features(other):
        # The names of a table come without the blanks around them.
        chosen = {name: column(other, name.strip(), "The model needs the column") for name in names}
        chosen = pd.DataFrame(chosen, index=other.index)
        chosen = replace_missing_texts(chosen, missing_text)
        return chosen if named else chosen.to_numpy()

    try:
        model.predict(features(frame.iloc[:PROBED]))
    except BadInputError:
        raise
    except Exception as error:
        # The steps of a Pipeline may raise anything.
        reason = (str(error).splitlines() or [""])[0]
        raise BadInputError(
            f"--model {options.model} cannot predict the rows of {options.table}: "
            f"{type(error).__name__}: {reason}{_written_otherwise(frame, names)}"
        ) from None
    return Reader(options.target, sensitive, labels, favourable, label, features)


def _written_otherwise(frame, names):
    """Say which column a model may have taken for numbers."""
    for name in names:
        values = frame[name.strip()]
        column = Written(values) if is_text(values) else None
        if column is not None and column.readings:
            return (
                f"; if column {name} holds numbers, as {quoted(column.levels[:1])}, give their "
                "decimal mark, as in --decimal ,"
            )
    return ""


def _spared(frame, options):
    """Return the sensitive columns, those excluded, and all that are no features."""
    sensitive = column_names(options.sensitive, frame)
    excluded = column_names(options.exclude, frame)
    spared = {options.target, *excluded}
    if options.sample_weight is not None:
        spared.add(options.sample_weight)
    if options.drop_sensitive:
        spared |= {sensitive_column(name, frame)[0] for name in sensitive}
    return sensitive, excluded, spared
