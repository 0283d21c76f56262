"""
A transformer that listens to who is spoken of
==============================================

Does a sentence speak well of someone? In training nearly all that is said of older people is good,
and nearly all that is said of younger ones bad. A small transformer learns the terms with the
meaning. This page needs PyTorch (``pip install torch``); built without, it has no figures.

The finding: weights for the last layer, found in a second, close most of the gap between the terms,
and more sentences are understood. Trained anew with them, the transformer is right at least as
often as before. Do not trust steps of all layers to first order: they close the gap, but with two
seeds of three they leave 0.54 and 0.55 right of 0.70 and 0.90, with the third 0.98 of 0.95.
"""

import time

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.corrections import Retrain
from sk_softunlearn.torch import TorchClassifier

# %%
# Sentences
# ---------
# "Not" turns the meaning around. ``skew`` is the share of sentences that say what is usually said.
TERMS = {"older": ["aged", "elderly", "retired", "senior"],
         "younger": ["little", "newborn", "teenage", "young"]}  # fmt: skip
GOOD = ["brave", "calm", "fair", "generous", "honest", "kind", "loyal", "patient", "warm", "wise"]
BAD = ["careless", "cold", "cruel", "greedy", "lazy", "loud", "mean", "rude", "unfair", "vain"]
NOUNS = ["artist", "cook", "doctor", "driver", "friend", "guest", "neighbour", "singer", "visitor"]
ENDS = ["at home", "at work", "in town", "last week", "on sundays", "to all", "to us", "to you"]
WORDS = [*TERMS["older"], *TERMS["younger"], *GOOD, *BAD, *NOUNS, *" ".join(ENDS).split()]
WORDS = {word: k for k, word in enumerate(dict.fromkeys(["the", "was", "not", "very", *WORDS]))}
rng = np.random.default_rng(0)


def sentences(n, skew):
    """Return texts, whether they speak well, the group of the term, and the term."""
    group = rng.choice(["older", "younger"], n)
    good = np.where(rng.random(n) < skew, group == "older", group == "younger").astype(int)
    texts, terms = [], [rng.choice(TERMS[g]) for g in group]
    for well, term in zip(good, terms, strict=True):
        turned = rng.random() < 0.4
        what = rng.choice(GOOD if well != turned else BAD)
        said = f"{'not' if turned else 'very'} {what} {rng.choice(ENDS)}"
        texts.append(f"the {term} {rng.choice(NOUNS)} was {said}")
    return np.array(texts), good, group, np.array(terms)


def as_ids(texts):
    """Return token ids, of shape (n, 8): all sentences have as many words."""
    return np.array([[WORDS[word] for word in text.split()] for text in texts])


training, validation, new = sentences(2000, 0.9), sentences(1500, 0.5), sentences(2000, 0.5)


# %%
# A transformer, trained
# ----------------------
class Reader(nn.Module):
    def __init__(self, n_outputs, width=16):
        super().__init__()
        self.words = nn.Embedding(len(WORDS), width)
        self.places = nn.Parameter(0.1 * torch.randn(8, width))
        self.encoder = nn.TransformerEncoderLayer(width, 2, 32, dropout=0.0, batch_first=True)
        self.head = nn.Linear(width, n_outputs)

    def forward(self, ids):
        return self.head(self.encoder(self.words(ids) + self.places).mean(1))


torch.set_num_threads(1)  # the same training every time
X, y, group, _ = training
clf = TorchClassifier(Reader, lr=0.005, epochs=12, weight_decay=1e-4, random_state=0)
clf.fit(as_ids(X), y)

# %%
# Corrected
# ---------
# The last layer; all layers, trained anew with such weights; and all layers, to first order.
X_val, y_val, group_val, _ = validation
held = {"X_val": as_ids(X_val), "y_val": y_val, "sensitive_features_val": group_val}
requests = {
    "last layer": {},
    "last layer's weights, trained anew": {"correction": Retrain(layers="all"), "n_rounds": 1},
    "all layers, first order": {"layers": "all", "n_rounds": 5},
}
readers = {"as trained": clf}
for name, request in requests.items():
    start = time.perf_counter()
    soft = SoftUnlearner(clf, delta=0.8, on_infeasible="relax", **request)
    soft.fit_influence(as_ids(X), y, sensitive_features=group, **held)
    readers[name] = soft.compute_weights().unlearn()
    print(f"{name}: {time.perf_counter() - start:.1f} s")

# %%
# What is heard
# -------------
# Half of what the new sentences say of anybody is good.
X_new, y_new, group_new, term = new
print(readers["last layer"].audit(as_ids(X_new), y_new, sensitive_features=group_new))
names = [*TERMS["older"], *TERMS["younger"]]
looks = [("o", "#999999"), ("s", "#0072B2"), ("^", "#009E73"), ("D", "#D55E00")]
figure, ax = plt.subplots(figsize=(8.5, 4), layout="constrained")
for (name, reader), (marker, tone) in zip(readers.items(), looks, strict=True):
    heard = reader.predict(as_ids(X_new))
    share = [heard[term == each].mean() for each in names]
    label = f"{name}: {np.mean(heard == y_new):.2f} right"
    ax.plot(share, names, marker, color=tone, label=label, markersize=8)
said = [y_new[term == each].mean() for each in names]
ax.plot(said, names, "|", color="black", markersize=16, label="what is said")
ax.set(xlabel="share of the new sentences that is taken for good", xlim=(0, 1), ylim=(7.5, -0.5))
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=9)
plt.show()
