"""20 deltas x 5 folds: SoftUnlearnerCV against GridSearchCV over delta.

    python search.py [n_rows n_columns]

Both with the same folds and scorer; one process each, median of three.
"""

import sys
import time
import warnings

import numpy as np
from recipes import PAPER
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold

from sk_softunlearn import SoftUnlearner, SoftUnlearnerCV


def main():
    warnings.simplefilter("ignore")
    n_rows, n_columns = map(int, sys.argv[1:] or (20_000, 60))
    X, y = make_classification(n_rows, n_columns, n_informative=n_columns // 2, random_state=0)
    group = (X[:, 0] + np.random.default_rng(0).normal(size=n_rows) > 0).astype(int)
    deltas, folds = np.linspace(0.05, 1.0, 20), StratifiedKFold(5)
    for recipe, asked in {"one shot of the paper": PAPER, "defaults": {}}.items():
        soft = SoftUnlearner(LogisticRegression(max_iter=1000), random_state=0, **asked)
        searches = {
            "SoftUnlearnerCV": SoftUnlearnerCV(soft, deltas=deltas, cv=folds),
            "GridSearchCV": GridSearchCV(soft, {"delta": deltas}, cv=folds),
        }
        seconds = {name: [] for name in searches}
        for _ in range(3):
            for name, search in searches.items():
                start = time.perf_counter()
                search.fit(X, y, sensitive_features=group)
                seconds[name].append(time.perf_counter() - start)
        ours, theirs = (np.median(times) for times in seconds.values())
        scores = [
            searches["SoftUnlearnerCV"].cv_results_["mean_test_score"],
            searches["GridSearchCV"].cv_results_["mean_test_score"],
        ]
        print(
            f"{recipe}: {ours:.2f} s and {theirs:.2f} s, ratio {theirs / ours:.1f}; "
            f"mean scores differ by at most {np.nanmax(np.abs(scores[0] - scores[1])):.4f}"
        )


if __name__ == "__main__":
    main()
