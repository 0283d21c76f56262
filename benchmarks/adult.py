"""UCI Adult as the benchmarks use it: 45,222 rows, three parts, stratified by label x sex."""

import os
from pathlib import Path

import numpy as np
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sk_softunlearn.datasets import fetch_adult

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
FOLDER = Path(os.environ.get("SK_SOFTUNLEARN_DATA", SHARED))


def load():
    """Return features and label; SK_SOFTUNLEARN_DATA names another folder that holds `adult/`."""
    adult = fetch_adult(FOLDER)
    return adult.data, adult.target


def parts(X, y, seed):
    """Return positions of 60 % training, 20 % validation and 20 % test rows."""
    cell = y.astype(str) + X["sex"]
    rows = np.arange(len(y))
    training, rest = train_test_split(rows, test_size=0.4, stratify=cell, random_state=seed)
    validation, test = train_test_split(
        rest, test_size=0.5, stratify=cell.iloc[rest], random_state=seed
    )
    return training, validation, test


def model(**parameters):
    """Return the pipeline: one-hot categories, standardised numbers, logistic regression."""
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude=np.number)),
        (StandardScaler(), make_column_selector(dtype_include=np.number)),
        sparse_threshold=0,
    )
    return make_pipeline(columns, LogisticRegression(**{"max_iter": 1000, **parameters}))
