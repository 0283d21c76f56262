"""UCI Adult: this package beside what else takes a gap out of a classifier; writes docs/peers.csv.

    python benchmarks/peers.py [--quick] [FILE.csv]

Three splits (60 % training, 20 % validation, 20 % test rows). All methods are handed the same
transformed rows and logistic regression, learn from the training rows, and are asked for
demographic parity between the sexes. The weights are measured on the validation rows; the others
have no use for these (ThresholdOptimizer could be fitted on them, and is better off with the
training rows). Measured on test rows: mean of three splits, of the expected values where
predictions are random; gaps are those of hard predictions, without sign; time is the median ratio
to a plain fit run just before.
"""

import sys
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from adult import load, model, parts
from data import measure
from fairlearn.postprocessing import ThresholdOptimizer
from fairlearn.reductions import DemographicParity, ExponentiatedGradient, GridSearch
from recipes import PAPER
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.weights import HardWeights

TABLE = Path(__file__).resolve().parents[1] / "docs" / "peers.csv"
WEIGHTS = {
    "hard removal of 10 %, retrained": {"weighting": HardWeights(0.1), "correction": "retrain"},
    "hard removal of 20 %, retrained": {"weighting": HardWeights(0.2), "correction": "retrain"},
    "soft weights, the paper's one shot, delta 0.9": PAPER | {"delta": 0.9},
    "soft weights, delta 0.9": {"delta": 0.9},
    "soft weights, delta 1": {"delta": 1.0},
    "soft weights, gap of probabilities, delta 1": {"delta": 1.0, "surrogate": "probability"},
}


@dataclass
class Rows:
    """Transformed rows, their labels and the group of each."""

    Z: np.ndarray
    y: np.ndarray
    group: np.ndarray


def base():
    return LogisticRegression(max_iter=1000)


def unmitigated(fitted, training, validation):
    return clone(fitted).fit(training.Z, training.y)


def reweighed(fitted, training, validation):
    """Weights under which label and group are independent (Kamiran and Calders 2012)."""
    table = pd.DataFrame({"y": training.y, "group": training.group})
    cell = table.groupby(["y", "group"])["y"].transform("size") * len(table)
    margins = [table.groupby(column)["y"].transform("size") for column in ("y", "group")]
    return clone(fitted).fit(training.Z, training.y, sample_weight=margins[0] * margins[1] / cell)


def exponentiated_gradient(fitted, training, validation):
    reduction = ExponentiatedGradient(clone(fitted), DemographicParity())
    return reduction.fit(training.Z, training.y, sensitive_features=training.group)


def grid_search(fitted, training, validation):
    search = GridSearch(clone(fitted), DemographicParity(), grid_size=20)
    return search.fit(training.Z, training.y, sensitive_features=training.group)


def threshold_optimizer(fitted, training, validation):
    thresholds = ThresholdOptimizer(
        estimator=fitted,
        constraints="demographic_parity",
        prefit=True,
        predict_method="predict_proba",
    )
    return thresholds.fit(training.Z, training.y, sensitive_features=training.group)


def weighed(parameters):
    def correct(fitted, training, validation):
        soft = SoftUnlearner(fitted, **parameters).fit_influence(
            training.Z,
            training.y,
            X_val=validation.Z,
            y_val=validation.y,
            sensitive_features_val=validation.group,
        )
        return soft.compute_weights().unlearn()

    return correct


PEERS = {
    "fairlearn ThresholdOptimizer": threshold_optimizer,
    "fairlearn ExponentiatedGradient": exponentiated_gradient,
    "fairlearn GridSearch": grid_search,
    "reweighing": reweighed,
}
METHODS = {
    "unmitigated": unmitigated,
    **PEERS,
    **{name: weighed(parameters) for name, parameters in WEIGHTS.items()},
}


def decisions(mitigated, rows):
    """Return decision values, or the probabilities of random labels."""
    if isinstance(mitigated, ThresholdOptimizer):
        return mitigated._pmf_predict(rows.Z, sensitive_features=rows.group)
    if isinstance(mitigated, ExponentiatedGradient):
        return mitigated._pmf_predict(rows.Z)
    if isinstance(mitigated, GridSearch):
        mitigated = mitigated.predictors_[mitigated.best_idx_]
    return mitigated.decision_function(rows.Z)


def repeatable(mitigated, rows):
    """Return whether two calls of `predict` agree."""
    groups = {}
    if isinstance(mitigated, ThresholdOptimizer):
        groups = {"sensitive_features": rows.group}
    return np.array_equal(*(mitigated.predict(rows.Z, **groups) for _ in range(2)))


def timed(function, *arguments):
    start = time.perf_counter()
    value = function(*arguments)
    return value, time.perf_counter() - start


def split(X, y, seed):
    """Return one record for each method."""
    places = parts(X, y, seed)
    columns = model()[:-1].fit(X.iloc[places[0]])
    training, validation, test = (
        Rows(columns.transform(X.iloc[p]), y.iloc[p].to_numpy(), X["sex"].iloc[p].to_numpy())
        for p in places
    )
    records = []
    for name, method in METHODS.items():
        fitted, once = timed(lambda: base().fit(training.Z, training.y))
        mitigated, seconds = timed(method, fitted, training, validation)
        raw, male = decisions(mitigated, test), test.group == "Male"
        positive = test.y == 1
        found = measure(raw, test.y, male)
        among = measure(raw[positive], test.y[positive], male[positive])
        records.append(
            {
                "method": name,
                "accuracy": found["accuracy"],
                "DP gap": abs(found["hard_gap"]),
                "EOP gap": abs(among["hard_gap"]),
                "log loss": found["log_loss"],
                "time (fits)": seconds / once,
                "needs group at predict": isinstance(mitigated, ThresholdOptimizer),
                "same answer twice": repeatable(mitigated, test),
            }
        )
    return pd.DataFrame(records)


def main():
    warnings.simplefilter("ignore")
    X, y = load()
    seeds = (0,) if "--quick" in sys.argv else (0, 1, 2)
    table = pd.concat([split(X, y, seed) for seed in seeds]).groupby("method", sort=False)
    mean = table[["accuracy", "DP gap", "EOP gap", "log loss"]].mean()
    shown = pd.DataFrame(
        {
            "accuracy": mean["accuracy"].map("{:.4f}".format),
            "DP gap": mean["DP gap"].map("{:.3f}".format),
            "EOP gap": mean["EOP gap"].map("{:.3f}".format),
            "log loss": mean["log loss"].map("{:.3f}".format).replace("nan", ""),
            "time (fits)": table["time (fits)"].median().map("{:.2g}".format),
            "needs group at predict": table["needs group at predict"].any(),
            "same answer twice": table["same answer twice"].all(),
        }
    ).replace({True: "yes", False: "no"})
    print(shown.to_string())
    path = next((name for name in sys.argv[1:] if name.endswith(".csv")), TABLE)
    shown.to_csv(path)


if __name__ == "__main__":
    main()
