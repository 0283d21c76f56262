"""The learners and the rows of the benchmark of trees (`trees.py`)."""

import time

import numpy as np
import pandas as pd
from data import DATA, gap, parts
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.metrics import log_loss

SETS = {"adult": "adult", "acs": "acs_income", "credit": "credit_default", "bank": "bank"}


def lightgbm():
    from lightgbm import LGBMClassifier

    return LGBMClassifier(verbose=-1, n_jobs=1)


def xgboost():
    from xgboost import XGBClassifier

    return XGBClassifier(enable_categorical=True, n_jobs=1, learning_rate=0.1)


def catboost():
    from catboost import CatBoostClassifier

    return CatBoostClassifier(
        iterations=200, verbose=0, thread_count=1, allow_writing_files=False, random_seed=0
    )


def hist_gradient_boosting():
    return HistGradientBoostingClassifier(
        categorical_features="from_dtype", early_stopping=False, random_state=0
    )


def gradient_boosting():
    return GradientBoostingClassifier(random_state=0)


def random_forest():
    return RandomForestClassifier(min_samples_leaf=5, n_jobs=1, random_state=0)


MAKERS = (
    lightgbm,
    hist_gradient_boosting,
    xgboost,
    catboost,
    gradient_boosting,
    random_forest,
)
LEARNERS = {maker.__name__: maker for maker in MAKERS}
# These are given the codes of categories.
NUMBERS = ("catboost", "gradient_boosting", "random_forest")


def codes(table):
    """Return a table with categories as numbers."""
    kinds = table.select_dtypes("category")
    return table.assign(**{name: table[name].cat.codes for name in kinds})


def load(name, numbers=False):
    """Return features with categories as such (or as numbers), label and group."""
    X, y, sensitive = DATA[SETS[name]]()
    group = X[sensitive].astype(str).to_numpy()
    columns = {
        column: values if pd.api.types.is_numeric_dtype(values) else values.astype("category")
        for column, values in X.items()
    }
    table = pd.DataFrame(columns)
    return codes(table) if numbers else table, y, group, sensitive


def timed(function, *arguments):
    """Return what a function returns, and how many seconds of a processor it took."""
    start = time.process_time()
    value = function(*arguments)
    return value, time.process_time() - start


class Split:
    """Training, validation and test rows of one data set, and the learner fitted on the first."""

    def __init__(self, name, learner, seed):
        X, y, group, sensitive = load(name, numbers=learner in NUMBERS)
        tables = X.assign(**{sensitive: group})
        self.training, self.validation, self.test = (
            (X.iloc[place], y.iloc[place].to_numpy(), group[place])
            for place in parts(tables, y, sensitive, seed)
        )
        self.fitted, self.once = timed(LEARNERS[learner]().fit, *self.training[:2])

    def measure(self, metric, probability, random=False):
        """Return accuracy, gap without sign, and log loss of test rows."""
        _, y, group = self.test
        # Of random labels a probability is all there is.
        label = probability if random else (probability > 0.5).astype(float)
        chosen = np.ones(len(y), bool) if metric == "demographic_parity" else y == 1
        return {
            "accuracy": np.mean(np.where(y == 1, label, 1 - label)),
            "gap": abs(gap(label[chosen], group[chosen])),
            "log_loss": log_loss(y, np.clip(probability, 0.0, 1.0)),
        }
