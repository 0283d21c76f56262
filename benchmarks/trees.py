"""Deployed tree ensembles, corrected, beside what else closes a gap of the same learner.

    python trees.py [adult acs credit bank] [--learners lightgbm,...] [--methods weights,...]
                    [--metrics demographic_parity,...] [--seeds 5] [FILE.csv]
    python trees.py --rank [adult acs credit bank] [--learners lightgbm,...] [FILE.csv]
    python trees.py --docs FILE.csv RANKS.csv
    python trees.py --cost

For every data set, learner and split (60 % training, 20 % validation, 20 % test rows), and for
demographic parity and equal opportunity, with defaults only: `SoftUnlearner(fitted, metric=...,
delta=...)` with delta 0.5, 0.9 and 1.0, gaps counted on labels ("weights"); the same with
`objective="utility"` ("least loss"). "grown anew" is a whole refit with the first weights.
Beside it, on the same learner: ExponentiatedGradient (20 iterations), ThresholdOptimizer (which
needs the group to predict), reweighing; FairGBM beside LightGBM, and fair-trees beside a random
forest (its theta is in the column delta), where they are installed (`pip install fairgbm
fair-trees`). Accuracy, gap and log loss are those of test rows; time is in fits of the learner.
FILE.csv takes every record as it is made; what it holds already is not run again.

`--rank`: 100 groups of 2 % of the rows are left out. Spearman correlation of what influence
predicts with what leaves made anew, and whole refits, come to.

`--docs` writes the tables of docs/comparison.rst.

`--cost`: 100,000 and 1,000,000 rows, 100 trees of LightGBM, one thread: seconds of a fit, of one
round and of ten, as ratios; bytes per row and tree.
"""

import sys
import warnings
from importlib.util import find_spec
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.base import clone
from threadpoolctl import threadpool_limits
from tree_influence import cost, rank
from tree_models import SETS, Split, timed
from tree_rivals import BESIDE, CONSTRAINTS, RIVALS
from tree_tables import compare, mean_and_error, write_tables

from sk_softunlearn import SoftUnlearner

DELTAS = (0.5, 0.9, 1.0)


def before(split, metric):
    yield split.fitted.predict_proba(split.test[0])[:, 1], np.nan, {}


def correct(split, metric, delta, objective):
    X_val, y_val, group = split.validation
    soft = SoftUnlearner(split.fitted, metric=metric, delta=delta, objective=objective)
    soft.fit_influence(*split.training[:2], X_val=X_val, y_val=y_val, sensitive_features_val=group)
    return soft.compute_weights().unlearn()


def corrected(split, metric, objective):
    for delta in DELTAS:
        soft, seconds = timed(correct, split, metric, delta, objective)
        more = {
            "delta": delta,
            "met": 1 - soft.after_[metric] / soft.before_[metric],
            "rounds": len(soft.rounds_),
            "fidelity": soft.fidelity_,
        }
        yield soft, seconds, more


def weights(split, metric):
    (X, y, _), (test, *_) = split.training, split.test
    for soft, seconds, more in corrected(split, metric, "metric"):
        yield soft.predict_proba(test)[:, 1], seconds, more
        weight = soft.sample_weight_
        grown, seconds = timed(lambda w=weight: clone(split.fitted).fit(X, y, sample_weight=w))
        more = {"delta": more["delta"], "kind": "grown anew"}
        yield grown.predict_proba(test)[:, 1], seconds, more


def least_loss(split, metric):
    for soft, seconds, more in corrected(split, metric, "utility"):
        yield soft.predict_proba(split.test[0])[:, 1], seconds, more


METHODS = {"before": before, "weights": weights, "least loss": least_loss, **RIVALS}


def chosen(learner, methods):
    """Return the methods that are measured beside a learner."""
    installed = {"FairGBM": "fairgbm", "fair-trees": "fair_trees"}
    return [
        method
        for method in methods
        if BESIDE.get(method, learner) == learner
        and (method not in installed or find_spec(installed[method]))
    ]


def run(table, cases, metrics, methods, keep):
    """Return a table with the records of the cases that it lacks; `keep` takes it as it grows."""
    for name, learner, seed in cases:
        split = None
        for metric, method in product(metrics, chosen(learner, methods)):
            key = {"data": name, "learner": learner, "seed": seed, "metric": metric}
            asked = pd.Series({**key, "method": method})
            if len(table) and (table[list(asked.index)] == asked).all(axis=1).any():
                continue
            split = split or Split(name, learner, seed)
            records = [
                {
                    **asked,
                    "kind": method,
                    **split.measure(metric, probability, more.pop("random", False)),
                    "fits": seconds / split.once,
                    **more,
                }
                for probability, seconds, more in METHODS[method](split, metric)
            ]
            table = pd.concat([table, pd.DataFrame(records)], ignore_index=True)
            keep(table)
        print(name, learner, seed, file=sys.stderr)
    return table


def show(table):
    columns = ["accuracy", "gap", "log_loss", "fits", "met", "rounds", "fidelity"]
    mean, error = mean_and_error(table, columns)
    text = mean.map("{:.4g}".format).where(mean.notna(), "")
    for column in ("accuracy", "gap"):
        text[column] = mean[column].map("{:.4f}".format) + error[column].map(" ({:.4f})".format)
    print(text.to_string())
    print(compare(table).round(4).to_string(index=False))


@threadpool_limits.wrap(1)
def main():
    warnings.simplefilter("ignore")
    given = sys.argv[1:]
    options = dict(pairwise(given))
    files = [Path(name) for name in given if name.endswith(".csv")]
    if "--cost" in given:
        for n in (100_000, 1_000_000):
            print(cost(n))
        return
    if "--docs" in given:
        write_tables(*map(pd.read_csv, files))
        return
    names = [name for name in given if name in SETS] or list(SETS)
    learners = options.get("--learners", "lightgbm").split(",")

    def keep(table):
        for file in files:
            table.to_csv(file, index=False)

    table = pd.read_csv(files[0]) if files and files[0].exists() else pd.DataFrame()
    if "--rank" in given:
        for name, learner in product(names, learners):
            found = rank(name, learner)
            print(found.round(3).to_string(index=False), flush=True)
            table = pd.concat([table, found], ignore_index=True)
            keep(table)
        return
    seeds = range(int(options.get("--seeds", 5)))
    methods = options.get("--methods", ",".join(METHODS)).split(",")
    metrics = options.get("--metrics", ",".join(CONSTRAINTS)).split(",")
    show(run(table, product(names, learners, seeds), metrics, methods, keep))


if __name__ == "__main__":
    main()
