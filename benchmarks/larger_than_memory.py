"""A correction of rows that no machine holds, on a Dask cluster of small workers.

    python benchmarks/larger_than_memory.py [--rows 20000000] [--columns 40] [--memory 700MB]
        [--rounds 1] [--kill SECONDS] [--compare]

Two workers of one thread each. Every block of rows is generated anew in every sweep, so that
nothing is ever held. `SoftUnlearner.fit` fits and corrects a logistic regression. Printed: its
seconds and sweeps, the largest memory of every worker, and what came of the gap. `--kill 30` kills
a worker (SIGKILL) after 30 seconds. `--compare` does the same in memory and prints the largest
difference of weights and coefficients.
"""

import argparse
import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from sk_softunlearn import SoftUnlearner
from sk_softunlearn._sweeps import DaskRows

BLOCK = 100_000


def generate(seed, n, d):
    """Return the features of one block, and what its labels and groups are."""
    rng = np.random.default_rng([7, seed])
    X, group = rng.standard_normal((n, d)), rng.integers(2, size=n)
    X[:, 0] += 0.7 * group
    slope = np.random.default_rng(1).normal(size=d) * 2 / np.sqrt(d)
    y = (X @ slope + 0.5 * group + rng.logistic(size=n) > 0.3).astype(np.int8)
    return X, y, group.astype(np.int8)


def features(seed, n, d):
    return generate(seed, n, d)[0]


def labels(seed, n, d):
    return np.column_stack(generate(seed, n, d)[1:])


def watch(cluster, peaks, stop):
    """Keep the largest resident memory of every worker, in MB."""
    while not stop.wait(0.2):
        for worker in list(cluster.workers.values()):
            process = getattr(worker.process, "process", None)
            status = Path(f"/proc/{getattr(process, 'pid', None)}/status")
            lines = status.read_text().splitlines() if status.exists() else []
            # A worker that has just been killed has none.
            for line in (each for each in lines if each.startswith("VmRSS")):
                used = int(line.split()[1]) / 1024
                peaks[process.pid] = max(peaks.get(process.pid, 0.0), used)


def counted(sweeps):
    sweep = DaskRows.sweep

    def counting(self, *given, **more):
        sweeps.append(1)
        return sweep(self, *given, **more)

    DaskRows.sweep = counting


def main():
    import dask
    import dask.array as da
    from dask.distributed import Client, LocalCluster

    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--columns", type=int, default=40)
    parser.add_argument("--memory", default="700MB")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--kill", type=float, help="after so many seconds")
    parser.add_argument("--compare", action="store_true")
    asked = parser.parse_args()
    n, d, blocks = asked.rows, asked.columns, asked.rows // BLOCK
    settings = {"n_rounds": asked.rounds, "delta": 0.3, "surrogate": "probability"}
    settings |= {"guards": {"equal_opportunity": 0.0}, "random_state": 0}
    sweeps, peaks, stop = [], {}, threading.Event()
    counted(sweeps)
    dask.config.set({"distributed.scheduler.allowed-failures": 10})
    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            memory_limit=asked.memory,
            dashboard_address=":0",
            silence_logs=50,
        ) as cluster,
        Client(cluster),
    ):
        threading.Thread(target=watch, args=(cluster, peaks, stop), daemon=True).start()
        make, mark = dask.delayed(features), dask.delayed(labels)
        X = da.concatenate(
            [da.from_delayed(make(k, BLOCK, d), (BLOCK, d), dtype=float) for k in range(blocks)]
        )
        told = da.concatenate(
            [da.from_delayed(mark(k, BLOCK, d), (BLOCK, 2), dtype=np.int8) for k in range(blocks)]
        ).compute()
        y, group = told[:, 0], told[:, 1]
        soft = SoftUnlearner(LogisticRegression(tol=1e-8), **settings)
        start = time.perf_counter()
        if asked.kill:
            worker = next(iter(cluster.workers.values())).process.process.pid
            threading.Timer(asked.kill, os.kill, (worker, signal.SIGKILL)).start()
        soft.fit(X, y, sensitive_features=group)
        seconds = time.perf_counter() - start
        stop.set()
    before, after = (each["demographic_parity"] for each in (soft.before_, soft.after_))
    held = ", ".join(f"{peak:.0f}" for peak in peaks.values())
    print(
        f"{n:,} x {d} ({8 * n * d / 2**30:.1f} GiB): {seconds:.0f} s, {len(sweeps)} sweeps, "
        f"workers at most {held} MB, gap {before:.4f} -> {after:.4f}"
    )
    if asked.compare:
        X = np.vstack([features(k, BLOCK, d) for k in range(blocks)])
        memory = SoftUnlearner(LogisticRegression(tol=1e-8), **settings)
        memory.fit(X, y, sensitive_features=group)
        coef = memory.unlearned_estimator_.coef_ - soft.unlearned_estimator_.coef_
        weights = memory.epsilon_ - soft.epsilon_
        print(f"apart: weights {np.abs(weights).max():.1e}, coefficients {np.abs(coef).max():.1e}")


if __name__ == "__main__":
    main()
