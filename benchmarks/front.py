"""Weights in rounds against direct constrained training and ExponentiatedGradient.

    python front.py [--quick] [adult compas_size german ...]

For every data set, three splits, delta 0.5, 0.8, 0.9 and 1.0, with rounds, utility as objective
and bounds (-1, 5): the share that was measured on the validation rows, and on test rows the
accuracy, the log loss and the gaps of hard predictions and of probabilities. Beside it

- "direct": training with the gap constrained, on the training rows, the gap measured on the
  validation rows;
- "direct, all rows": the same with training and validation rows both to learn from (the weights
  have seen the labels of both);
- "reduction": fairlearn's ExponentiatedGradient (expected values of its random predictions).

Then the accuracy relative to each of them at the gap that was reached. All of them are handed the
same transformed rows.
"""

import sys
import time
import warnings

import numpy as np
import pandas as pd
from adult import model
from data import DATA, favoured, measure, parts
from direct import Direct
from fairlearn.reductions import DemographicParity, ExponentiatedGradient
from recipes import FRONT
from sklearn.linear_model import LogisticRegression

from sk_softunlearn import SoftUnlearner

DELTAS = (0.5, 0.8, 0.9, 1.0)
ORACLE_DELTAS = (0.3, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25)
DIFFERENCES = (0.12, 0.08, 0.04, 0.02, 0.01, 0.005)


def timed(function):
    start = time.perf_counter()
    value = function()
    return value, time.perf_counter() - start


def corrected(classifier, learn, known, check, checked, sensitive):
    """Yield delta, measured share, rounds, seconds and decision function."""
    soft = SoftUnlearner(classifier, **FRONT)
    validation = {"X_val": check, "y_val": checked, "sensitive_features_val": sensitive}
    _, begun = timed(lambda: soft.fit_influence(learn, known, **validation))
    for delta in DELTAS:
        soft.set_params(delta=delta)
        _, seconds = timed(lambda: soft.compute_weights().unlearn())
        share = 1 - soft.after_["demographic_parity"] / soft.before_["demographic_parity"]
        yield delta, share, len(soft.rounds_), begun + seconds, soft.decision_function


def oracle(learn, y, rows, group):
    """Yield delta, seconds and parameters."""
    trained, theta = Direct(learn, y, rows, group), None
    for delta in ORACLE_DELTAS:
        theta, seconds = timed(lambda delta=delta, start=theta: trained.train(delta, start))
        yield delta, seconds, theta


def reduced(Z, y, sensitive):
    """Yield the allowed difference, seconds and the fitted ExponentiatedGradient."""
    for difference in DIFFERENCES:
        reduction = ExponentiatedGradient(
            LogisticRegression(max_iter=1000),
            DemographicParity(difference_bound=difference),
            eps=difference,
        )
        fit = lambda r=reduction: r.fit(Z, y, sensitive_features=sensitive)  # noqa: E731
        _, seconds = timed(fit)
        yield difference, seconds, reduction


def split(name, seed):
    X, y, sensitive = DATA[name]()
    training, validation, test = parts(X, y, sensitive, seed)
    fitted = model(tol=1e-6).fit(X.iloc[training], y.iloc[training])
    learn, check, final = (
        np.asarray(fitted[:-1].transform(X.iloc[rows])) for rows in (training, validation, test)
    )
    labels, group = y.iloc[test].to_numpy(), favoured(X.iloc[test], sensitive, fitted)
    checked = X[sensitive].iloc[validation].isin(set(X[sensitive].iloc[test][group])).to_numpy()
    records = []

    def record(kind, asked, raw, **more):
        entry = {"data": name, "seed": seed, "kind": kind, "asked": asked}
        records.append(entry | more | measure(raw, labels, group))

    record("before", 0.0, fitted.decision_function(X.iloc[test]))
    known, known_too = y.iloc[training].to_numpy(), y.iloc[validation].to_numpy()
    validated = check, known_too, X[sensitive].iloc[validation]
    for delta, share, rounds, seconds, decide in corrected(fitted[-1], learn, known, *validated):
        raw = decide(final)
        record("weights", delta, raw, measured=share, rounds=rounds, seconds=seconds)
    both = np.concatenate([learn, check]), np.concatenate([known, known_too])
    for kind, rows in (("direct", (learn, known)), ("direct, all rows", both)):
        for delta, seconds, theta in oracle(*rows, check, checked):
            record(kind, delta, final @ theta[:-1] + theta[-1], seconds=seconds)
    for difference, seconds, reduction in reduced(learn, known, X[sensitive].iloc[training]):
        record("reduction", difference, reduction._pmf_predict(final), seconds=seconds)
    return pd.DataFrame(records)


def advantage(table):
    """Accuracy of the weights less that of each rival, interpolated at the gap reached."""
    records = []
    for (name, seed), rows in table.groupby(["data", "seed"]):
        for kind in ("direct", "direct, all rows", "reduction"):
            rival = rows[rows["kind"].isin([kind, "before"])].sort_values("hard_gap")
            for _, point in rows[rows["kind"] == "weights"].iterrows():
                if rival["hard_gap"].min() <= point["hard_gap"]:
                    there = np.interp(point["hard_gap"], rival["hard_gap"], rival["accuracy"])
                    records.append((kind, name, point["asked"], seed, point["accuracy"] - there))
    return pd.DataFrame(records, columns=["rival", "data", "delta", "seed", "advantage"])


def main():
    warnings.simplefilter("ignore")
    names = [name for name in sys.argv[1:] if name in DATA] or ["adult", "compas_size", "german"]
    seeds = (0,) if "--quick" in sys.argv else (0, 1, 2)
    table = pd.concat([split(name, seed) for name in names for seed in seeds])
    columns = ["measured", "rounds", "accuracy", "log_loss", "hard_gap", "gap", "seconds"]
    mean = table.groupby(["data", "kind", "asked"], sort=False)[columns].mean()
    print(mean.round(4).to_string())
    ours = table[table["kind"] == "weights"]
    miss = (ours["measured"] / ours["asked"] - 1).abs().max()
    print(f"largest miss: {miss:.4%} of what was asked")
    gained = advantage(table)
    print("accuracy at the reached gap of hard predictions, relative to each rival:")
    print(gained.groupby(["rival", "data", "delta"])["advantage"].mean().unstack().round(4))
    print(gained.groupby("rival")["advantage"].agg(["mean", "min"]).round(4))
    seconds = table.groupby(["data", "kind"])["seconds"].median().unstack()
    print("seconds of one request, ratio to the reduction's:")
    print((seconds["weights"] / seconds["reduction"]).round(4).to_string())


if __name__ == "__main__":
    main()
