"""How well influence predicts what trees do, and what it costs: `trees.py --rank` and `--cost`."""

import tracemalloc

import numpy as np
import pandas as pd
from scipy.stats import spearmanr
from tree_models import Split, lightgbm, timed

from sk_softunlearn import SoftUnlearner


def rank(name, learner, n_groups=100):
    """Leave groups of rows out, as influence predicts it and as it comes to; a DataFrame."""
    split = Split(name, learner, 0)
    (X, y, member), (X_val, y_val, group) = split.training, split.validation
    soft = SoftUnlearner(
        split.fitted,
        metric="demographic_parity",
        guards=("equal_opportunity", "log_loss"),
        surrogate="probability",
    ).fit_influence(X, y, X_val=X_val, y_val=y_val, sensitive_features_val=group)
    run, rng = soft._run, np.random.default_rng(0)
    n = len(y)
    # Groups of rows that lean to some cells of label and group, or they would all be alike.
    cells = pd.factorize(pd.Series(y).astype(str) + "," + member)[0]
    found = {"predicted": [], "held": [], "grown anew": []}
    for _ in range(n_groups):
        lean = rng.dirichlet(np.full(cells.max() + 1, 0.7))[cells]
        out = rng.choice(n, n // 50, replace=False, p=lean / lean.sum())
        weight = np.ones(n)
        weight[out] = 0.0
        found["predicted"].append({k: v[out].sum() for k, v in run.influence.items()})
        found["held"].append(run.panel.measure(run.view.replayed(weight).theta))
        found["grown anew"].append(run.panel.measure(run.view.refitted(weight).theta))
    frames = {kind: pd.DataFrame(records) for kind, records in found.items()}
    records = []
    for objective in run.influence:
        record = {"data": name, "learner": learner, "objective": objective}
        predicted = frames["predicted"][objective]
        for kind in ("held", "grown anew"):
            moved = frames[kind][objective] - run.before[objective]
            record[f"Spearman, {kind}"] = spearmanr(predicted, moved)[0]
            record[f"size, {kind}"] = float(predicted @ moved / (predicted @ predicted))
        records.append(record)
    return pd.DataFrame(records)


def cost(n):
    """Return what one round and ten cost beside a fit of LightGBM, on n random rows, a sentence."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 20)).astype(np.float32)
    group = (X[:, 0] + rng.normal(size=n) > 0).astype(int)
    score = X[:, 0] + X[:, 1] * X[:, 2] + np.sin(X[:, 3]) + rng.logistic(size=n)
    y, last = (score > 0).astype(int), slice(n // 5 * 4, n)
    training = slice(0, n // 5 * 4)
    fitted, once = timed(lightgbm().fit, X[training], y[training])

    def correct(n_rounds):
        soft = SoftUnlearner(fitted, delta=0.9, n_rounds=n_rounds).fit_influence(
            X[training],
            y[training],
            X_val=X[last],
            y_val=y[last],
            sensitive_features_val=group[last],
        )
        return soft.compute_weights().unlearn()

    _, one = timed(correct, 1)
    soft, ten = timed(correct, 10)
    tracemalloc.start()
    correct(1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return (
        f"n={n}: fit {once:.2f} s; one round {one / once:.2f} fits, ten ({len(soft.rounds_)} "
        f"taken) {ten / once:.2f} fits; peak {peak / n / 100:.2f} bytes per row and tree"
    )
