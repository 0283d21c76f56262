"""Every correction, hard and soft, for logistic regression and a network's last or all layers.

    python corrections.py [--models logistic,last,all] [--ways hard,soft,rounds]
                          [--corrections newton,retrain] [TABLE.csv]

Adult and Bank, split 60/20/20. Soft weights by the paper's recipe (recipes.py) with delta 0.8: in
one round and in up to 8, where each round starts from what the correction has really brought; hard
ones remove the most harmful 20 %. On test rows: accuracy and
metric before and after, the metric being the absolute gap of hard predictions between the groups,
among those with the favourable label for equal opportunity, or the accuracy on adversarial points
of the old model, held fixed, for robustness. Then how often soft is no worse than hard in both, and
where it is worse. A table that is named keeps every cell as soon as it is measured, and what is in
it is not done again.
"""

import argparse
import sys
import time
import warnings
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from adult import model
from data import DATA, parts
from recipes import PAPER
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.corrections import CORRECTIONS
from sk_softunlearn.views import read_view

TASKS = (
    ("adult", "demographic_parity"),
    ("adult", "equal_opportunity"),
    ("adult", "robustness"),
    ("bank", "demographic_parity"),
    ("bank", "robustness"),
)
# What counts as no worse: less than a standard error of the accuracy on test rows.
TIE = 0.002
# "auto" is one of the others, and "replay" of trees alone.
COMPARED = [name for name in CORRECTIONS if name not in ("auto", "replay")]
LAYERS = {"logistic": "logistic", "mlp last": "last layer", "mlp all": "all layers"}
# Weighting, and rounds at most.
WAYS = {"hard": ("hard", 1), "soft": ("soft", 1), "rounds": ("soft", 8)}


def classifier(kind, X, y):
    pipeline = model(tol=1e-6)
    if kind != "logistic":
        network = MLPClassifier((100,), early_stopping=True, max_iter=100, random_state=0)
        pipeline = make_pipeline(pipeline[0], network)
    return pipeline.fit(X, y)


class Test:
    """Test rows and what is measured on them: a smaller badness is better."""

    def __init__(self, head, metric, X, y, group, layers):
        self.head, self.metric, self.X, self.y = head, metric, X, y
        self.layers = layers
        among = y == 1 if metric == "equal_opportunity" else np.ones(len(y), dtype=bool)
        self.cells = [among & (group == g) for g in np.unique(group)]
        self.moved = read_view(head, X, y, layers=layers).adversarial(1.3)

    def measure(self, head):
        label = head.predict(self.X)
        theta = read_view(head, self.X, self.y, layers=self.layers).theta
        robust = self.moved.loss.predict(self.moved.at(theta).raw_prediction) == self.moved.target
        rates = [label[cell].mean() for cell in self.cells]
        gap = max(rates) - min(rates)
        return {
            "accuracy": np.mean(label == self.y),
            "metric": np.mean(robust) if self.metric == "robustness" else gap,
            "badness": 1 - np.mean(robust) if self.metric == "robustness" else gap,
        }


def cells(name, metric, kind, asked):
    """Yield a row per pair of a way and a correction that is asked."""
    X, y, sensitive = DATA[name]()
    training, validation, test = parts(X, y, sensitive, 0)
    fitted = classifier(kind, X.iloc[training], y.iloc[training])
    learn, check, final = (
        np.asarray(fitted[:-1].transform(X.iloc[rows]), dtype=float)
        for rows in (training, validation, test)
    )
    labels = y.to_numpy()
    group = X[sensitive].to_numpy()
    layers = "all" if kind == "mlp all" else "last"
    judge = Test(fitted[-1], metric, final, labels[test], group[test], layers)
    soft = SoftUnlearner(fitted[-1], metric, delta=0.8, layers=layers, random_state=0, **PAPER)
    soft.set_params(on_infeasible="relax").fit_influence(
        learn,
        labels[training],
        X_val=check,
        y_val=labels[validation],
        sensitive_features_val=group[validation],
    )
    before = judge.measure(fitted[-1])
    for way, correction in asked:
        weighting, n_rounds = WAYS[way]
        soft.set_params(weighting=weighting, n_rounds=n_rounds, correction=correction)
        start = time.perf_counter()
        soft.compute_weights().unlearn()
        seconds = time.perf_counter() - start
        after = judge.measure(soft.unlearned_estimator_)
        print(kind, name, metric, way, correction, f"{seconds:.1f} s", file=sys.stderr)
        yield {
            "data": name,
            "task": metric,
            "model": kind,
            "correction": correction,
            "weights": way,
            "accuracy before": before["accuracy"],
            "accuracy": after["accuracy"],
            "metric before": before["metric"],
            "metric": after["metric"],
            "badness": after["badness"],
            "seconds": seconds,
        }


def measured(kinds, ways, corrections, file):
    """Return the table of all cells, those of a file and those that it lacks."""
    kept = file is not None and Path(file).exists()
    rows = pd.read_csv(file).to_dict("records") if kept else []
    names = ("model", "data", "task", "weights", "correction")
    done = {tuple(row[each] for each in names) for row in rows}
    for kind, (name, metric) in product(kinds, TASKS):
        pairs = product(ways, corrections)
        asked = [pair for pair in pairs if (kind, name, metric, *pair) not in done]
        for row in cells(name, metric, kind, asked) if asked else ():
            rows.append(row)
            if file is not None:
                pd.DataFrame(rows).to_csv(file, index=False)
    return pd.DataFrame(rows)


def compare(table, way):
    """Return a row per cell: whether a way is no worse than hard in accuracy and in the metric."""
    keys = ["data", "task", "model", "correction"]
    wide = table.set_index([*keys, "weights"])[["accuracy", "badness"]].unstack()
    wide = wide.dropna(subset=[("accuracy", way)])
    accuracy = wide["accuracy", way] - wide["accuracy", "hard"]
    metric = wide["badness", "hard"] - wide["badness", way]
    return pd.DataFrame(
        {
            "accuracy, less hard's": accuracy,
            "metric, better by": metric,
            "both": (accuracy >= -TIE) & (metric >= -TIE),
            "accuracy only": (accuracy >= -TIE) & (metric < -TIE),
            "metric only": (accuracy < -TIE) & (metric >= -TIE),
        }
    )


def summarise(table):
    """Return, by correction, in how many tasks soft weights are no worse than hard in both."""
    columns = {}
    for way, suffix in (("soft", ""), ("rounds", ", rounds")):
        if way not in set(table["weights"]):
            continue
        both = compare(table, way)["both"].groupby(["correction", "model"], sort=False)
        counts = both.sum().astype(str) + " of " + both.size().astype(str)
        columns |= {f"{LAYERS[model]}{suffix}": each for model, each in counts.unstack().items()}
    table = pd.DataFrame(columns).reindex(COMPARED).rename_axis("correction")
    return table[sorted(table, key=lambda name: list(LAYERS.values()).index(name.split(",")[0]))]


def main():
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", default="logistic,last,all")
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--corrections", default=",".join(COMPARED))
    parser.add_argument("table", nargs="?")
    options = parser.parse_args()
    asked = options.models.split(",")
    kinds = [kind for kind in LAYERS if kind.split()[-1] in asked]
    ways, corrections = options.ways.split(","), options.corrections.split(",")
    table = measured(kinds, ways, corrections, options.table)
    keys = ["model", "data", "task", "correction"]
    print(
        table.set_index([*keys, "weights"])[["accuracy", "metric", "seconds"]]
        .unstack()
        .round(4)
        .to_string()
    )
    print(table.groupby(["model", "data", "task"])[["accuracy before", "metric before"]].first())
    print(f"no worse than hard in both:\n{summarise(table).to_csv()}")
    for way in {"soft", "rounds"} & set(table["weights"]):
        compared = compare(table, way)
        counts = compared[["both", "accuracy only", "metric only"]].groupby("model")
        print(f"{way} beside hard:\n{counts.agg(['sum', 'count'])}\nnot both:")
        print(compared[~compared["both"]].iloc[:, :2].round(4).to_string())


if __name__ == "__main__":
    main()
