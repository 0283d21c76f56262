"""Small networks, and rows for them."""

from functools import cache

import numpy as np
import torch
from torch import nn


class MLP(nn.Module):
    """Two layers for tables of any width."""

    def __init__(self, n_features, n_outputs, hidden=8, double=False):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(n_features, hidden), nn.Tanh())
        self.head = nn.Linear(hidden, n_outputs)
        self.to(torch.float64 if double else torch.float32)

    def forward(self, x):
        return self.head(self.body(x))


class ConvNet(nn.Module):
    """A convolution, batch normalisation and dropout on images of one colour, 6 x 6."""

    def __init__(self, n_outputs, double=False):
        super().__init__()
        # The head comes first: the order of definition is not that of the calls.
        self.head = nn.Linear(4, n_outputs)
        self.conv = nn.Conv2d(1, 4, 3, stride=2)
        self.norm = nn.BatchNorm2d(4)
        self.drop = nn.Dropout(0.2)
        self.to(torch.float64 if double else torch.float32)

    def forward(self, x):
        return self.head(self.drop(torch.tanh(self.norm(self.conv(x))).mean((2, 3))))


class Reader(nn.Module):
    """Tokens, 0 for none, through an embedding and a layer of attention."""

    def __init__(self, n_outputs, double=False):
        super().__init__()
        self.embedding = nn.Embedding(9, 6, padding_idx=0)
        self.encoder = nn.TransformerEncoderLayer(6, 2, 8, batch_first=True)
        self.head = nn.Linear(6, n_outputs, bias=False)
        self.to(torch.float64 if double else torch.float32)

    def forward(self, x):
        return self.head(self.encoder(self.embedding(x)).mean(1))


@cache
def table(n=300, n_classes=2, seed=0):
    """Return X, labels and weights of a table of five columns."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 5))
    score = X @ rng.normal(size=(5, n_classes)) + rng.gumbel(size=(n, n_classes))
    y = np.array(["no", "yes", "perhaps"])[score.argmax(axis=1)]
    return X, y, rng.uniform(0.5, 2.0, n)


@cache
def images(n=300, n_classes=2):
    """Return images of shape (n, 1, 6, 6), labels and weights."""
    X, y, weight = table(n, n_classes)
    noise = np.random.default_rng(1).normal(size=(n, 36))
    noise[:, :5] += 2 * X
    return noise.reshape(n, 1, 6, 6), y, weight


@cache
def tokens(n=300, n_classes=2):
    """Return sequences of seven tokens, labels and weights."""
    _, y, weight = table(n, n_classes)
    rng = np.random.default_rng(1)
    ids = rng.integers(7, size=(n, 7))
    # One token stands for the label, more often than not.
    ids[:, 0] = np.where(rng.uniform(size=n) < 0.7, 7 + (y == "yes"), 1)
    return ids, y, weight


@cache
def unfair(n=1600):
    """Return X of five columns, labels and groups; the first column leans to one group."""
    rng = np.random.default_rng(0)
    group = rng.integers(2, size=n)
    X = rng.normal(size=(n, 5)) + np.outer(group, [1, 0, 0, 0, 0])
    y = (X[:, :3].sum(axis=1) + rng.logistic(size=n) > 0.5).astype(int)
    return X, y, group
