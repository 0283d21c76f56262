"""Time and memory of a correction, as ratios, at 300,000 x 100.

    python benchmarks/scaling.py [n_rows n_columns]

One process per line: fitting the logistic regression, one product X.T @ (w * X), the correction
by the paper's recipe (recipes.py) with `influence` and with `newton`, and pyinfluence's scores
where it is installed. Time is the median of five; memory is the peak that Python and numpy allocate
beyond X, in a run of its own.
"""

import json
import subprocess
import sys
import time
import tracemalloc

import numpy as np

JOBS = ("fit", "product", "influence", "newton", "pyinfluence")
REPEATS = 5


def data(n_rows, n_columns):
    from sklearn.datasets import make_classification

    X, y = make_classification(
        n_rows, n_columns, n_informative=n_columns // 2, n_redundant=0, random_state=0
    )
    return X, y, (X[:, 0] > 0).astype(int)


def job(name, X, y, group):
    from sklearn.linear_model import LogisticRegression

    if name == "fit":
        return lambda: LogisticRegression().fit(X, y)
    if name == "product":
        weight = np.random.default_rng(0).random(len(y))
        return lambda: X.T @ (weight[:, None] * X)
    fitted = LogisticRegression().fit(X, y)
    if name == "pyinfluence":
        from pyinfluence import FunctionalInfluence
        from pyinfluence.functionals import group_gap

        rows = slice(0, len(y) // 10)
        functional = group_gap(group[rows])
        return lambda: FunctionalInfluence(functional).fit(fitted, X, y).explain(X[rows], y[rows])
    from recipes import PAPER

    from sk_softunlearn import SoftUnlearner

    def correct():
        soft = SoftUnlearner(fitted, correction=name, **PAPER)
        rows = slice(0, len(y) // 10)
        soft.fit_influence(X, y, X_val=X[rows], y_val=y[rows], sensitive_features_val=group[rows])
        soft.compute_weights().unlearn()

    return correct


def run_one(name, n_rows, n_columns):
    X, y, group = data(n_rows, n_columns)
    work = job(name, X, y, group)
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    tracemalloc.start()
    work()
    extra = tracemalloc.get_traced_memory()[1]
    json.dump({"seconds": float(np.median(seconds)), "memory": extra / X.nbytes}, sys.stdout)


def main():
    if len(sys.argv) > 3:
        run_one(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
        return
    size = sys.argv[1:] or ["300000", "100"]
    found = {}
    for name in JOBS:
        answer = subprocess.run(
            [sys.executable, __file__, name, *size], capture_output=True, text=True, check=False
        )
        if answer.returncode:
            print(f"{name}: {answer.stderr.strip().splitlines()[-1]}")
            continue
        found[name] = json.loads(answer.stdout)
    for name, figures in found.items():
        seconds = figures["seconds"]
        print(
            f"{name:12s} {seconds:8.3f} s, {seconds / found['fit']['seconds']:7.1%} of the fit, "
            f"{seconds / found['product']['seconds']:6.2f} x the product, "
            f"{figures['memory']:6.2f} x X of memory"
        )


if __name__ == "__main__":
    main()
