"""Adult: influence of 100 random rows against exact leave-one-out, three ways of weighting.

    python benchmarks/leave_one_out.py

Prints, for each objective, the Spearman correlation of predicted and measured change, and the slope
of predicted on measured.
"""

import warnings

import numpy as np
from adult import load, model, parts
from recipes import PAPER
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression

from sk_softunlearn import SoftUnlearner

OBJECTIVES = ("log_loss", "demographic_parity", "equal_opportunity")
TIGHT = {"tol": 1e-10, "solver": "newton-cholesky"}


def compare(name, X, y, n_rows=100, sample_weight=None, **parameters):
    training, validation, _ = parts(X, y, 0)
    settings = TIGHT | parameters
    fitted = model(**settings).fit(
        X.iloc[training], y.iloc[training], logisticregression__sample_weight=sample_weight
    )
    soft = SoftUnlearner(fitted, **PAPER | {"guards": OBJECTIVES}).fit_influence(
        X.iloc[training],
        y.iloc[training],
        sample_weight,
        X_val=X.iloc[validation],
        y_val=y.iloc[validation],
        sensitive_features_val=X["sex"].iloc[validation],
    )
    view, panel = soft._run.view, soft._run.panel
    # class_weight is in the view's weights already: leaving a row out must not change it.
    refit = LogisticRegression(max_iter=1000, **TIGHT)
    chosen = np.random.default_rng(0).choice(len(training), n_rows, replace=False)
    measured = {objective: [] for objective in OBJECTIVES}
    base = _refitted(refit, view, panel, view.sample_weight)
    for row in chosen:
        weight = view.sample_weight.copy()
        weight[row] = 0.0
        values = _refitted(refit, view, panel, weight)
        for objective in OBJECTIVES:
            measured[objective].append(values[objective] - base[objective])
    for objective in OBJECTIVES:
        predicted, exact = soft.influence_[objective][chosen], np.array(measured[objective])
        rank = spearmanr(predicted, exact).statistic
        slope = (predicted @ exact) / (exact @ exact)
        print(f"{name:16s} {objective:20s} Spearman {rank:.5f}  slope {slope:.4f}", flush=True)


def _refitted(refit, view, panel, weight):
    refit.fit(view.features, view.target, sample_weight=weight)
    return panel.measure(np.append(refit.coef_.ravel(), refit.intercept_))


def main():
    warnings.simplefilter("ignore")
    X, y = load()
    training, _, _ = parts(X, y, 0)
    compare("plain", X, y)
    random = np.random.default_rng(0).uniform(0.2, 3, len(training))
    compare("sample_weight", X, y, sample_weight=random)
    compare("balanced", X, y, class_weight="balanced")


if __name__ == "__main__":
    main()
