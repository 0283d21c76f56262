"""
A network of PyTorch that sees colour
=====================================

Is the bar upright? In the training pictures nearly all upright bars are red, and nearly all others
green. A small residual network learns the colour with the bars. This page needs PyTorch
(``pip install torch``); built without, it has no figures.

The finding: the body of the network knows which bars are upright; its last layer makes little of
it. Weights on the training pictures, and a last layer corrected with them in seconds, close most of
the gap between the colours, and accuracy on balanced pictures rises.
"""

import time

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.torch import TorchClassifier

# %%
# Pictures
# --------
# Of 12 x 12 points, with noise. ``skew`` is the share of the bars that have the usual colour.
rng = np.random.default_rng(0)


def pictures(n, skew):
    upright, usual = rng.integers(2, size=n), rng.random(n) < skew
    red = np.where(usual, upright, 1 - upright)
    X = rng.normal(scale=0.9, size=(n, 3, 12, 12)).astype(np.float32)
    for image, stands, colour, at in zip(X, upright, red, rng.integers(2, 9, n), strict=True):
        rows, columns = slice(2, 10), slice(at, at + 2)
        image[1 - colour][(rows, columns) if stands else (columns, rows)] += 1.2
    return X, upright, np.where(red, "red", "green")


training, validation, new = pictures(3000, 0.95), pictures(2000, 0.5), pictures(2000, 0.5)


# %%
# A network, trained
# ------------------
class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.norm = nn.BatchNorm2d(width)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x):
        return torch.relu(x + self.second(torch.relu(self.norm(self.first(x)))))


class ResNet(nn.Module):
    def __init__(self, n_outputs):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 12, 3, padding=1), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(2),
            Residual(12), nn.AdaptiveMaxPool2d(1), nn.Flatten(),
        )  # fmt: skip
        self.head = nn.Linear(12, n_outputs)

    def forward(self, x):
        return self.head(self.body(x))


start = time.perf_counter()
X, y, group = training
clf = TorchClassifier(ResNet, lr=0.01, epochs=5, weight_decay=1e-4, random_state=0).fit(X, y)
print(f"trained in {time.perf_counter() - start:.1f} s")

# %%
# The last layer, corrected
# -------------------------
start = time.perf_counter()
X_val, y_val, group_val = validation
soft = SoftUnlearner(clf, delta=0.9, on_infeasible="relax")
soft.fit_influence(
    X, y, sensitive_features=group, X_val=X_val, y_val=y_val, sensitive_features_val=group_val
)
soft.compute_weights().unlearn()
print(f"corrected in {time.perf_counter() - start:.1f} s, {len(soft.rounds_)} rounds")
X_new, y_new, group_new = new
print(soft.audit(X_new, y_new, sensitive_features=group_new))
old, corrected = clf.module_.state_dict(), soft.unlearned_estimator_.module_.state_dict()
print("changed:", [name for name in old if not torch.equal(old[name], corrected[name])])

# %%
# What it sees now
# ----------------
cells = [("upright", "red"), ("upright", "green"), ("flat", "red"), ("flat", "green")]
chosen = [(y_new == (bar == "upright")) & (group_new == colour) for bar, colour in cells]
figure = plt.figure(figsize=(9, 4), layout="constrained")
left, right = figure.subfigures(1, 2)
for ax, cell, (bar, colour) in zip(left.subplots(2, 2).flat, chosen, cells, strict=True):
    ax.imshow(np.clip(0.3 + 0.3 * X_new[np.flatnonzero(cell)[0]].transpose(1, 2, 0), 0, 1))
    ax.set_title(f"{bar}, {colour}", fontsize=9)
    ax.set_axis_off()
ax = right.subplots()
for shift, estimator, name, tone in (
    (-0.2, clf, "as trained", "#999999"),
    (0.2, soft.unlearned_estimator_, "last layer corrected", "#0072B2"),
):
    right_ones = estimator.predict(X_new) == y_new
    share = [right_ones[cell].mean() for cell in chosen]
    ax.bar(np.arange(4) + shift, share, 0.4, color=tone, label=f"{name}: {right_ones.mean():.2f}")
ax.set_xticks(range(4), [f"{bar},\n{colour}" for bar, colour in cells])
ax.set(ylabel="accuracy on new pictures", ylim=(0, 1.25))
ax.legend(loc="upper center", ncols=2, fontsize=9)
plt.show()
