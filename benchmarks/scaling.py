"""What a correction costs, as the rows, columns, groups, guards and rounds grow.

    python benchmarks/scaling.py [--most-rows 1000000] [OUT.csv]

Generated rows, logistic regression, one thread. Every line of the table is a process of its own.
It measures, as processor time and medians of three: the fit by scikit-learn's defaults, the
correction (`fit_influence`, `compute_weights`, `unlearn`), one sweep of `dsyrk` over blocks that
stay in cache, and pyinfluence's scores where it is installed and the size is one of its comparison.
`sweeps` counts how often the correction read the rows. `bytes_per_row` is the peak of what it
allocated, beside X.

The last lines are slopes: by which power the time grows along each axis, with 95 % intervals.
"""

import csv
import json
import subprocess
import sys
import time
import tracemalloc
from itertools import groupby

import numpy as np
from threadpoolctl import threadpool_limits

REPEATS = 3
ONE_ROUND = {"n_rounds": 1, "objective": "metric", "surrogate": "probability", "guards": "log_loss"}
GUARDS = ("log_loss", "equal_opportunity", "worst_group_loss", "equalized_odds")
AXES = {
    "rows": [{"n": n, "d": 20} for n in (10_000, 30_000, 100_000, 300_000, 1_000_000)],
    "wide rows": [{"n": n, "d": 100} for n in (10_000, 30_000, 100_000, 200_000, 1_000_000)],
    "columns": [{"n": 30_000, "d": d} for d in (10, 30, 100, 300, 1000)],
    "groups": [{"n": 100_000, "d": 20, "groups": k, "rounds": 8} for k in (2, 5, 10, 20)],
    "guards": [{"n": 100_000, "d": 20, "guards": k} for k in (0, 1, 2, 4)],
    "rounds": [{"n": 100_000, "d": 20, "rounds": k} for k in (1, 2, 4, 8)],
}
# What an axis grows along.
ALONG = {"wide rows": "n", "rows": "n", "columns": "d"}
PYINFLUENCE = {(30_000, 100), (100_000, 100), (30_000, 1000)}


def data(n, d, groups):
    """Draw rows of `groups` groups, which differ in the first column."""
    rng = np.random.default_rng(0)
    X, group = rng.standard_normal((n, d)), rng.integers(groups, size=n)
    X[:, 0] += 0.5 * group / (groups - 1)
    z = X @ (rng.normal(size=d) * 2 / np.sqrt(d)) + 0.5 * X[:, 0]
    return X, (z + rng.logistic(size=n) > 0.3).astype(int), group


def settings(groups, guards, rounds):
    if rounds > 1:
        return {"n_rounds": rounds, "delta": 0.8, "guards": GUARDS[1:guards] or None}
    return ONE_ROUND | {"guards": GUARDS[:guards] or None, "delta": 0.2}


def syrk(X):
    """Return a function that takes one weighted square of X, block by block."""
    from scipy.linalg.blas import dsyrk

    n, d = X.shape
    step = max(2**17 // d, d // 4, 1)
    root, buffer = np.ones((n, 1)), np.empty((step, d))

    def square():
        total = np.zeros((d, d), order="F")
        for start in range(0, n, step):
            block = X[start : start + step]
            scaled = np.multiply(block, root[start : start + step], out=buffer[: len(block)])
            total = dsyrk(1.0, scaled.T, beta=1.0, c=total, overwrite_c=1)

    return square


def pyinfluence(fitted, X, y, group):
    from pyinfluence import FunctionalInfluence
    from pyinfluence.functionals import group_gap

    functional = group_gap(group)
    return lambda: FunctionalInfluence(functional).fit(fitted, X, y).explain(X, y)


def median(work):
    seconds = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return float(np.median(seconds))


def peak(work):
    tracemalloc.start()
    work()
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


def measure(n, d, groups=2, guards=1, rounds=1):
    import warnings

    from sklearn.linear_model import LogisticRegression

    from sk_softunlearn import SoftUnlearner
    from sk_softunlearn._sweeps import InMemory

    # What a guard loses or a delta misses is not what is measured here.
    warnings.simplefilter("ignore")
    X, y, group = data(n, d, groups)
    fitted = LogisticRegression(tol=1e-6).fit(X, y)
    asked = settings(groups, guards, rounds)

    def correct():
        soft = SoftUnlearner(fitted, on_infeasible="relax", **asked)
        soft.fit_influence(X, y, sensitive_features=group).compute_weights().unlearn()

    sweep, sweeps = InMemory.sweep, []

    def counted(self, *given, **more):
        sweeps.append(len(self))
        return sweep(self, *given, **more)

    InMemory.sweep = counted
    correct()
    InMemory.sweep = sweep
    found = {"n": n, "d": d, "groups": groups, "guards": guards, "rounds": rounds}
    found["fit"] = median(lambda: LogisticRegression().fit(X, y))
    found["correction"] = median(correct)
    found["square"] = median(syrk(X))
    found["sweeps"] = len(sweeps)
    found["bytes_per_row"] = peak(correct) / n
    if rounds == 1 and guards == 1 and (n, d) in PYINFLUENCE:
        try:
            theirs = pyinfluence(fitted, X, y, group)
        except ImportError:
            return found
        found["pyinfluence"] = median(theirs)
        found["pyinfluence_bytes_per_row"] = peak(theirs) / n
    return found


def slope(sizes, seconds):
    """Return the power by which seconds grow with sizes, and half its 95 % interval."""
    from scipy.stats import linregress, t

    line = linregress(np.log(sizes), np.log(seconds))
    return line.slope, t.ppf(0.975, len(sizes) - 2) * line.stderr


def record(axis, size):
    """Measure one line of the table in a process of its own; None if that fails."""
    command = [sys.executable, __file__, "--one", json.dumps(size)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        print(f"{axis} {size}: {answer.stderr.strip().splitlines()[-1]}")
        return None
    found = {"axis": axis} | json.loads(answer.stdout)
    fits, squares = (found["correction"] / found[each] for each in ("fit", "square"))
    print(axis, size, f"{fits:.2f} fits, {squares:.2f} squares, {found['sweeps']} sweeps")
    return found


def print_slopes(records):
    for axis, lines in groupby(records, key=lambda record: record["axis"]):
        lines = list(lines)
        if axis not in ALONG or len(lines) < 3:
            continue
        sizes = [line[ALONG[axis]] for line in lines]
        for what in ("fit", "correction"):
            power, half = slope(sizes, [line[what] for line in lines])
            print(f"{axis}: {what} grows by the power {power:.2f} +- {half:.2f}")


def _short(value):
    """Return a figure of three digits: more is noise."""
    return float(f"{value:.3g}") if isinstance(value, float) else value


def main(arguments):
    if arguments and arguments[0] == "--one":
        with threadpool_limits(1):
            json.dump(measure(**json.loads(arguments[1])), sys.stdout)
        return
    most = 1_000_000
    if arguments and arguments[0] == "--most-rows":
        most, arguments = int(arguments[1]), arguments[2:]
    wanted = [(axis, size) for axis, sizes in AXES.items() for size in sizes if size["n"] <= most]
    records = [found for axis, size in wanted if (found := record(axis, size))]
    print_slopes(records)
    if arguments:
        names = list(dict.fromkeys(name for found in records for name in found))
        with open(arguments[0], "w", newline="") as file:
            writer = csv.DictWriter(file, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows({k: _short(v) for k, v in found.items()} for found in records)


if __name__ == "__main__":
    main(sys.argv[1:])
