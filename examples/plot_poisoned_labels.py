"""
Poisoned labels: weights find them and undo most of what they did
=================================================================

Most people of 50 and over who earned less were recorded as earning more. So a tenth of the training
labels is wrong, systematically, and nobody knows which. You have the model that was fitted on them,
and 1000 rows whose labels can be trusted. Soft weights lower the loss on the trusted rows. For that
they lower the weights of the rows that contradict them.

The finding: the model has learnt the wrong labels, so their own loss does not give them away. The
weights find them and win back most of what they cost, more than removing the worst tenth of the
rows does. A new model of the trusted rows alone is better still, but it says nothing of the other
rows. If you have many trusted rows and may train a new model, train it on them.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.datasets import fetch_adult
from sk_softunlearn.objectives import TargetLoss
from sk_softunlearn.weights import HardWeights

adult = fetch_adult()
X, y = adult.data, adult.target.to_numpy()

# %%
# The wrong labels, and the model that learns them
# ------------------------------------------------
rows = np.arange(len(y))
train, rest = train_test_split(rows, train_size=0.6, stratify=y, random_state=0)
trusted, test = train_test_split(rest, train_size=1000, stratify=y[rest], random_state=0)
older = (X["age"].iloc[train] >= 50).to_numpy() & (y[train] == 0)
turned = older & (np.random.default_rng(0).random(len(train)) < 0.7)
seen = np.where(turned, 1, y[train])


def fitted(rows, labels):
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude=np.number)),
        (StandardScaler(), make_column_selector(dtype_include=np.number)),
    )
    classifier = LogisticRegression(tol=1e-6, max_iter=2000)
    return make_pipeline(columns, classifier).fit(X.iloc[rows], labels)


def loss(model, rows=test):
    return log_loss(y[rows], model.predict_proba(X.iloc[rows])[:, 1])


model, oracle, alone = fitted(train, seen), fitted(train, y[train]), fitted(trusted, y[trusted])
print(f"{turned.mean():.1%} of the training labels are wrong")


def own_loss(model):
    return -np.log(model.predict_proba(X.iloc[train])[np.arange(len(train)), seen])


# %%
# Soft weights, for several shares of the loss
# --------------------------------------------
# Weights may only fall, so the upper bound is 0. They are to be small, because the least loss would
# count the wrong labels, too. Too large a request would learn the trusted rows by heart. So each
# half of them decides how far the weights of the other half go. Lower weights cannot remove much
# more than 0.35 of the loss: ten rounds would fall short, and a warning would say so.
deltas = [0.1, 0.15, 0.2, 0.25, 0.3]


def corrected(rows, deltas, **parameters):
    soft = SoftUnlearner(model, TargetLoss(), objective="metric", **parameters)
    soft.fit_influence(X.iloc[train], seen, X_val=X.iloc[rows], y_val=y[rows])
    for delta in deltas:
        yield soft.set_params(delta=delta).compute_weights().unlearn()


weighed = {"bounds": (-1, 0)}
one, two = trusted[:500], trusted[500:]
pairs = zip(corrected(one, deltas, **weighed), corrected(two, deltas, **weighed), strict=True)
held_out = [(loss(first, two) + loss(second, one)) / 2 for first, second in pairs]
best = deltas[int(np.argmin(held_out))]
print({delta: round(value, 4) for delta, value in zip(deltas, held_out, strict=True)})
(soft,) = corrected(trusted, [best], **weighed)

# %%
# Beside other ways
# -----------------
(hard,) = corrected(trusted, [best], weighting=HardWeights(0.1))
models = {"as fitted": model, "tenth removed": hard, "soft weights": soft}
models |= {"trusted rows alone": alone, "right labels": oracle}
losses = {name: loss(one) for name, one in models.items()}
print(f"delta {best}, log loss on test rows:", {k: round(v, 4) for k, v in losses.items()})
suspicion = {
    "loss under the model": own_loss(model),
    "loss under the trusted rows' model": own_loss(alone),
    "soft weights": -soft.epsilon_,
}
for name, score in suspicion.items():
    print(f"AUC of the wrong labels, by {name}: {roc_auc_score(turned, score):.3f}")

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
styles = {"right": (~turned, "#0072B2", None), "wrong": (turned, "#D55E00", "//")}
for name, (which, color, hatch) in styles.items():
    style = {"color": color, "hatch": hatch, "edgecolor": "white", "alpha": 0.6}
    left.hist(soft.epsilon_[which], 20, range=(-1, 0), density=True, label=name, **style)
left.set(xlabel="weight change epsilon", ylabel="density of rows", yscale="log")
left.legend(title="label")
right.plot(list(losses.values()), list(losses), "o", color="black")
for name, value in losses.items():
    right.annotate(f"{value:.4f}", (value, name), (0, 7), textcoords="offset points", ha="center")
right.set(xlabel="log loss on test rows", ylim=(-0.5, len(losses) - 0.3))
right.margins(x=0.15)
plt.show()
