"""
A network: its last layer, or all of them
=========================================

``layers="last"`` keeps the hidden layers of an ``MLPClassifier`` as they are, and corrects the
logistic regression on top of them. ``layers="all"`` corrects every parameter, with an approximate
curvature and around a point that is no minimum.

The finding: both close the gap nearly as asked on new rows. A hundred times as many parameters give
no better trade-off: the last layer alone does as well. Start with it. Its weights also describe a
model that a fit would reach.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.audit import TradeoffDisplay
from sk_softunlearn.datasets import fetch_adult
from sk_softunlearn.exceptions import NotStationaryWarning

# %%
# Three networks, from other starts
# ---------------------------------
# 10,000 rows of Adult are for the fit, 8,000 for the weights, and the others for the outcome. One
# network alone could be lucky, so there are three.
adult = fetch_adult()
sizes = {"train_size": 10_000, "stratify": adult.data["sex"], "random_state": 0}
X, rest, y, y_rest = train_test_split(adult.data, adult.target, **sizes)
sizes = {"train_size": 8_000, "stratify": rest["sex"], "random_state": 0}
X_val, X_new, y_val, y_new = train_test_split(rest, y_rest, **sizes)
columns = make_column_transformer(
    (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude=np.number)),
    (StandardScaler(), make_column_selector(dtype_include=np.number)),
    sparse_threshold=0,
)


def network(seed):
    classifier = MLPClassifier((32,), alpha=0.1, early_stopping=True, random_state=seed)
    return make_pipeline(columns, classifier).fit(X, y)


networks = [network(seed) for seed in range(3)]
layers = list(zip(networks[0][-1].coefs_, networks[0][-1].intercepts_, strict=True))
parameters = [weights.size + bias.size for weights, bias in layers]
print(f"parameters: {parameters[-1]} in the last layer, {sum(parameters)} in all")

# %%
# The path of delta, for either
# -----------------------------
# A network that stopped early is not at a minimum, and every fit warns of that. A step of influence
# then falls short of its prediction, and the next rounds make up for it.
deltas = [0.2, 0.4, 0.6, 0.8]
validation = {"X_val": X_val, "y_val": y_val, "sensitive_features_val": X_val["sex"]}
rows = {"X": X_new, "y": y_new, "sensitive_features": X_new["sex"]}
paths, before = {}, []
for which in ("last", "all"):
    found = []
    for fitted in networks:
        soft = SoftUnlearner(fitted, layers=which)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", NotStationaryWarning)
            soft.fit_influence(X, y, sensitive_features=X["sex"], **validation)
        found.append(soft.delta_path(deltas, **rows))
        before.append(soft.compute_weights().unlearn().audit(**rows).measured[0])
    paths[which] = pd.concat(found).filter(like="measured_").groupby("delta").mean()
print(caught[0].message)

# %%
# Means over the networks, on the other rows
# ------------------------------------------
start = pd.DataFrame(before).mean()
print("before:", start.round(4).to_dict())
for which, path in paths.items():
    print(f"change with layers={which!r}:", path.round(4).to_string(), sep="\n")

# %%
points = {which: start.to_numpy() + path.to_numpy(dtype=float) for which, path in paths.items()}
last = TradeoffDisplay(
    deltas=np.array(deltas),
    metric=points["last"][:, 0],
    utility=points["last"][:, 1],
    metric_name="demographic_parity",
    utility_name="log_loss",
    start=tuple(start),
).plot(name="last layer")
last.ax_.plot(*points["all"].T, "s--", color="#D55E00", label="all layers")
last.ax_.legend()
plt.show()
