"""
From weights to any learner that takes sample_weight
====================================================

The weights say which training rows should count more or less. They are a column of numbers, so any
learner that takes ``sample_weight`` can be fitted with them. They may come from the learner itself,
here gradient boosting, whose trees are then grown again with other splits. Or they come from
another model, here a logistic regression. Nothing promises that weights made for one learner work
for another.

The finding: on new rows, either weights close most of the asked share of the gap when boosting is
fitted again. With its own weights it ends within a hundredth of its correction, which keeps the
trees. The weights of the logistic regression minimise the loss and not their size. They cost less
accuracy when much of the gap goes. The same weights on shuffled rows do nothing, so it matters
which rows they are for. Kamiran and Calders' reweighing, which uses group and label alone, is one
point of the same trade-off. The weights have a whole curve.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.datasets import fetch_adult

# %%
# The features hold neither sex nor what spells it out ("Husband", "Wife"). 20,000 rows to fit.
adult = fetch_adult()
sex, features = adult.data["sex"], adult.data.drop(columns=["sex", "relationship"])
texts = features.select_dtypes(exclude="number").columns
features = features.astype(dict.fromkeys(texts, "category"))
X, X_new, y, y_new, sex, sex_new = train_test_split(
    features, adult.target, sex, train_size=20_000, stratify=sex, random_state=0
)
X_val, X_new, y_val, y_new, sex_val, sex_new = train_test_split(
    X_new, y_new, sex_new, train_size=8_000, stratify=sex_new, random_state=0
)
columns = make_column_transformer(
    (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude=np.number)),
    (StandardScaler(), make_column_selector(dtype_include=np.number)),
)
logistic = make_pipeline(columns, LogisticRegression(tol=1e-6, max_iter=1000)).fit(X, y)


def boosted(weights=None):
    return HistGradientBoostingClassifier(random_state=0).fit(X, y, sample_weight=weights)


def influence(model):
    return SoftUnlearner(model).fit_influence(
        X, y, sensitive_features=sex, X_val=X_val, y_val=y_val, sensitive_features_val=sex_val
    )


def measured(model):
    probability = model.predict_proba(X_new)[:, 1]
    rates = pd.Series(probability > 0.5).groupby(sex_new.to_numpy()).mean()
    gap, accuracy = rates["Male"] - rates["Female"], np.mean((probability > 0.5) == y_new)
    return {"gap": gap, "accuracy": accuracy, "log loss": log_loss(y_new, probability)}


# %%
# Weights from either, for boosting
# ---------------------------------
deltas = [0.25, 0.5, 0.75]
sources = {"logistic regression": influence(logistic), "boosting": influence(boosted())}
rows = {(0.0, f"{name} in use"): measured(soft.estimator_) for name, soft in sources.items()}
for delta in deltas:
    for name, soft in sources.items():
        soft.set_params(delta=delta).compute_weights().unlearn()
        rows[delta, f"{name}, corrected"] = measured(soft)
        rows[delta, f"fitted anew, weights of {name}"] = measured(boosted(soft.sample_weight_))
shuffled = np.random.default_rng(0).permutation(soft.sample_weight_)
rows[deltas[-1], "fitted anew, weights shuffled"] = measured(boosted(shuffled))

# %%
# Reweighing gives each row the weight that makes group and label independent.
shares = pd.crosstab(sex, y, normalize=True)
independent = np.outer(shares.sum(axis=1), shares.sum(axis=0)) / shares
reweighed = independent.stack().loc[list(zip(sex, y, strict=True))].to_numpy()
rows[np.nan, "fitted anew, reweighing"] = measured(boosted(reweighed))
table = pd.DataFrame(rows).T.rename_axis(["delta", "model"])
print(table.round(4).to_string())

# %%
start, styles = (
    table.loc[(0.0, "boosting in use")],
    {
        "boosting, corrected": ("#D55E00", "s-"),
        "fitted anew, weights of boosting": ("#D55E00", "s:"),
        "fitted anew, weights of logistic regression": ("#0072B2", "o--"),
    },
)
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4.4), layout="constrained")
left.plot([0, 0.9], [0, 0.9], "-", color="#bbbbbb", label="as asked")
for name, (color, line) in styles.items():
    path = table.xs(name, level="model")
    left.plot(deltas, 1 - path["gap"] / start["gap"], line, color=color, label=name)
    right.plot(path["gap"], path["accuracy"], line, color=color)
other = table.xs("fitted anew, reweighing", level="model")
right.plot(other["gap"], other["accuracy"], "^", color="#009E73", label="reweighing")
right.plot(start["gap"], start["accuracy"], "D", color="black", label="boosting in use")
left.set(xlabel="delta asked", ylabel="share of the gap of boosting that went")
right.set(xlabel="gap in predicted rates", ylabel="accuracy")
right.locator_params(axis="x", nbins=5)
figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=2)
right.legend(loc="lower right")
plt.show()
