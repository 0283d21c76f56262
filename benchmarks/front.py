"""What the defaults promise: the gap that fairlearn counts, at the front of direct training.

    python front.py [--quick] [adult acs acs_race credit bank german] [FILE.csv]

For every data set, five splits (60 % training, 20 % validation, 20 % test rows, stratified by label
and group) and delta 0.5, 0.75, 0.9 and 1.0, with defaults only: `SoftUnlearner(estimator,
delta=delta)` on a fitted logistic regression. First the share of `demographic_parity_difference`
that is gone from the validation rows. Then, on test rows, accuracy, log loss and the gaps of hard
predictions and of probabilities, with standard errors over the splits. Beside it

- "direct": training with the gap constrained, on the training rows, the gap measured on the
  validation rows;
- "direct, all rows": the same with training and validation rows both to learn from (the weights
  have seen the labels of both);
- the peers of `peers.py`, at their defaults.

Then the accuracy relative to direct training at the gap that was reached, and the time of one
default request on Adult. All of them are handed the same transformed rows, and one thread; seconds
are those of the processor, which are the clock's on a machine with nothing else to do. FILE.csv
takes every single measurement. `--quick`: one split.
"""

import sys
import time
import warnings

import numpy as np
import pandas as pd
from adult import model
from data import DATA, measure, ordered, parts
from direct import Direct
from fairlearn.metrics import demographic_parity_difference
from peers import PEERS, Rows, decisions
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from sk_softunlearn import SoftUnlearner

SETS = {
    "adult": "adult",
    "acs": "acs_income",
    "acs_race": "acs_race",
    "credit": "credit_default",
    "bank": "bank_ages",
    "german": "german",
}
SEEDS = (21, 22, 23, 24, 25)
DELTAS = (0.5, 0.75, 0.9, 1.0)
ORACLE_DELTAS = (0.3, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25)
DIRECT = ("direct", "direct, all rows")
# What is required: the share met, on average and anywhere the accuracy below direct training's.
ENOUGH, MET = 100, 0.02
LEAST_MEAN, LEAST = -0.001, -0.003
SHOWN = ["accuracy", "log_loss", "hard_gap", "gap", "seconds"]


def timed(function, *arguments):
    start = time.process_time()
    value = function(*arguments)
    return value, time.process_time() - start


def corrected(fitted, training, validation):
    """Yield delta, and the corrected classifier after one default request for it."""
    for delta in DELTAS:
        soft = SoftUnlearner(fitted, delta=delta)
        yield delta, *timed(lambda soft=soft: request(soft, training, validation))


def request(soft, training, validation):
    soft.fit_influence(
        training.Z,
        training.y,
        X_val=validation.Z,
        y_val=validation.y,
        sensitive_features_val=validation.group,
    )
    return soft.compute_weights().unlearn()


def counted(classifier, rows):
    """Return the gap as fairlearn counts it."""
    predicted = classifier.predict(rows.Z)
    return demographic_parity_difference(rows.y, predicted, sensitive_features=rows.group)


def oracle(learn, validation):
    """Yield delta, parameters and seconds."""
    trained, theta = Direct(learn.Z, learn.y, validation.Z, validation.group), None
    for delta in ORACLE_DELTAS:
        if delta > 1 and trained.several:
            return
        theta, seconds = timed(lambda delta=delta, start=theta: trained.train(delta, start))
        yield delta, theta, seconds


def rows_of(name, seed):
    """Return a fitted logistic regression, and training, validation and test rows."""
    X, y, sensitive = DATA[SETS[name]]()
    places = parts(X, y, sensitive, seed)
    fitted = model().fit(X.iloc[places[0]], y.iloc[places[0]])
    group = ordered(X[sensitive], fitted.predict_proba(X)[:, 1])
    return fitted[-1], *(
        Rows(fitted[:-1].transform(X.iloc[p]), y.iloc[p].to_numpy(), group.iloc[p].to_numpy())
        for p in places
    )


def split(name, seed):
    """Return one record for each method."""
    fitted, training, validation, test = rows_of(name, seed)
    both = Rows(
        *(
            np.concatenate([getattr(part, each) for part in (training, validation)])
            for each in ("Z", "y", "group")
        )
    )
    records = []

    def record(kind, asked, raw, **more):
        entry = {"data": name, "seed": seed, "kind": kind, "asked": asked}
        records.append(entry | more | measure(raw, test.y, test.group))

    before, fewest = counted(fitted, validation), np.bincount(validation.group).min()
    record("before", 0.0, fitted.decision_function(test.Z))
    for delta, soft, seconds in corrected(fitted, training, validation):
        record(
            "weights",
            delta,
            soft.decision_function(test.Z),
            seconds=seconds,
            share=1 - counted(soft, validation) / before,
            row=1 / fewest / before,
            fewest=fewest,
            surrogate=soft.surrogate_,
            rounds=len(soft.rounds_),
        )
    for kind, learn in zip(DIRECT, (training, both), strict=True):
        for delta, theta, seconds in oracle(learn, validation):
            record(kind, delta, test.Z @ theta[:-1] + theta[-1], seconds=seconds)
    # They fit many times: with the fastest solver, which finds the same minimum.
    base = clone(fitted).set_params(solver="newton-cholesky").fit(training.Z, training.y)
    for kind, method in PEERS.items():
        mitigated, seconds = timed(method, base, training, validation)
        record(kind, np.nan, decisions(mitigated, test), seconds=seconds)
    return pd.DataFrame(records)


def relative(table):
    """Return the accuracy of the weights less direct training's, interpolated at the gap reached.

    Not a number where no direct training has so small a gap.
    """
    records = []
    for (name, seed), rows in table.groupby(["data", "seed"], sort=False):
        for kind in DIRECT:
            rival = rows[rows["kind"].isin([kind, "before"])].sort_values("hard_gap")
            for _, point in rows[rows["kind"] == "weights"].iterrows():
                there = np.interp(
                    point["hard_gap"], rival["hard_gap"], rival["accuracy"], left=np.nan
                )
                records.append((kind, name, point["asked"], seed, point["accuracy"] - there))
    return pd.DataFrame(records, columns=["rival", "data", "delta", "seed", "accuracy"])


def with_errors(grouped, columns):
    """Return mean and standard error of columns as text."""
    mean, error = grouped[columns].mean(), grouped[columns].sem()
    shown = mean.map("{:.4f}".format).where(mean.notna(), "")
    return shown.where(error.isna(), shown + error.map(" ({:.4f})".format))


def print_shares(table):
    ours = table[table["kind"] == "weights"].copy()
    ours["miss"] = ours["share"] - ours["asked"]
    ours["allowed"] = np.maximum(MET, ours["row"])
    grouped = ours.groupby(["data", "asked"], sort=False)
    shown = with_errors(grouped, ["share"]).assign(
        lowest=grouped["miss"].min(),
        highest=grouped["miss"].max(),
        row=grouped["row"].max(),
        fewest=grouped["fewest"].min(),
        rounds=grouped["rounds"].mean(),
        counted=grouped["surrogate"].agg(lambda each: (each == "label").mean()),
    )
    print("share of fairlearn's gap gone from the validation rows; lowest and highest miss, one")
    print("row's worth, rows of the smallest group, rounds, share of splits counted:")
    print(shown.round(4).to_string())
    large = ours[ours["fewest"] >= ENOUGH]
    missed = large[large["miss"].abs() > large["allowed"] + 1e-9]
    print(f"required within {MET} or one row: missed {len(missed)} of {len(large)}")
    if len(missed):
        print(missed[["data", "seed", "asked", "share", "row", "rounds"]].to_string(index=False))


def print_relative(table):
    gained = relative(table)
    print("accuracy relative to direct training at the reached gap of hard predictions:")
    print(with_errors(gained.groupby(["rival", "data", "delta"], sort=False), ["accuracy"]))
    large = gained[gained["data"] != "german"]
    for rival, rows in large.groupby("rival", sort=False):
        mean, cells = rows["accuracy"].mean(), rows.groupby(["data", "delta"])["accuracy"].mean()
        print(
            f"large sets, {rival}: mean {mean:.4f} (required {LEAST_MEAN}), lowest of a set and "
            f"delta {cells.min():.4f} (required {LEAST}), of a split {rows['accuracy'].min():.4f}; "
            f"{rows['accuracy'].isna().sum()} of {len(rows)} have a smaller gap than it can have"
        )


def print_time():
    fitted, training, validation, _ = rows_of("adult", SEEDS[0])
    for delta in DELTAS:
        times = []
        for _ in range(5):
            soft, start = SoftUnlearner(fitted, delta=delta), time.perf_counter()
            _, seconds = timed(request, soft, training, validation)
            times.append((seconds, time.perf_counter() - start))
        seconds, clock = np.median(times, axis=0)
        print(
            f"Adult, one thread, delta {delta}: median of five {seconds:.2f} s of the processor "
            f"(required: below 2 s), {clock:.2f} s by the clock"
        )


@threadpool_limits.wrap(1)
def main():
    warnings.simplefilter("ignore")
    names = [name for name in sys.argv[1:] if name in SETS] or list(SETS)
    seeds = SEEDS[:1] if "--quick" in sys.argv else SEEDS
    table = pd.DataFrame()
    for name in names:
        for seed in seeds:
            table = pd.concat([table, split(name, seed)], ignore_index=True)
            print(name, seed, file=sys.stderr)
            for file in sys.argv[1:]:
                if file.endswith(".csv"):
                    table.to_csv(file, index=False)
    print_shares(table)
    grouped = table.groupby(["data", "kind", "asked"], sort=False, dropna=False)
    print("on test rows, mean (standard error):")
    print(with_errors(grouped, SHOWN).to_string())
    print_relative(table)
    print_time()


if __name__ == "__main__":
    main()
