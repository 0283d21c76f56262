"""
Grid search over delta with a fairness constraint
=================================================

How much of the gap must go? Usually you know a limit and not a share. Here the rates of men and
women who are predicted a high income may differ by at most 0.1, with the best accuracy. The share,
``delta``, is then a parameter to search like any other, with the limit as a constraint.

The finding: scikit-learn's own search and ``SoftUnlearnerCV`` choose the same delta, and it keeps
the limit on rows that the search has not seen. The first fits the classifier once per delta and
fold, the second once per fold.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sk_softunlearn import SoftUnlearner, SoftUnlearnerCV
from sk_softunlearn.audit import TradeoffDisplay
from sk_softunlearn.datasets import fetch_adult
from sk_softunlearn.metrics import constrained_refit, demographic_parity_scorer
from sk_softunlearn.model_selection import GroupStratifiedKFold

# %%
# Eight thousand rows of Adult to search with, the others to look at the outcome.
adult = fetch_adult()
X, X_new, y, y_new = train_test_split(
    adult.data, adult.target, train_size=8_000, stratify=adult.data["sex"], random_state=0
)


class CountedRegression(LogisticRegression):
    """Logistic regression that counts its fits."""

    n_fits = 0

    def fit(self, X, y, sample_weight=None):
        CountedRegression.n_fits += 1
        return super().fit(X, y, sample_weight)


columns = make_column_transformer(
    (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude=np.number)),
    (StandardScaler(), make_column_selector(dtype_include=np.number)),
)
pipeline = make_pipeline(columns, CountedRegression(tol=1e-6, max_iter=1000))
soft = SoftUnlearner(pipeline, random_state=0)
deltas = [0.3, 0.5, 0.7, 0.9]

# %%
# One fit per fold
# ----------------
# The limit is for the metric, here the gap of hard predictions, because both groups have enough
# rows to count them. The folds are stratified by class and group.
search = SoftUnlearnerCV(soft, deltas=deltas, constraint=0.1)
search.fit(X, y, sensitive_features=X["sex"])
print(f"SoftUnlearnerCV: delta {search.delta_}, {CountedRegression.n_fits} fits")

# %%
# scikit-learn's search
# ---------------------
# The scorers encode labels, and take the sensitive features by metadata routing.
# ``constrained_refit`` chooses the best accuracy among the deltas that keep the limit.
CountedRegression.n_fits = 0
with sklearn.config_context(enable_metadata_routing=True):
    grid = GridSearchCV(
        soft,
        {"delta": deltas},
        scoring={"accuracy": "accuracy", "parity": demographic_parity_scorer},
        refit=constrained_refit("accuracy", "parity", at_most=0.1),
        cv=GroupStratifiedKFold(5),
    ).fit(X, y, sensitive_features=X["sex"])
print(f"GridSearchCV: delta {grid.best_params_['delta']}, {CountedRegression.n_fits} fits")

# %%
# Both saw the same folds, and each delta gives what asking it alone gives: the numbers agree.
table = pd.DataFrame(
    {
        "gap, SoftUnlearnerCV": search.cv_results_["mean_test_demographic_parity"],
        "gap, GridSearchCV": -grid.cv_results_["mean_test_parity"],
        "accuracy, SoftUnlearnerCV": search.cv_results_["mean_test_score"],
        "accuracy, GridSearchCV": grid.cv_results_["mean_test_accuracy"],
    },
    index=pd.Index(deltas, name="delta"),
)
print(table.round(4).to_string())

# %%
# On the other rows
# -----------------
for name, model in {"before": search.estimator_, "after": search}.items():
    gap = -demographic_parity_scorer(model, X_new, y_new, sensitive_features=X_new["sex"])
    print(f"{name}: gap {gap:.3f}, accuracy {model.score(X_new, y_new):.4f}")

# %%
# The path over the folds, with standard deviations, the limit and the delta that was chosen.
TradeoffDisplay.from_cv_results(search)
plt.show()
