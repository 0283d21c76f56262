"""
A random forest in a Pipeline
=============================

A leaf of a forest holds the share of a class among its training rows. Other weights of the rows
give another share. That is the whole correction: no tree is grown again. It needs leaves with rows
of both classes. Forests with scikit-learn's defaults do not have them.

The finding: a forest that is grown down to single rows is refused. With five rows or more in each
leaf it predicts better, and the correction closes nearly the asked share of the gap on new rows.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.datasets import fetch_adult
from sk_softunlearn.exceptions import UnsupportedEstimatorError

# %%
# Forests of four kinds
# ---------------------
# 10,000 rows of Adult to fit, 8,000 to measure on while weighing. Sex is none of the features.
adult = fetch_adult()
data, rest, y, y_rest = train_test_split(
    adult.data, adult.target, train_size=10_000, stratify=adult.data["sex"], random_state=0
)
val, new, y_val, y_new = train_test_split(
    rest, y_rest, train_size=8_000, stratify=rest["sex"], random_state=0
)
(X, sex), (X_val, sex_val), (X_new, sex_new) = (
    (rows.drop(columns="sex"), rows["sex"]) for rows in (data, val, new)
)
columns = make_column_transformer(
    (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude=np.number)),
    ("passthrough", make_column_selector(dtype_include=np.number)),
)


def forest(rows):
    classifier = RandomForestClassifier(60, min_samples_leaf=rows, random_state=0)
    return make_pipeline(columns, classifier).fit(X, y)


def influence(model):
    return SoftUnlearner(model).fit_influence(
        X, y, sensitive_features=sex, X_val=X_val, y_val=y_val, sensitive_features_val=sex_val
    )


def measured(model):
    probability = model.predict_proba(X_new)[:, 1]
    rates = pd.Series(probability > 0.5).groupby(sex_new.to_numpy()).mean()
    accuracy = np.mean((probability > 0.5) == y_new)
    return rates["Male"] - rates["Female"], accuracy, log_loss(y_new, probability)


forests = {rows: forest(rows) for rows in (1, 5, 20, 80)}
table = pd.DataFrame({rows: measured(model) for rows, model in forests.items()}).T
table.columns = ["gap", "accuracy", "log loss"]
print(table.rename_axis("rows in a leaf").round(4).to_string())

# %%
# A leaf of one row
# -----------------
# holds one class, whatever the row weighs.
try:
    influence(forests[1])
except UnsupportedEstimatorError as error:
    print(error)

# %%
# The others, corrected
# ---------------------
deltas = [0.2, 0.4, 0.6, 0.8]
paths = {}
for rows in (5, 20, 80):
    soft = influence(forests[rows])
    points = [table.loc[rows]]
    for delta in deltas:
        points.append(measured(soft.set_params(delta=delta).compute_weights().unlearn()))
    paths[rows] = np.array(points)
    print(f"{rows} rows in a leaf, fidelity {soft.fidelity_:.1g}; gap, accuracy, log loss:")
    print(paths[rows].round(4))

# %%
# What comes back is a Pipeline with the same steps, whose forest has the same trees.
corrected = soft.unlearned_estimator_
trees = [model[-1].estimators_[0].tree_ for model in (forests[80], corrected)]
print([name for name, _ in corrected.steps], np.array_equal(*(t.threshold for t in trees)))

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
right.plot([0, 0.8], [0, 0.8], ":", color="#777777", label="as asked")
for (rows, path), color in zip(paths.items(), ("#0072B2", "#D55E00", "#009E73"), strict=True):
    left.plot(path[:, 0], path[:, 1], "o-", color=color, label=f"{rows} rows or more in a leaf")
    right.plot([0, *deltas], 1 - path[:, 0] / path[0, 0], "o-", color=color)
left.plot(*table.loc[1, ["gap", "accuracy"]], "s", color="black", label="1, refused")
left.set(xlabel="gap in predicted rates", ylabel="accuracy")
right.set(xlabel="delta asked", ylabel="share of the gap that went")
left.legend()
right.legend()
plt.show()
