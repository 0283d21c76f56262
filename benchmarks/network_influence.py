"""Influence in a network: how well each curvature predicts real retraining, and what it costs.

    python network_influence.py [--costs | --head]

Linear datamodelling score (Park et al. 2023) on 3,000 Adult rows: a network of 32 hidden units is
trained anew, from the same start and with two penalties, without a random half of the rows, 24
times for each of 5 seeds. The score is the Spearman correlation, over these halves, of the
predicted and the measured change of an objective on validation rows. `--head`: leaving 100 rows out
of the last layer, of the network as it was fitted and with the last layer at its minimum.
`--costs`: time and peak memory of the influence of all Adult rows at 100 and at 256 + 128 hidden
units.
"""

import sys
import time
import tracemalloc
import warnings

import numpy as np
import pandas as pd
from adult import load, model, parts
from recipes import PAPER
from sklearn.neural_network import MLPClassifier

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.views import read_view

ROWS, HALVES, SEEDS = 3000, 24, 5
ALPHAS = (1e-4, 1.0)
OBJECTIVES = ("log_loss", "demographic_parity", "equal_opportunity")
MATRIX_FREE = ("identity", "diagonal", "ekfac", "conjugate_gradient")
METHODS = ("ekfac", "conjugate_gradient", "exact", "diagonal", "identity")


def transformed(seed):
    X, y = load()
    training, validation, _ = parts(X, y, seed)
    columns = model()[0].fit(X.iloc[training])
    learn, check = (
        np.asarray(columns.transform(X.iloc[rows]), dtype=float) for rows in (training, validation)
    )
    y, group = y.to_numpy(), X["sex"].to_numpy()
    validated = {
        "X_val": check,
        "y_val": y[validation],
        "sensitive_features_val": group[validation],
    }
    return learn, y[training], validated


def score(seed, alpha):
    learn, y, validated = transformed(seed)
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(y), ROWS, replace=False)
    learn, y = learn[chosen], y[chosen]
    network = MLPClassifier((32,), alpha=alpha, max_iter=60, random_state=seed)
    fitted = network.fit(learn, y)
    asked = PAPER | {"guards": OBJECTIVES, "layers": "all"}
    soft = {
        name: SoftUnlearner(fitted, curvature=name, **asked).fit_influence(learn, y, **validated)
        for name in METHODS
    }
    panel, read = soft[METHODS[0]]._run.panel, type(soft[METHODS[0]]._run.view)
    predicted, measured = {name: [] for name in METHODS}, []
    for _ in range(HALVES):
        gone = rng.random(ROWS) < 0.5
        again = MLPClassifier(**network.get_params()).fit(learn[~gone], y[~gone])
        measured.append(panel.measure(read.read(again, learn[:2], y[:2]).theta))
        for name, one in soft.items():
            predicted[name].append({k: v[gone].sum() for k, v in one.influence_.items()})
    measured = pd.DataFrame(measured)
    for name in METHODS:
        table = pd.DataFrame(predicted[name])
        for objective in OBJECTIVES:
            correlation = table[objective].corr(measured[objective], method="spearman")
            slope = np.polyfit(measured[objective], table[objective], 1)[0]
            yield {
                "alpha": alpha,
                "method": name,
                "objective": objective,
                "score": correlation,
                "slope": slope,
                "seed": seed,
            }


def head():
    learn, y, validated = transformed(0)
    fitted = MLPClassifier((100,), early_stopping=True, random_state=0).fit(learn, y)
    view = read_view(fitted, learn, y)
    settled = view.write(view.refitted(view.sample_weight).theta)
    for name, network in (("as fitted", fitted), ("last layer at its minimum", settled)):
        asked = PAPER | {"guards": ("log_loss", "robustness")}
        soft = SoftUnlearner(network, random_state=0, **asked)
        table = soft.fit_influence(learn, y, **validated).validate(n=100)
        for objective in ("log_loss", "demographic_parity", "robustness"):
            pair = table[[f"predicted_{objective}", f"measured_{objective}"]]
            print(f"{name}, {objective}: Spearman {pair.corr(method='spearman').iloc[0, 1]:.4f}")


def costs():
    learn, y, validated = transformed(0)
    for hidden in ((100,), (256, 128)):
        fitted = MLPClassifier(hidden, max_iter=10, random_state=0).fit(learn, y)
        # The exact matrix of all layers does not fit.
        for layers, names in (("last", ("exact",)), ("all", MATRIX_FREE)):
            for name in names:
                soft = SoftUnlearner(fitted, layers=layers, curvature=name, **PAPER)
                start = time.perf_counter()
                soft.fit_influence(learn, y, **validated)
                seconds = time.perf_counter() - start
                tracemalloc.start()
                soft.fit_influence(learn, y, **validated)
                peak = tracemalloc.get_traced_memory()[1] / 2**20
                tracemalloc.stop()
                print(f"{hidden} {layers:4s} {name:20s} {seconds:6.2f} s {peak:7.0f} MiB")


def main():
    warnings.simplefilter("ignore")
    if "--head" in sys.argv:
        head()
    elif "--costs" in sys.argv:
        costs()
    else:
        table = pd.DataFrame(
            row for alpha in ALPHAS for seed in range(SEEDS) for row in score(seed, alpha)
        )
        by = table.groupby(["alpha", "objective", "method"])
        print(by[["score", "slope"]].agg(["mean", "sem"]).round(3).to_string())


if __name__ == "__main__":
    main()
