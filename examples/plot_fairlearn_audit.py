"""
An audit with fairlearn
=======================

A classifier is corrected for the gap in predicted rates between men and women. The person who signs
for it wants to know more than this gap, from a tool they trust. Here fairlearn's ``MetricFrame``
measures before and after on new rows, and the report of this package stands beside it.

The finding: both give the same numbers, and they show what the one metric does not. The gap that
was asked about falls. The gap in true positive rates turns round and grows, and the gap in accuracy
stays. Which gap is the right one is not a technical question.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from fairlearn.metrics import (
    MetricFrame,
    false_positive_rate,
    selection_rate,
    true_positive_rate,
)
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.datasets import fetch_adult

# %%
# Fitted, corrected
# -----------------
# ``delta`` is the share of the gap between selection rates that must go, as fairlearn counts it.
adult = fetch_adult()
sex = adult.data["sex"]
X, X_new, y, y_new, sex, sex_new = train_test_split(
    adult.data, adult.target, sex, train_size=20_000, stratify=sex, random_state=0
)
columns = make_column_transformer(
    (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude=np.number)),
    (StandardScaler(), make_column_selector(dtype_include=np.number)),
)
fitted = make_pipeline(columns, LogisticRegression(tol=1e-6, max_iter=1000)).fit(X, y)
soft = SoftUnlearner(fitted, delta=0.6)
soft.fit_influence(X, y, sensitive_features=sex).compute_weights().unlearn()

# %%
# What fairlearn says
# -------------------
# The corrected model is an ordinary classifier, so fairlearn can measure it as any other.
metrics = {
    "selection_rate": selection_rate,
    "true_positive_rate": true_positive_rate,
    "false_positive_rate": false_positive_rate,
    "accuracy": accuracy_score,
}
frames = {
    when: MetricFrame(
        metrics=metrics,
        y_true=y_new,
        y_pred=model.predict(X_new),
        sensitive_features=sex_new,
    )
    for when, model in {"before": fitted, "after": soft.unlearned_estimator_}.items()
}
rates = pd.concat({when: frame.by_group for when, frame in frames.items()}, axis=1)
print(rates.T.round(3).to_string())
gaps = pd.DataFrame({when: frame.difference() for when, frame in frames.items()})
print("differences between the groups:", gaps.round(3).to_string(), sep="\n")

# %%
# What the report says
# --------------------
# The same numbers, with counts, intervals, and what was asked, predicted and measured.
report = soft.audit(X_new, y_new, sensitive_features=sex_new)
print(report)
own = report.frame(n_boot=0)
for name in metrics:
    for when in frames:
        np.testing.assert_allclose(
            own[name, when].loc[["Female", "Male"]], frames[when].by_group[name]
        )
print("the same as fairlearn's:", list(metrics))

# %%
# The page for those who sign
# ---------------------------
# One file has everything: figures, a slider over delta, and all warnings. It lists the rows that
# moved most by number, label and weight. It shows their features only if you ask for them.
with tempfile.TemporaryDirectory() as folder:
    page = Path(folder) / "audit.html"
    report.to_html(page, deltas=5, n_boot=100)
    print(f"audit.html: {page.stat().st_size / 1000:.0f} kB")

# %%
# Before and after, by group, with the bootstrap's 95 % intervals.
intervals = report.frame(n_boot=100)
figure, axes = plt.subplots(1, 4, figsize=(10, 3.2), layout="constrained", sharex=True)
styles = {"Female": ("#D55E00", "o-"), "Male": ("#0072B2", "s--")}
for ax, name in zip(axes, metrics, strict=True):
    for group, (color, line) in styles.items():
        cells = intervals.loc[group, name]
        values = cells[["before", "after"]].to_numpy()
        low, high = (cells[[f"before_{end}", f"after_{end}"]].to_numpy() for end in ("low", "high"))
        ax.errorbar(
            [0, 1], values, [values - low, high - values], fmt=line, color=color, label=group
        )
    ax.set(
        title=name.replace("_", " "), xticks=[0, 1], xticklabels=["before", "after"], ylim=(0, 1)
    )
axes[0].margins(x=0.3)
axes[0].legend()
plt.show()
