"""The deltas at which fairness and utility both improve on test rows.

    python free_lunch.py [FIGURE.png] [data set ...]

For every data set and metric, three splits: weights in rounds with utility as objective, delta from
0.1 to 1. A delta is a free lunch where, in the mean over the splits, the gap on the test rows is
smaller and the log loss (or the accuracy) is no worse than before. Printed as a table; with a file
name also drawn, as change of the log loss against share of the gap that is gone.
"""

import sys
import warnings

import numpy as np
import pandas as pd
from adult import model
from data import DATA, parts
from recipes import FRONT

from sk_softunlearn import SoftUnlearner

METRICS = ("demographic_parity", "equal_opportunity", "equalized_odds")
DELTAS = [k / 10 for k in range(1, 11)]


def paths(name, metric):
    X, y, sensitive = DATA[name]()
    for seed in (0, 1, 2):
        training, validation, test = parts(X, y, sensitive, seed)
        fitted = model(tol=1e-6).fit(X.iloc[training], y.iloc[training])
        soft = SoftUnlearner(fitted, metric, on_infeasible="relax", **FRONT).fit_influence(
            X.iloc[training],
            y.iloc[training],
            X_val=X.iloc[validation],
            y_val=y.iloc[validation],
            sensitive_features_val=X[sensitive].iloc[validation],
        )
        score = fitted.score(X.iloc[test], y.iloc[test])
        for delta in DELTAS:
            soft.set_params(delta=delta).compute_weights().unlearn()
            report = soft.audit(
                X.iloc[test], y.iloc[test], sensitive_features=X[sensitive].iloc[test]
            )
            before, after = report.measured
            yield {
                "data": name,
                "metric": metric,
                "delta": delta,
                "gone": 1 - abs(after[metric]) / abs(before[metric]),
                "log_loss": after["log_loss"] - before["log_loss"],
                "accuracy": soft.score(X.iloc[test], y.iloc[test]) - score,
            }


def draw(mean, file):
    import matplotlib.pyplot as plt

    names = mean.index.unique("data")
    figure, axes = plt.subplots(
        1, len(names), figsize=(3.4 * len(names), 3.4), sharex=True, layout="constrained"
    )
    for ax, name in zip(np.atleast_1d(axes), names, strict=True):
        for metric, style in zip(METRICS, ("o-", "s--", "^:"), strict=True):
            rows = mean.loc[name, metric]
            ax.plot(rows["gone"], rows["log_loss"], style, label=metric.replace("_", " "))
        low, high = ax.get_ylim()
        ax.axhspan(min(low, -1e-4), 0, color="tab:green", alpha=0.15, lw=0)
        ax.set(title=name, xlabel="share of the test gap that is gone", ylim=(None, high))
    np.atleast_1d(axes)[0].set_ylabel("change of the test log loss")
    np.atleast_1d(axes)[0].legend()
    figure.savefig(file, dpi=110)


def main():
    warnings.simplefilter("ignore")
    names = [name for name in sys.argv[1:] if name in DATA]
    names = names or ["adult", "german", "bank", "credit_default", "compas_size"]
    table = pd.DataFrame(row for name in names for metric in METRICS for row in paths(name, metric))
    mean = table.groupby(["data", "metric", "delta"], sort=False).mean()
    records = {}
    for key, rows in mean.groupby(["data", "metric"], sort=False):
        better = rows["gone"] > 0
        deltas = rows.index.get_level_values("delta")
        records[key] = {
            "log loss no worse at": list(deltas[better & (rows["log_loss"] <= 0)]),
            "accuracy no worse at": list(deltas[better & (rows["accuracy"] >= 0)]),
        }
    print(mean.round(4).to_string())
    print(pd.DataFrame(records).T.to_string())
    for file in sys.argv[1:]:
        if file.endswith((".png", ".svg")):
            draw(mean, file)


if __name__ == "__main__":
    main()
