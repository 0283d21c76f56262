"""Deployed tree ensembles, corrected, beside what else closes a gap of the same learner.

    python trees.py [--seeds 5] [--learners lightgbm,...] [adult acs credit bank] [FILE.csv]
    python trees.py --rank [adult acs credit bank]
    python trees.py --cost

For every data set, learner and split (60 % training, 20 % validation, 20 % test rows), and for
demographic parity and equal opportunity, with defaults only: `SoftUnlearner(fitted, metric=...,
delta=...)` with delta 0.5, 0.9 and 1.0, gaps counted on labels. "grown anew" is a whole refit with
the exported weights. Beside it, on the same learner: ExponentiatedGradient (20 iterations),
ThresholdOptimizer (which needs the group to predict), reweighing, and FairGBM if it is installed.
Accuracy, gap and log loss are those of test rows; time is in fits of the learner.

`--rank`: 100 groups of 2 % of the rows are left out. Spearman correlation of what influence
predicts with what leaves made anew, and whole refits, come to.

`--cost`: 100,000 and 1,000,000 rows, 100 trees of LightGBM, one thread: seconds of a fit, of
reading, of one round and of ten, as ratios; bytes per row and tree.
"""

import sys
import time
import tracemalloc
import warnings
from itertools import pairwise

import numpy as np
import pandas as pd
from data import DATA, gap, parts
from fairlearn.postprocessing import ThresholdOptimizer
from fairlearn.reductions import DemographicParity, ExponentiatedGradient, TruePositiveRateParity
from scipy.stats import spearmanr
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import log_loss
from threadpoolctl import threadpool_limits

from sk_softunlearn import SoftUnlearner

SETS = {"adult": "adult", "acs": "acs_income", "credit": "credit_default", "bank": "bank"}
DELTAS = (0.5, 0.9, 1.0)
METRICS = {
    "demographic_parity": (DemographicParity, "demographic_parity"),
    "equal_opportunity": (TruePositiveRateParity, "true_positive_rate_parity"),
}


def lightgbm():
    from lightgbm import LGBMClassifier

    return LGBMClassifier(verbose=-1, n_jobs=1)


def xgboost():
    from xgboost import XGBClassifier

    return XGBClassifier(enable_categorical=True, n_jobs=1, learning_rate=0.1)


def catboost():
    from catboost import CatBoostClassifier

    return CatBoostClassifier(
        iterations=200, verbose=0, thread_count=1, allow_writing_files=False, random_seed=0
    )


def hist_gradient_boosting():
    return HistGradientBoostingClassifier(
        categorical_features="from_dtype", early_stopping=False, random_state=0
    )


LEARNERS = {each.__name__: each for each in (lightgbm, hist_gradient_boosting, xgboost, catboost)}


def load(name, numbers=False):
    """Return features with categories as such (or as numbers), label and group."""
    X, y, sensitive = DATA[SETS[name]]()
    group = X[sensitive].astype(str).to_numpy()
    columns = {
        column: values if pd.api.types.is_numeric_dtype(values) else values.astype("category")
        for column, values in X.items()
    }
    if numbers:
        columns = {k: v.cat.codes if v.dtype == "category" else v for k, v in columns.items()}
    return pd.DataFrame(columns), y, group, sensitive


def timed(function, *arguments):
    start = time.process_time()
    value = function(*arguments)
    return value, time.process_time() - start


class Split:
    """One split of one data set, and everything that is measured on it."""

    def __init__(self, name, learner, seed):
        X, y, group, sensitive = load(name, numbers=learner == "catboost")
        tables = X.assign(**{sensitive: group})
        self.rows = [
            (X.iloc[place], y.iloc[place].to_numpy(), group[place])
            for place in parts(tables, y, sensitive, seed)
        ]
        self.name, self.learner, self.seed, self.records = name, learner, seed, []
        (X, y, _), *_ = self.rows
        self.fitted, self.once = timed(LEARNERS[learner]().fit, X, y)

    def record(self, kind, metric, probability, seconds=np.nan, delta=np.nan, **more):
        _, y, group = self.rows[2]
        # Of random labels a probability is all there is.
        label = probability if more.pop("random", False) else (probability > 0.5).astype(float)
        chosen = np.ones(len(y), bool) if metric == "demographic_parity" else y == 1
        self.records.append(
            {
                "data": self.name,
                "learner": self.learner,
                "seed": self.seed,
                "metric": metric,
                "kind": kind,
                "delta": delta,
                "accuracy": np.mean(np.where(y == 1, label, 1 - label)),
                "gap": abs(gap(label[chosen], group[chosen])),
                "log_loss": log_loss(y, np.clip(probability, 0.0, 1.0)),
                "fits": seconds / self.once,
                **more,
            }
        )

    def correct(self, metric, delta):
        training, validation, _ = self.rows
        soft = SoftUnlearner(self.fitted, metric=metric, delta=delta)
        soft.fit_influence(
            training[0],
            training[1],
            X_val=validation[0],
            y_val=validation[1],
            sensitive_features_val=validation[2],
        )
        return soft.compute_weights().unlearn()

    def run(self, metric):
        (X, y, group), _, (test, _, test_group) = self.rows
        reduction, constraint = METRICS[metric]
        self.record("before", metric, self.fitted.predict_proba(test)[:, 1])
        for delta in DELTAS:
            soft, seconds = timed(self.correct, metric, delta)
            self.record(
                "weights",
                metric,
                soft.predict_proba(test)[:, 1],
                seconds,
                delta,
                met=1 - soft.after_[metric] / soft.before_[metric],
                rounds=len(soft.rounds_),
                fidelity=soft.fidelity_,
                surrogate=soft.surrogate_,
            )
            weight = soft.sample_weight_
            grown, seconds = timed(lambda w=weight: clone(self.fitted).fit(X, y, sample_weight=w))
            self.record("grown anew", metric, grown.predict_proba(test)[:, 1], seconds, delta)
        mitigated, seconds = timed(
            lambda: ExponentiatedGradient(clone(self.fitted), reduction(), max_iter=20).fit(
                X, y, sensitive_features=group
            )
        )
        drawn = mitigated._pmf_predict(test)[:, 1]
        self.record("ExponentiatedGradient", metric, drawn, seconds, random=True)
        thresholds, seconds = timed(
            lambda: ThresholdOptimizer(
                estimator=self.fitted,
                constraints=constraint,
                prefit=True,
                predict_method="predict_proba",
            ).fit(X, y, sensitive_features=group)
        )
        drawn = thresholds._pmf_predict(test, sensitive_features=test_group)[:, 1]
        self.record("ThresholdOptimizer", metric, drawn, seconds, random=True)
        cell = pd.DataFrame({"y": y, "group": group})
        size = cell.groupby(["y", "group"])["y"].transform("size") * len(cell)
        margins = [cell.groupby(each)["y"].transform("size") for each in ("y", "group")]
        weight = (margins[0] * margins[1] / size).to_numpy()
        reweighed, seconds = timed(lambda: clone(self.fitted).fit(X, y, sample_weight=weight))
        self.record("reweighing", metric, reweighed.predict_proba(test)[:, 1], seconds)
        self.fair_gbm(metric)

    def fair_gbm(self, metric):
        """FairGBM (Cruz et al. 2023) has constraints on true and false positive rates only."""
        try:
            from fairgbm import FairGBMClassifier
        except ImportError:
            return
        if metric != "equal_opportunity":
            return
        (X, y, group), _, (test, _, _) = self.rows
        numbers = [each.assign(**_codes(each)) for each in (X, test)]
        _, groups = np.unique(group, return_inverse=True)
        fair, seconds = timed(
            lambda: FairGBMClassifier(
                constraint_type="FNR", n_jobs=1, n_estimators=100, multiplier_learning_rate=0.1
            ).fit(numbers[0], y, constraint_group=groups)
        )
        self.record("FairGBM", metric, fair.predict_proba(numbers[1])[:, 1], seconds)


def _codes(table):
    return {name: table[name].cat.codes for name in table.select_dtypes("category")}


def show(table):
    keys = ["data", "learner", "metric", "kind", "delta"]
    columns = ["accuracy", "gap", "log_loss", "fits", "met", "rounds", "fidelity"]
    grouped = table.groupby(keys, sort=False, dropna=False)[columns]
    mean, error = grouped.mean(), grouped.sem()
    text = mean.map("{:.4g}".format).where(mean.notna(), "")
    for column in ("accuracy", "gap"):
        text[column] = mean[column].map("{:.4f}".format) + error[column].map(" ({:.4f})".format)
    print(text.to_string())


def compare(table):
    """Print accuracy less that of a rival, at the rival's gap, between the deltas asked for."""
    records = []
    for keys, rows in table.groupby(["data", "learner", "metric", "seed"], sort=False):
        ours = rows[rows["kind"].isin(["before", "weights"])].sort_values("gap")
        for kind in ("ExponentiatedGradient", "ThresholdOptimizer", "reweighing", "FairGBM"):
            for _, rival in rows[rows["kind"] == kind].iterrows():
                there = np.interp(rival["gap"], ours["gap"], ours["accuracy"])
                reached = rival["gap"] >= ours["gap"].min()
                records.append((*keys, kind, there - rival["accuracy"], reached))
    columns = ["data", "learner", "metric", "seed", "rival", "accuracy", "reached"]
    found = pd.DataFrame(records, columns=columns)
    grouped = found.groupby(["rival", "metric", "learner", "data"], sort=False)
    print("accuracy less the rival's at the gap that it reached; share of gaps within our reach:")
    shown = grouped["accuracy"].agg(["mean", "sem"]).join(grouped["reached"].mean())
    print(shown.round(4).to_string())


def rank(name, learner="lightgbm", n_groups=100):
    split = Split(name, learner, 0)
    (X, y, _), (X_val, y_val, group), _ = split.rows
    metric = "demographic_parity"
    soft = SoftUnlearner(
        split.fitted,
        metric=metric,
        guards=("equal_opportunity", "log_loss"),
        surrogate="probability",
    ).fit_influence(X, y, X_val=X_val, y_val=y_val, sensitive_features_val=group)
    run, rng = soft._run, np.random.default_rng(0)
    n = len(y)
    # Groups of rows that lean to some cells of label and group, or they would all be alike.
    cells = pd.factorize(pd.Series(y).astype(str) + "," + split.rows[0][2])[0]
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
    for objective in run.influence:
        predicted = frames["predicted"][objective]
        for kind in ("held", "grown anew"):
            moved = frames[kind][objective] - run.before[objective]
            slope = float(predicted @ moved / (predicted @ predicted))
            print(
                f"{name} {learner} {objective}: Spearman with leaves {kind} "
                f"{spearmanr(predicted, moved)[0]:.3f}, size {slope:.2f}"
            )


def cost():
    rng = np.random.default_rng(0)
    for n in (100_000, 1_000_000):
        X = rng.normal(size=(n, 20)).astype(np.float32)
        group = (X[:, 0] + rng.normal(size=n) > 0).astype(int)
        score = X[:, 0] + X[:, 1] * X[:, 2] + np.sin(X[:, 3]) + rng.logistic(size=n)
        y, last = (score > 0).astype(int), slice(n // 5 * 4, n)
        training = slice(0, n // 5 * 4)
        fitted, once = timed(lightgbm().fit, X[training], y[training])

        def correct(n_rounds, X=X, y=y, group=group, training=training, last=last, fitted=fitted):
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
        print(
            f"n={n}: fit {once:.2f} s; one round {one / once:.2f} fits, ten ({len(soft.rounds_)} "
            f"taken) {ten / once:.2f} fits; peak {peak / n / 100:.2f} bytes per row and tree"
        )


@threadpool_limits.wrap(1)
def main():
    warnings.simplefilter("ignore")
    given = sys.argv[1:]
    options = dict(pairwise(given))
    names = [name for name in given if name in SETS] or list(SETS)
    if "--cost" in given:
        return cost()
    if "--rank" in given:
        for name in names:
            rank(name)
        return None
    learners = options.get("--learners", "lightgbm").split(",")
    table = pd.DataFrame()
    for name in names:
        for learner in learners:
            for seed in range(int(options.get("--seeds", 5))):
                split = Split(name, learner, seed)
                for metric in METRICS:
                    split.run(metric)
                table = pd.concat([table, pd.DataFrame(split.records)], ignore_index=True)
                print(name, learner, seed, file=sys.stderr)
                for file in given:
                    if file.endswith(".csv"):
                        table.to_csv(file, index=False)
    show(table)
    compare(table)
    return None


if __name__ == "__main__":
    main()
