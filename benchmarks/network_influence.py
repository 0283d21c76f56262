"""Influence in a network: how well each curvature predicts real retraining, and what it costs.

    python network_influence.py [--weights | --draws | --costs | --head]

Linear datamodelling score (Park et al. 2023) on 3,000 Adult rows: a network of 32 hidden units is
trained anew, from the same start and with two penalties, without a random half of the rows, 24
times for each of 5 seeds. The score is the Spearman correlation, over these halves, of the
predicted and the measured change of an objective on validation rows; the slope is that of the
predicted change on the measured one, 1 where the size is right, too.

`--weights`: whether weights keep their word. On Adult and Bank, by networks of 32 and of 100 hidden
units from 3 seeds: weights for `delta=0.8` by every curvature, of all layers and of the last one,
and the share of the gap that goes when the whole network is retrained with them, of probabilities
on the validation rows, where it was asked, and of labels on test rows. `promised / brought` is to
be between 0.7 and 1.4. The last column is the check of EKFAC, 1 where its curvature is right along
what it solved for. `--draws`: weights of all layers, for 100 hidden units on Bank, and the network
retrained with them from four starts, by early stopping and by 15 passes over the rows; shares are
those of the gap that the same start has without weights. `--head`: leaving 100 rows out of the last
layer, of the network as it was fitted and with the last layer at its minimum.
`--costs`: time and peak memory of the influence of all Adult rows at 100 and at 256 + 128 hidden
units.
"""

import sys
import time
import tracemalloc
import warnings
from itertools import product

import numpy as np
import pandas as pd
from adult import model
from data import DATA, gap, parts
from recipes import PAPER
from sklearn.neural_network import MLPClassifier

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.corrections import Retrain
from sk_softunlearn.curvature import EKFAC
from sk_softunlearn.views import read_view

ROWS, HALVES, SEEDS = 3000, 24, 5
ALPHAS = (1e-4, 1.0)
OBJECTIVES = ("log_loss", "demographic_parity", "equal_opportunity")
MATRIX_FREE = ("identity", "diagonal", "ekfac", "dual", "conjugate_gradient")
METHODS = ("ekfac", "conjugate_gradient", "dual", "exact", "diagonal", "identity")
# What `--weights` compares: the layers that weights are for, and the curvature.
WEIGHED = (
    ("all", "conjugate_gradient"),
    ("all", "dual"),
    ("all", "ekfac"),
    ("all", "diagonal"),
    ("last", "exact"),
)


def transformed(seed, name="adult"):
    X, y, sensitive = DATA[name]()
    places = parts(X, y, sensitive, seed)
    columns = model()[0].fit(X.iloc[places[0]])
    learn, check, final = (
        np.asarray(columns.transform(X.iloc[rows]), dtype=float) for rows in places
    )
    y, group = y.to_numpy(), X[sensitive].to_numpy()
    _, validation, test = places
    validated = {
        "X_val": check,
        "y_val": y[validation],
        "sensitive_features_val": group[validation],
    }
    return learn, y[places[0]], validated, (final, y[test], group[test])


def score(seed, alpha):
    learn, y, validated, _ = transformed(seed)
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


def weigh(name, hidden, seed):
    learn, y, validated, (final, labels, group) = transformed(seed, name)
    network = MLPClassifier((hidden,), early_stopping=True, max_iter=100, random_state=seed)
    fitted = network.fit(learn, y)
    kept = np.mean(fitted.predict(final) == labels)
    before = abs(gap(fitted.predict(final), group))
    for layers, curvature in WEIGHED:
        soft = SoftUnlearner(fitted, delta=0.8, layers=layers, curvature=curvature, **PAPER)
        soft.set_params(on_infeasible="relax", correction=Retrain(layers="all"))
        start = time.perf_counter()
        soft.fit_influence(learn, y, **validated).compute_weights()
        seconds = time.perf_counter() - start
        soft.unlearn()
        label = soft.predict(final)
        promised = -soft.solution_.predicted["demographic_parity"]
        whole, brought = (
            abs(values["demographic_parity"]) for values in (soft.before_, soft.after_)
        )
        yield {
            "data": name,
            "hidden": hidden,
            "layers": layers,
            "curvature": curvature,
            "seed": seed,
            "promised": promised / whole,
            "brought": 1 - brought / whole,
            "promised / brought": promised / (whole - brought),
            "on test rows": 1 - abs(gap(label, group)) / before,
            "accuracy": np.mean(label == labels) - kept,
            "seconds": seconds,
            "check": check(soft) if curvature == "ekfac" else np.nan,
        }


def draws(early_stopping, seed):
    learn, y, validated, _ = transformed(seed, "bank")
    passes = 100 if early_stopping else 15
    network = MLPClassifier(
        (100,), early_stopping=early_stopping, max_iter=passes, random_state=seed
    )
    soft = SoftUnlearner(network.fit(learn, y), delta=0.8, layers="all", **PAPER)
    soft.set_params(on_infeasible="relax")
    soft.fit_influence(learn, y, **validated).compute_weights()

    def left(start, weight):
        again = MLPClassifier(**network.get_params() | {"random_state": start})
        rate = again.fit(learn, y, sample_weight=weight).predict_proba(validated["X_val"])[:, 1]
        return abs(gap(rate, validated["sensitive_features_val"]))

    for start in (seed, 11, 12, 13):
        before, after = (left(start, weight) for weight in (np.ones(len(y)), soft.sample_weight_))
        yield {"early stopping": early_stopping, "seed": seed, "start": start, "gap": before,
               "brought": 1 - after / before}  # fmt: skip


def check(soft):
    """Return the share of what EKFAC solved for that is best along it, for the metric."""
    view, panel = soft._run.view, soft._run.panel
    gradient = panel.gradients(view.theta)["demographic_parity"]
    inverse, added = EKFAC().factor(view, view.sample_weight)
    solution = inverse @ gradient
    moved = (view.jacobian @ solution).reshape(len(view.target), -1)
    bent = np.sum(moved * view.bend(view.sample_weight).apply(moved))
    return gradient @ solution / (bent + (view.penalty + added) @ solution**2)


def head():
    learn, y, validated, _ = transformed(0)
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
    learn, y, validated, _ = transformed(0)
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
    elif "--weights" in sys.argv:
        asked = product(("adult", "bank"), (32, 100), range(3))
        table = pd.DataFrame(row for each in asked for row in weigh(*each))
        print(table.round(3).to_string())
        by = table.drop(columns="seed").groupby(["data", "hidden", "layers", "curvature"])
        print(by.agg(["min", "median", "max"]).round(2).T.to_string())
    elif "--draws" in sys.argv:
        asked = product((True, False), range(3))
        table = pd.DataFrame(row for each in asked for row in draws(*each))
        print(table.round(3).to_string())
        print(table.groupby(["early stopping", "seed"])["brought"].agg(["min", "mean", "max"]))
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
