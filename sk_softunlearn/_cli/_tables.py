"""Tables cut into what a classifier needs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sk_softunlearn._cli._cells import is_text
from sk_softunlearn._cli._cuts import sensitive_cuts
from sk_softunlearn._cli._errors import BadInputError, quoted
from sk_softunlearn._cli._features import read_features, read_kinds
from sk_softunlearn._cli._groups import read_groups
from sk_softunlearn._cli._missing import missing_text_of, replace_missing_texts
from sk_softunlearn._cli._outcome import choose_favourable, other_values, read_labels
from sk_softunlearn._cli._roles import column, column_names
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
    counted : ndarray of shape (n,), dtype bool
        Whether the group of a row is among those that are named.
    weights : ndarray of shape (n,), default=None
        Of the rows in the fit; None: 1 each.
    """

    features: Any
    target: np.ndarray
    groups: pd.DataFrame
    counted: np.ndarray
    weights: np.ndarray | None = None

    def take(self, rows):
        """Return the rows at integer positions."""
        return Table(
            safe_indexing(self.features, rows),
            self.target[rows],
            self.groups.iloc[rows],
            self.counted[rows],
            None if self.weights is None else self.weights[rows],
        )


@dataclass(frozen=True)
class Reader:
    """How tables of one kind are read.

    Parameters
    ----------
    target : str
        Name of the column to predict.
    sources : set of str
        The target, and the column that it is made of.
    sensitive : list of Cut
        The sensitive columns.
    labels : dict
        From the key of a value of the target to its label.
    favourable : str
        The favourable value, as it is written.
    unfavourable : list
        The other values.
    label : label
        What the model calls it.
    names : list of str
        The features.
    features : callable
        From a data frame to what the model takes.
    """

    target: str
    sources: set
    sensitive: list
    labels: dict
    favourable: str
    unfavourable: list
    label: Any
    names: list
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
        groups, counted = read_groups(frame, self.sensitive, self.sources)
        return Table(self.features(frame), target, groups, counted)

    def sources_of_groups(self):
        """Return the sensitive columns, without cuts."""
        return list(dict.fromkeys(cut.source for cut in self.sensitive))

    def sensitive_features(self):
        """Return the sensitive columns that are features."""
        return [name for name in self.sources_of_groups() if name in self.names]


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
    roles = _Roles(frame, options)
    outcome = column(frame, options.target, "--target")
    favourable, keys, chosen = choose_favourable(outcome, options.target, options.positive)
    read_groups(frame, roles.sensitive, roles.target)
    names = roles.features(options.keep_sensitive)
    kinds = read_kinds(frame, names, chosen=roles.named is not None)
    return Reader(
        options.target,
        roles.target,
        roles.sensitive,
        {key: key == chosen for key in keys},
        favourable,
        other_values(outcome, options.target, favourable),
        True,
        list(kinds),
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
    roles = _Roles(frame, options)
    outcome = column(frame, options.target, "--target")
    favourable, labels, label = label_of_each(model, outcome, options.target, options.positive)
    names, named = feature_names(model, frame, roles.choices(options.keep_sensitive), roles.refused)
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
    return Reader(
        options.target,
        roles.target,
        roles.sensitive,
        labels,
        favourable,
        other_values(outcome, options.target, favourable),
        label,
        [name.strip() for name in names],
        features,
    )


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


class _Roles:
    """What the options make of the columns of a table.

    Attributes
    ----------
    target : set of str
        The target, and the column that it is made of.
    sensitive : list of Cut
        The sensitive columns.
    named : list of str or None
        What --features names.
    refused : set of str
        Columns that the options say are no features.
    """

    def __init__(self, frame, options):
        self.columns = list(frame.columns)
        self.target = {options.target, frame.attrs.get("target_source", options.target)}
        self.sensitive = sensitive_cuts(options.sensitive, frame)
        self.named = None
        excluded = column_names(options.exclude, frame)
        for name in excluded:
            column(frame, name, "--exclude")
        self.refused = set(excluded) | ({options.sample_weight} - {None})
        if options.features is not None:
            self._choose(column_names(options.features, frame), frame)

    def _choose(self, names, frame):
        for name in names:
            column(frame, name, "--features")
            if name in self.target:
                raise BadInputError(f"--features {name} is the target: leave it out.")
            if name in self.refused:
                raise BadInputError(f"--features {name} is excluded, or the weights: leave it out.")
        self.named = names
        self.refused |= set(self.columns) - set(names) - self.target

    def features(self, keep_sensitive):
        """Return the columns to learn from: sensitive ones only where they are asked for."""
        if self.named is not None:
            return self.named
        spared = self.target | self.refused
        if not keep_sensitive:
            spared = spared | {cut.source for cut in self.sensitive}
        return [name for name in self.columns if name not in spared]

    def choices(self, keep_sensitive):
        """Return the columns that a model without names may have been fitted on."""
        lists = [self.features(keep) for keep in dict.fromkeys([keep_sensitive, True])]
        return [names for k, names in enumerate(lists) if names not in lists[:k]]
