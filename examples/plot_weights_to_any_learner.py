"""
From weights to any learner that takes sample_weight
====================================================

The weights say which training rows a logistic regression should count more or less. They are a
column of numbers: gradient boosting, which this package cannot correct, takes it as
``sample_weight`` and is fitted anew. Nothing promises that it heeds weights that were made for
another model.

The finding: most of what was asked arrives, nearly nine tenths of it or more, on rows that neither
model has seen. The same weights on shuffled rows do nothing, so it is a matter of which rows.
Kamiran and Calders' reweighing, which knows group and label alone, is one point of the same
trade-off, a timid one where the features only hint at the group; the weights have a knob.
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
columns = make_column_transformer(
    (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude=np.number)),
    (StandardScaler(), make_column_selector(dtype_include=np.number)),
)
logistic = make_pipeline(columns, LogisticRegression(tol=1e-6, max_iter=1000)).fit(X, y)


def boosted(weights=None):
    return HistGradientBoostingClassifier(random_state=0).fit(X, y, sample_weight=weights)


def measured(model):
    probability = model.predict_proba(X_new)[:, 1]
    rates = pd.Series(probability > 0.5).groupby(sex_new.to_numpy()).mean()
    gap, accuracy = rates["Male"] - rates["Female"], np.mean((probability > 0.5) == y_new)
    return {"gap": gap, "accuracy": accuracy, "log loss": log_loss(y_new, probability)}


# %%
# Weights from the one, for the other
# -----------------------------------
deltas = [0.2, 0.4, 0.6, 0.8]
soft = SoftUnlearner(logistic)
soft.fit_influence(X, y, sensitive_features=sex)
start = {"logistic": measured(logistic), "boosting": measured(boosted())}
rows = {(0.0, name): values for name, values in start.items()}
for delta in deltas:
    soft.set_params(delta=delta).compute_weights().unlearn()
    rows[delta, "logistic"] = measured(soft)
    rows[delta, "boosting"] = measured(boosted(soft.sample_weight_))
shuffled = np.random.default_rng(0).permutation(soft.sample_weight_)
rows[deltas[-1], "boosting, shuffled"] = measured(boosted(shuffled))

# %%
# Reweighing gives each row the weight that makes group and label independent.
shares = pd.crosstab(sex, y, normalize=True)
independent = np.outer(shares.sum(axis=1), shares.sum(axis=0)) / shares
reweighed = independent.stack().loc[list(zip(sex, y, strict=True))].to_numpy()
rows[np.nan, "boosting, reweighing"] = measured(boosted(reweighed))
table = pd.DataFrame(rows).T.rename_axis(["delta", "model"])
print(table.round(4).to_string())

# %%
gone = {
    name: [1 - table.loc[(delta, name), "gap"] / start[name]["gap"] for delta in deltas]
    for name in start
}
print(
    "share of the gap that went:", pd.DataFrame(gone, index=deltas).round(2).to_string(), sep="\n"
)

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
left.plot([0, 0.9], [0, 0.9], ":", color="#777777", label="as asked")
styles = {"logistic": ("#0072B2", "o-"), "boosting": ("#D55E00", "s--")}
for name, (color, line) in styles.items():
    left.plot(deltas, gone[name], line, color=color, label=name)
    path = table.xs(name, level="model")
    right.plot(path["gap"], path["accuracy"], line, color=color, label=name)
other = table.xs("boosting, reweighing", level="model")
right.plot(other["gap"], other["accuracy"], "^", color="#009E73", label="boosting, reweighing")
left.set(xlabel="delta asked of the logistic regression", ylabel="share of the gap that went")
right.set(xlabel="gap in predicted rates", ylabel="accuracy")
right.locator_params(axis="x", nbins=5)
left.legend()
right.legend()
plt.show()
