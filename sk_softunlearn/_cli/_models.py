"""The models that the command line trains."""

import numpy as np
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

__all__ = ["MODELS", "model_pipeline"]

MODELS = ("logistic", "mlp")
NUMBERS = [np.number, "bool"]


def model_pipeline(features, kind="logistic", seed=0):
    """Return a classifier behind imputing, one-hot encoding and scaling.

    Numbers and booleans are imputed by the median and scaled, anything else is one-hot encoded,
    a missing cell as a category of its own; sparse where that is smaller.

    Parameters
    ----------
    features : DataFrame
        Its columns' types decide.
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
    # Names rather than a selector, which skops would not load without being told to trust it.
    columns = make_column_transformer(
        (numbers, list(features.select_dtypes(NUMBERS).columns)),
        (
            OneHotEncoder(handle_unknown="ignore"),
            list(features.select_dtypes(exclude=NUMBERS).columns),
        ),
    )
    classifiers = {
        "logistic": LogisticRegression(max_iter=1000),
        "mlp": MLPClassifier((100,), early_stopping=True, random_state=seed),
    }
    return make_pipeline(columns, classifiers[kind])
