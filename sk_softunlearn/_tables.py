"""Tables for the command line: reading, checking, and the model for them."""

import gzip
import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

__all__ = ["BadInputError", "Table", "model_pipeline", "read_table"]

MOST_LEVELS = 20
SEPARATORS = ",;\t|"


class BadInputError(Exception):
    """The table or an option is not what it must be; the message is one sentence."""


@dataclass(frozen=True)
class Table:
    """A table cut into what a classifier needs.

    Parameters
    ----------
    features : DataFrame of n rows
        All columns but the target, those excluded, and those without any value.
    target : ndarray of shape (n,)
        True for the favourable value.
    favourable : str
        That value.
    groups : DataFrame of n rows
        The sensitive columns.
    """

    features: pd.DataFrame
    target: np.ndarray
    favourable: str
    groups: pd.DataFrame


def model_pipeline(features, kind="logistic", seed=0):
    """Return a classifier behind imputing, one-hot encoding and scaling.

    Parameters
    ----------
    features : DataFrame
        Its columns' types decide: numbers are imputed by the median and scaled, anything else
        is imputed as "missing" and one-hot encoded.
    kind : "logistic" or "mlp", default="logistic"
        A logistic regression, or a network with 100 hidden units and early stopping.
    seed : int, default=0
        Of the network.

    Returns
    -------
    model : Pipeline
        Not fitted.
    """
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    categories = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="missing"),
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
    )
    columns = make_column_transformer(
        (numbers, make_column_selector(dtype_include=np.number)),
        (categories, make_column_selector(dtype_exclude=np.number)),
    )
    classifiers = {
        "logistic": LogisticRegression(max_iter=1000),
        "mlp": MLPClassifier((100,), early_stopping=True, random_state=seed),
    }
    return make_pipeline(columns, classifiers[kind])


def read_table(path, target, sensitive, positive=None, exclude=(), missing=("?",)):
    """Read a table and cut it up.

    Parameters
    ----------
    path : str or Path
        A csv (any of the usual separators), csv.gz or parquet file.
    target : str
        Name of the column to predict.
    sensitive : list of str
        Names of the sensitive columns; "age>25" is the column age, cut there.
    positive : str, default=None
        The favourable value of the target; None: the larger of two.
    exclude : sequence of str, default=()
        Columns that are not features.
    missing : sequence of str, default=("?",)
        Values that stand for a missing one, beside the empty one.

    Returns
    -------
    table : Table
        All rows, in order.

    Raises
    ------
    BadInputError
        With the sentence for the user.
    """
    frame = _load(Path(path), list(missing))
    if frame.empty:
        raise BadInputError(f"{path} has no rows: give a table with a header and rows.")
    outcome = _column(frame, target, "--target")
    if outcome.isna().any():
        raise BadInputError(
            f"--target {target}: {int(outcome.isna().sum())} values are missing, the first in row "
            f"{int(outcome.isna().argmax())}: drop or fill those rows."
        )
    favourable, chosen = _favourable(outcome, target, positive)
    groups = pd.DataFrame({name: _group(frame, name, target) for name in sensitive})
    if len(groups.drop_duplicates()) < 2:
        raise BadInputError(
            f"--sensitive {','.join(sensitive)} has one group only: a gap needs at least two."
        )
    for name in exclude:
        _column(frame, name, "--exclude")
    features = frame.drop(columns=[target, *exclude]).dropna(axis="columns", how="all")
    if features.empty:
        raise BadInputError("No column is left to learn from: exclude fewer columns.")
    for name in features.select_dtypes(exclude=np.number):
        features[name] = features[name].astype(object).where(features[name].notna(), np.nan)
        features[name] = features[name].map(str, na_action="ignore")
    return Table(features, chosen.to_numpy(), favourable, groups)


def _load(path, missing):
    if not path.is_file():
        raise BadInputError(f"There is no file {path}: give the path of a csv or parquet table.")
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as file:
            header = file.readline()
        separator = max(SEPARATORS, key=header.count)
        return pd.read_csv(path, sep=separator, na_values=missing, skipinitialspace=True)
    except ImportError:
        raise BadInputError(
            "Parquet files need pyarrow: run pip install 'sk-softunlearn[parquet]'."
        ) from None
    except pd.errors.EmptyDataError:
        raise BadInputError(f"{path} is empty: give a table with a header and rows.") from None
    except (OSError, ValueError, pd.errors.ParserError) as error:
        reason = str(error).splitlines()[0]
        raise BadInputError(f"{path} cannot be read as a table: {reason}") from None


def _column(frame, name, option):
    if name not in frame:
        near = get_close_matches(name, map(str, frame.columns), n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(map(str, frame))}."
        raise BadInputError(f"{option} {name}: the table has no such column; {hint}")
    return frame[name]


def _favourable(outcome, target, positive):
    """Return the favourable value's name, and which rows have it."""
    levels = sorted(outcome.unique(), key=lambda level: (str(type(level)), level))
    if len(levels) < 2:
        raise BadInputError(f"--target {target} has one value only, {levels[0]}: nothing to learn.")
    listed = ", ".join(map(str, levels[:MOST_LEVELS])) + (", ..." if levels[MOST_LEVELS:] else "")
    if positive is None:
        if len(levels) > 2:
            raise BadInputError(
                f"--target {target} has {len(levels)} values ({listed}): say with --positive which "
                "one is favourable; the others together are the other class."
            )
        positive = str(levels[1])
    chosen = outcome.map(str) == positive
    if not chosen.any():
        raise BadInputError(f"--positive {positive} is not a value of {target}: it has {listed}.")
    return positive, chosen


def _group(frame, name, target):
    """Return one sensitive column, cut where its name says so."""
    cut = re.fullmatch(r"(.+?)\s*(>=|>)\s*(-?[\d.]+)", name)
    column = cut[1] if cut and name not in frame else name
    if column == target:
        raise BadInputError(f"--sensitive {name} is the target: choose another column.")
    values = _column(frame, column, "--sensitive")
    if values.isna().any():
        raise BadInputError(
            f"--sensitive {column}: {int(values.isna().sum())} values are missing, the first in "
            f"row {int(values.isna().argmax())}: drop or fill those rows."
        )
    if column != name:
        if not pd.api.types.is_numeric_dtype(values):
            raise BadInputError(f"--sensitive {name}: {column} is not a column of numbers.")
        above = values >= float(cut[3]) if cut[2] == ">=" else values > float(cut[3])
        return above.map({True: name, False: f"not {name}"})
    if values.nunique() > MOST_LEVELS:
        raise BadInputError(
            f"--sensitive {name} has {values.nunique()} values, too many for groups: cut it, as in "
            f"--sensitive '{name}>{values.iloc[0]}', or merge its levels."
        )
    return values.map(str)
