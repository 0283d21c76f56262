"""Adult: soft weights in one shot (recipes.py) and hard ones, mean of three splits.

    python benchmarks/tradeoff.py [demographic_parity | equal_opportunity]

Prints requested, predicted and measured share of the metric that went (validation), and on test
rows the accuracy, the log loss and the signed gap of hard predictions between sexes. The last lines
compare soft with hard at the parity that hard reaches.
"""

import sys
import warnings

import numpy as np
import pandas as pd
from adult import load, model, parts
from recipes import PAPER

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.weights import HardWeights, SoftWeights

RATES = {"demographic_parity": "selection_rate", "equal_opportunity": "true_positive_rate"}


def measure(soft, X, y, test):
    frame = soft.audit(X.iloc[test], y.iloc[test], sensitive_features=X["sex"].iloc[test]).frame(
        n_boot=0
    )
    rate = frame[RATES[soft.metric], "after"]
    before = soft.before_[soft.metric]
    return {
        "predicted": -soft.solution_.predicted[soft.metric] / before,
        "measured": 1 - soft.after_[soft.metric] / before,
        "accuracy": frame.loc["overall", ("accuracy", "after")],
        "log_loss": frame.loc["overall", ("log_loss", "after")],
        "gap": rate["Male"] - rate["Female"],
    }


def run(metric, seeds=(0, 1, 2)):
    X, y = load()
    records = []
    for seed in seeds:
        training, validation, test = parts(X, y, seed)
        # A tight fit: the default tol leaves a loss that every correction would gain as well.
        fitted = model(tol=1e-8).fit(X.iloc[training], y.iloc[training])
        for correction in ("influence", "newton"):
            soft = SoftUnlearner(fitted, metric=metric, correction=correction, **PAPER)
            soft.fit_influence(
                X.iloc[training],
                y.iloc[training],
                X_val=X.iloc[validation],
                y_val=y.iloc[validation],
                sensitive_features_val=X["sex"].iloc[validation],
            )
            asked = [(SoftWeights(delta=d), "soft", d) for d in np.linspace(0.05, 1, 20).round(2)]
            asked += [(HardWeights(fraction=f), "hard", f) for f in (0.02, 0.05, 0.1, 0.15, 0.2)]
            for weighting, kind, amount in asked:
                soft.set_params(weighting=weighting, delta=amount if kind == "soft" else 0.5)
                soft.compute_weights().unlearn()
                records.append(
                    {"correction": correction, "weights": kind, "asked": amount, "seed": seed}
                    | measure(soft, X, y, test)
                )
    return pd.DataFrame(records)


def main():
    warnings.simplefilter("ignore")
    metric = sys.argv[1] if len(sys.argv) > 1 else "demographic_parity"
    table = run(metric)
    mean = table.groupby(["correction", "weights", "asked"]).mean().drop(columns="seed")
    print(mean.round(4).to_string())
    for correction, rows in mean.groupby("correction"):
        soft = rows.loc[(correction, "soft")].sort_values("gap")
        hard = rows.loc[(correction, "hard")]
        for fraction, point in hard.iterrows():
            if soft["gap"].min() <= point["gap"] <= soft["gap"].max():
                accuracy = np.interp(point["gap"], soft["gap"], soft["accuracy"])
                print(
                    f"{correction}: hard {fraction:.0%} has {point['accuracy']:.4f} at gap "
                    f"{point['gap']:.4f}, soft {accuracy:.4f} there"
                )


if __name__ == "__main__":
    main()
