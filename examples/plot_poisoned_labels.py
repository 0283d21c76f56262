"""
Poisoned labels: weights find them and undo what they did
=========================================================

One label in ten of the training rows is wrong, and nobody knows which. What there is: the model
that was fitted on them, and a few thousand rows whose labels can be trusted. Soft weights bring the
loss on the trusted rows down; on the way they weigh down the rows that contradict them.

The finding: on UCI Adult the corrected model comes close to one that never saw the wrong labels,
and closer than the model without the tenth of the rows that look worst.

The data are read from the folder that ``SK_SOFTUNLEARN_DATA`` names (``adult/adult.data.gz`` in
it), or fetched from OpenML.
"""

import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.datasets import fetch_openml
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.objectives import TargetLoss
from sk_softunlearn.weights import HardWeights

folder = os.environ.get("SK_SOFTUNLEARN_DATA")
if folder:
    table = pd.read_csv(
        Path(folder) / "adult" / "adult.data.gz", header=None, skipinitialspace=True, na_values="?"
    ).drop(columns=2)
else:
    table = fetch_openml("adult", version=2, as_frame=True).frame.drop(columns="fnlwgt")
table = table.dropna()
y = (table.iloc[:, -1] == ">50K").to_numpy().astype(int)
X = table.iloc[:, :-1].set_axis([f"c{k}" for k in range(table.shape[1] - 1)], axis=1)

# %%
# A tenth of the training labels is turned
# ----------------------------------------
rows = np.arange(len(y))
train, rest = train_test_split(rows, train_size=0.6, stratify=y, random_state=0)
trusted, test = train_test_split(rest, train_size=0.5, stratify=y[rest], random_state=0)
turned = np.random.default_rng(0).random(len(train)) < 0.1
seen = np.where(turned, 1 - y[train], y[train])


def pipeline():
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude=np.number)),
        (StandardScaler(), make_column_selector(dtype_include=np.number)),
    )
    return make_pipeline(columns, LogisticRegression(tol=1e-6, max_iter=2000))


def loss(model):
    return log_loss(y[test], model.predict_proba(X.iloc[test])[:, 1])


model = pipeline().fit(X.iloc[train], seen)
oracle = pipeline().fit(X.iloc[train], y[train])
print(f"test log loss: {loss(model):.4f}, had all labels been right {loss(oracle):.4f}")

# %%
# Soft weights, for several shares of the loss
# --------------------------------------------
# Rows are only weighed down, so the upper bound is 0. A request beyond what the weights can bring
# goes as far as it can, and warns; the trusted rows say where to stop.
soft = SoftUnlearner(
    model, TargetLoss(), bounds=(-1, 0), guards=None, n_rounds=8, on_infeasible="relax"
).fit_influence(X.iloc[train], seen, X_val=X.iloc[trusted], y_val=y[trusted])
deltas = [0.04, 0.08, 0.12, 0.16, 0.2]
path = []
for delta in deltas:
    soft.set_params(delta=delta).compute_weights().unlearn()
    found = roc_auc_score(turned, -soft.epsilon_)
    path.append((soft.after_["target_loss"], loss(soft), found))
    print(f"delta {delta}: test log loss {path[-1][1]:.4f}, AUC of the wrong labels {found:.3f}")
best = deltas[int(np.argmin([trusted_loss for trusted_loss, *_ in path]))]
soft.set_params(delta=best).compute_weights().unlearn()

# %%
# Removing the tenth that looks worst instead
# -------------------------------------------
hard = SoftUnlearner(model, TargetLoss(), guards=None, weighting=HardWeights(0.1))
hard.fit_influence(X.iloc[train], seen, X_val=X.iloc[trusted], y_val=y[trusted])
hard.compute_weights().unlearn()
losses = {"as fitted": model, "tenth removed": hard, "soft weights": soft, "right labels": oracle}
losses = {name: loss(one) for name, one in losses.items()}
print({name: round(value, 4) for name, value in losses.items()})

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
bins = np.linspace(-1, 0, 21)
for name, which, hatch in (("right", ~turned, None), ("wrong", turned, "//")):
    left.hist(soft.epsilon_[which], bins, density=True, alpha=0.6, hatch=hatch, label=name)
left.set(xlabel="weight change epsilon", ylabel="density of rows", yscale="log")
left.legend(title="label")
right.plot(list(losses.values()), list(losses), "o", color="black")
for name, value in losses.items():
    right.annotate(f"{value:.4f}", (value, name), (0, 7), textcoords="offset points", ha="center")
right.set(xlabel="log loss on test rows", ylim=(-0.5, len(losses) - 0.3))
right.margins(x=0.15)
plt.show()
