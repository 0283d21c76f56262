"""
Crossed groups, and a group nobody looked at
============================================

There is a gap between men and women, and another one between races. Each can be closed alone. But
Black men or White women are a group of both columns, and no request named such a crossed group.

The finding: if most of either gap is closed alone, most of the gap between the crossed groups
stays. Closing the gap of the sexes lowers men of small groups who were below the average already.
If both columns are given, the same request closes most of the crossed gap. The rates of the
smallest groups are mostly noise. Two groups have too few rows to count, and a warning names them.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.datasets import fetch_adult
from sk_softunlearn.exceptions import SmallGroupWarning

# %%
# Ten crossed groups, the smallest some two hundred times smaller than the largest.
adult = fetch_adult()
cell = adult.data["sex"] + ", " + adult.data["race"]
training, rest = train_test_split(cell.index, train_size=20_000, stratify=cell, random_state=0)
checking, final = train_test_split(rest, train_size=6_000, stratify=cell[rest], random_state=0)
columns = make_column_transformer(
    (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude=np.number)),
    (StandardScaler(), make_column_selector(dtype_include=np.number)),
)
fitted = make_pipeline(columns, LogisticRegression(tol=1e-6, max_iter=1000))
fitted.fit(adult.data.loc[training], adult.target[training])

# %%
# Three requests
# --------------
# You may give any number of columns. Every combination of their values is a group, and the gap is
# the largest rate minus the smallest. Some groups are too small to count hard predictions. So all
# three requests are made and compared in mean probabilities.
requests = {"sex": ["sex"], "race": ["race"], "sex and race": ["sex", "race"]}
models = {"before": fitted}
for name, sensitive in requests.items():
    soft = SoftUnlearner(fitted, delta=0.7, surrogate="probability")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", SmallGroupWarning)
        soft.fit_influence(
            adult.data.loc[training],
            adult.target[training],
            sensitive_features=adult.data.loc[training, sensitive],
            X_val=adult.data.loc[checking],
            y_val=adult.target[checking],
            sensitive_features_val=adult.data.loc[checking, sensitive],
        )
    models[name] = soft.compute_weights().unlearn()
    start, end = (values["demographic_parity"] for values in (soft.before_, soft.after_))
    print(f"{name}: gap on the validation rows {start:.3f} -> {end:.3f}")
    for warning in caught:
        print("   warned:", warning.message)

# %%
# Every group, on rows that none has seen
# ---------------------------------------
X = adult.data.loc[final]
groups = cell[final]
probability = pd.DataFrame({k: m.predict_proba(X)[:, 1] for k, m in models.items()}, index=final)
means = probability.groupby(groups).mean()
errors = probability.groupby(groups).sem()
table = means.assign(rows=groups.value_counts(), error=errors["before"])
print(table.round(3).to_string())


def gaps(by):
    rates = probability.groupby(X[by]).mean()
    return rates.max() - rates.min()


crossed = means.max() - means.min()
print(pd.DataFrame({"sex": gaps("sex"), "race": gaps("race"), "crossed": crossed}).round(3))

# %%
# Groups with their rows; bars of two standard errors.
figure, axes = plt.subplots(1, 3, figsize=(9, 4), sharey=True, layout="constrained")
places = np.arange(len(means))
for ax, name in zip(axes, requests, strict=True):
    ax.hlines(places, means["before"], means[name], color="#777777")
    ax.plot(means["before"], places, "s", color="#777777", label="before")
    style = {"fmt": "o", "color": "#0072B2", "label": "after"}
    ax.errorbar(means[name], places, xerr=2 * errors[name], **style)
    ax.set(title=f"given {name}", xlabel="mean probability")
axes[0].set_yticks(places, [f"{k} ({n})" for k, n in table["rows"].items()])
handles, labels = axes[0].get_legend_handles_labels()
figure.legend(handles, labels, loc="outside upper center", ncols=2)
plt.show()
