"""The models that the command line trains."""

from importlib import import_module
from importlib.util import find_spec

import numpy as np
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from sk_softunlearn._cli._errors import BadInputError

__all__ = ["BOOSTING", "MODELS", "check_installed", "model_pipeline"]

# What comes with the extra `boosting`.
BOOSTING = ("lightgbm", "xgboost", "catboost")
MODELS = ("logistic", "mlp", "hist_gradient_boosting", "lightgbm", "xgboost")
# Those that are told in their parameters which columns are categories.
OF_CODES = ("hist_gradient_boosting", "xgboost")
NUMBERS = [np.number, "bool"]
# As many categories of a column as HistGradientBoostingClassifier takes.
MOST_CODES = 255


def check_installed(kind):
    """Refuse a model whose library is missing.

    Parameters
    ----------
    kind : str
        One of `MODELS`.
    """
    if kind in BOOSTING and find_spec(kind) is None:
        raise BadInputError(f"--model {kind} needs {kind}: run pip install {kind}.")


def model_pipeline(features, kind="logistic", seed=0):
    """Return a classifier behind what it needs to take a table.

    Numbers and booleans go to trees as they are, missing ones too. For a logistic regression and a
    network they are imputed by the median and scaled. Anything else is one-hot encoded, a missing
    cell as a category of its own. HistGradientBoostingClassifier and XGBClassifier, whose
    parameters say which columns are categories, get codes instead.

    Parameters
    ----------
    features : DataFrame
        Its columns' types decide.
    kind : str, default="logistic"
        "logistic", a logistic regression; "mlp", a network with 100 hidden units and early
        stopping; "hist_gradient_boosting", "lightgbm" or "xgboost", boosted trees.
    seed : int, default=0
        Of a network and of trees.

    Returns
    -------
    model : Pipeline
        Not fitted.
    """
    # Names rather than a selector, which skops would not load without being told to trust it.
    numbers = list(features.select_dtypes(NUMBERS).columns)
    texts = list(features.select_dtypes(exclude=NUMBERS).columns)
    columns = make_column_transformer((_numbers(kind), numbers), (_categories(kind), texts))
    return make_pipeline(columns, _classifier(kind, len(numbers), len(texts), seed))


def _numbers(kind):
    if kind in ("logistic", "mlp"):
        return make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    # Changes nothing but the types of nullable columns.
    return StandardScaler(with_mean=False, with_std=False)


def _categories(kind):
    if kind not in OF_CODES:
        return OneHotEncoder(handle_unknown="ignore")
    return OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=np.nan, max_categories=MOST_CODES
    )


def _classifier(kind, n_numbers, n_texts, seed):
    if kind == "logistic":
        # Fitted to the minimum, so that a fit with the weights gives the corrected model.
        return LogisticRegression(tol=1e-8, max_iter=10_000)
    if kind == "mlp":
        return MLPClassifier((100,), early_stopping=True, random_state=seed)
    if kind == "hist_gradient_boosting":
        texts = list(range(n_numbers, n_numbers + n_texts))
        return HistGradientBoostingClassifier(categorical_features=texts, random_state=seed)
    library = import_module(kind)
    if kind == "lightgbm":
        return library.LGBMClassifier(verbose=-1, random_state=seed)
    types = ["q"] * n_numbers + ["c"] * n_texts
    return library.XGBClassifier(enable_categorical=True, feature_types=types, random_state=seed)
