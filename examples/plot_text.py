"""
Text: the words that stand for a group
======================================

Short texts, as at the head of a CV, go through a TF-IDF matrix into a logistic regression. They do
not name anybody's sex, and still men are predicted a high income more often. Sentence embeddings
work in the same way: the encoder stays as it is, and weights on the texts correct the logistic
head. Only the first step of the pipeline would be another.

The finding: the words whose coefficients move most stand for a sex, and they move accordingly.
Words of men's texts lose, words of women's texts gain.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.datasets import fetch_adult

# %%
# Rows of Adult as texts
# ----------------------
adult = fetch_adult()


def describe(row):
    age, hours = row["age"], row["hours-per-week"]
    years = "early" if age < 30 else "middle" if age < 50 else "late"
    week = "long" if hours > 45 else "short" if hours < 35 else "full"
    school, status = row["education"].lower(), row["marital-status"].split("-")[0].lower()
    return (
        f"{years} career in {row['occupation'].lower()}, {row['workclass'].lower()}, {week} hours. "
        f"schooling {school}, {status}."
    )


texts = adult.data.apply(describe, axis=1)
print(*texts.head(3), sep="\n")
sex = adult.data["sex"]
X, X_new, y, y_new, group, group_new = train_test_split(
    texts, adult.target, sex, train_size=20_000, stratify=sex, random_state=0
)

# %%
# The classifier, and its correction
# ----------------------------------
# The matrix is sparse, and stays so: one column per word.
encoder = TfidfVectorizer(min_df=20, token_pattern=r"[\w-]+")
clf = make_pipeline(encoder, LogisticRegression(C=10, tol=1e-6, max_iter=1000)).fit(X, y)
print(f"{len(clf[0].vocabulary_)} words")
soft = SoftUnlearner(clf, delta=0.5)
soft.fit_influence(X, y, sensitive_features=group).compute_weights().unlearn()
print(soft.audit(X_new, y_new, sensitive_features=group_new))

# %%
# The words that moved
# --------------------
# The column "women" is the share of women among the texts with the word. No classifier has seen it.
words = clf[0].get_feature_names_out()
present = clf[0].transform(X) > 0
count = np.asarray(present.sum(axis=0)).ravel()
women = np.asarray(present[(group == "Female").to_numpy()].sum(axis=0)).ravel() / count
before, after = clf[-1].coef_[0], soft.unlearned_estimator_[-1].coef_[0]
table = pd.DataFrame(
    {"texts": count, "women": women, "before": before, "after": after, "moved": after - before},
    index=words,
)
largest = table.loc[table["moved"].abs().sort_values(ascending=False).index].head(12)
print(largest.round(2).to_string())
average = np.mean(group == "Female")
common = table[table["texts"] >= 200]
rank = common["moved"].corr(common["women"], method="spearman")
print(f"rank correlation of share and move, {len(common)} words in 200 texts or more: {rank:.2f}")
right_way = np.sign(largest["moved"]) == np.sign(largest["women"] - average)
print(f"{right_way.sum()} of {len(largest)} move the way of their gender ({average:.0%} are women)")

# %%
figure, ax = plt.subplots(figsize=(7, 6), layout="constrained")
ax.scatter(common["women"], common["moved"], s=np.sqrt(common["texts"]), color="#0072B2", alpha=0.6)
for word, row in largest[largest["texts"] >= 200].iterrows():
    ax.annotate(word, (row["women"], row["moved"]), (4, 4), textcoords="offset points", fontsize=8)
ax.axhline(0, color="#777777", linewidth=0.8)
ax.axvline(average, color="#777777", linewidth=0.8, linestyle=":")
ax.margins(0.15, 0.08)
ax.set(xlabel="share of women among the texts with the word", ylabel="change of its coefficient")
plt.show()
