"""CIFAR-10S: a residual network that has learned colour in place of classes, corrected.

Four classes of CIFAR-10. Of two of them 95 % of the training images are in colour and the others
grey, of the other two the other way round (Wang et al. 2020). Validation and test images are shown
both ways. The network takes colour for the class. Beside the corrections stand what needs no
influence, class x group reweighing of the last layer or of the whole training, and removing the
fifth of the rows that harms most.

    python benchmarks/cifar.py [--seeds 3] [--epochs 12] [--size 32] [--whole]
    python benchmarks/cifar.py --fidelity [--seeds 3] [--epochs 12] [--size 16] [--rows 1000]

    python benchmarks/cifar.py --robust [--seeds 3] [--epochs 12] [--size 16] [--rows 4000]

With `--fidelity` it ranks instead: 40 groups of rows, five halves of each class in each colour, are
left out one at a time, and what the influence of their rows predicts stands beside what retraining
brings, of the last layer alone, and of the whole network in the mean of the seeds. Rows that are
left out keep a weight of 1e-9: they count for nothing, and all others are in the mini-batches in
which they were. With `--left 0` they are not there, and training draws other mini-batches.

With `--robust` the colours are even and the metric is the loss on adversarial points of the network
as it was trained: across the boundary of what the corrected layers see, by 30 % more than the
distance, as arXiv 2505.18783 has it, or within a ball around the images. Soft weights stand beside
removal. Accuracy is that on test images, on their adversarial points, held fixed, and under a fresh
attack within the ball.

Reads `cifar10/cifar10_24k_jpeg.parquet` from the folder of the data (SK_SOFTUNLEARN_DATA), with
Pillow. `bias` is the mean over the classes of how much more than half of what is called so is of
one group, between 0 and 0.5; `gap` the largest difference, over the classes, of the rate at which
the groups are called so.
"""

import argparse
import time
import warnings
from io import BytesIO

import numpy as np
import pandas as pd
import torch
from adult import FOLDER
from PIL import Image
from torch import nn
from torch.nn import functional as F

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.exceptions import SoftUnlearnWarning
from sk_softunlearn.objectives import DemographicParity, Robustness
from sk_softunlearn.torch import TorchClassifier
from sk_softunlearn.views import read_view

NAMES = ["automobile", "cat", "deer", "ship"]
VALIDATION = 1000
MEAN, SCALE = np.array([0.491, 0.482, 0.447]), np.array([0.247, 0.243, 0.262])


class Block(nn.Module):
    def __init__(self, n_inputs, n_outputs, stride):
        super().__init__()
        self.first = nn.Conv2d(n_inputs, n_outputs, 3, stride, 1, bias=False)
        self.second = nn.Conv2d(n_outputs, n_outputs, 3, 1, 1, bias=False)
        self.norms = nn.ModuleList([nn.BatchNorm2d(n_outputs), nn.BatchNorm2d(n_outputs)])
        same = stride == 1 and n_inputs == n_outputs
        self.skip = nn.Identity() if same else nn.Conv2d(n_inputs, n_outputs, 1, stride, bias=False)

    def forward(self, x):
        hidden = F.relu(self.norms[0](self.first(x)))
        return F.relu(self.norms[1](self.second(hidden)) + self.skip(x))


class ResNet8(nn.Module):
    """Training images are mirrored and shifted by up to two pixels, a batch alike."""

    def __init__(self, n_outputs, width=16):
        super().__init__()
        self.first = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)
        widths = [(width, width, 1), (width, 2 * width, 2), (2 * width, 4 * width, 2)]
        self.blocks = nn.Sequential(*(Block(*each) for each in widths))
        self.head = nn.Linear(4 * width, n_outputs)

    def forward(self, x):
        x = self.augmented(x) if self.training else x
        return self.head(self.blocks(F.relu(self.norm(self.first(x)))).mean((2, 3)))

    def augmented(self, x):
        x = x.flip(3) if torch.rand(()) < 0.5 else x
        i, j = torch.randint(0, 5, (2,)).tolist()
        padded = F.pad(x, (2, 2, 2, 2), mode="reflect")
        return padded[:, :, i : i + x.shape[2], j : j + x.shape[3]]


def images(size):
    """Return images of shape (n, size, size, 3) and class indices, of training and test rows."""
    table = pd.read_parquet(FOLDER / "cifar10" / "cifar10_24k_jpeg.parquet")
    table = table[table["label"].isin(NAMES)]
    read = [Image.open(BytesIO(each)).convert("RGB") for each in table["image"]]
    read = np.stack([np.asarray(each.resize((size, size), Image.Resampling.BOX)) for each in read])
    y = table["label"].map(NAMES.index).to_numpy()
    training = (table["split"] == "train").to_numpy()
    return (read[training], y[training]), (read[~training], y[~training])


def grey(read):
    return np.repeat((read @ [0.299, 0.587, 0.114])[..., None], 3, axis=-1)


def as_rows(read):
    return ((read / 255.0 - MEAN) / SCALE).transpose(0, 3, 1, 2).astype(np.float32)


def both_ways(read, y):
    X = as_rows(np.concatenate([read, grey(read)]))
    return X, np.tile(y, 2), np.repeat(["colour", "grey"], len(y))


def parts(size, seed, skew=0.95):
    """Return X, y and group of training, validation and test rows."""
    (read, y), (held, held_y) = images(size)
    rng = np.random.default_rng(seed)
    colour = rng.uniform(size=len(y)) < np.where(y < 2, skew, 1 - skew)
    X = as_rows(np.where(colour[:, None, None, None], read, grey(read)))
    half = rng.permutation(len(held_y)) < len(held_y) // 2
    return (
        (X, y, np.where(colour, "colour", "grey")),
        both_ways(held[half], held_y[half]),
        both_ways(held[~half], held_y[~half]),
    )


def measures(classifier, X, y, group):
    predicted = classifier.predict(X)
    counts = np.array([[np.sum((predicted == c) & (group == g)) for g in np.unique(group)]
                       for c in range(len(NAMES))])  # fmt: skip
    rates = counts / [np.sum(group == g) for g in np.unique(group)]
    cells = [np.mean(predicted[(y == c) & (group == g)] == c)
             for c in range(len(NAMES)) for g in np.unique(group)]  # fmt: skip
    bias = np.mean(counts.max(axis=1) / np.maximum(counts.sum(axis=1), 1) - 0.5)
    return {
        "accuracy": np.mean(predicted == y),
        "bias": bias,
        "gap": np.abs(rates[:, 0] - rates[:, 1]).max(),
        "worst cell": min(cells),
    }


def reweighing(y, group):
    """Return the weights that make class and group independent, each group as it is."""
    table = pd.DataFrame({"y": y, "group": group})
    cell = table.groupby(["y", "group"])["y"].transform("size")
    of_class, of_group = (table.groupby(name)[name].transform("size") for name in ("y", "group"))
    return (of_class * of_group / (len(y) * cell)).to_numpy()


def network(epochs, seed, module=ResNet8, **parameters):
    settings = {"optimizer": "adamw", "lr": 0.01, "weight_decay": 0.01, "schedule": "one_cycle"}
    return TorchClassifier(
        module, epochs=epochs, batch_size=128, random_state=seed, **(settings | parameters)
    )


def corrections(clf, training, validation):
    """Yield names and corrected classifiers."""
    X, y, group = training
    X_val, y_val, group_val = validation
    rows = {
        "sensitive_features": group,
        "X_val": X_val,
        "y_val": y_val,
        "sensitive_features_val": group_val,
    }
    metric = DemographicParity(surrogate="label", per_class=True)
    settings = {
        "last layer, one round": {"delta": 0.75, "n_rounds": 1},
        "last layer, delta 0.75, metric": {"delta": 0.75, "objective": "metric"},
        "last layer, delta 0.9, utility": {"delta": 0.9, "objective": "utility"},
        "removal of a fifth": {"delta": 0.9, "weighting": "hard"},
    }
    for name, parameters in settings.items():
        soft = SoftUnlearner(clf, metric=metric, on_infeasible="relax", **parameters)
        soft = soft.fit_influence(X, y, **rows).compute_weights().unlearn()
        yield name, soft.unlearned_estimator_
        if "utility" in name:
            weight = soft.sample_weight_
            on = network(2, 0, clf.module_, lr=0.002)
            yield "two more epochs with these weights", on.fit(X, y, weight)
            yield "two more epochs without weights", on.fit(X, y)
    seen = read_view(clf, X, y)
    yield "head refitted, reweighed", seen.write(seen.refitted(reweighing(y, group)).theta)


def cut_groups(y, group, rng):
    """Return 40 arrays of positions: five random halves of each class in each colour."""
    cells = [
        np.flatnonzero((y == c) & (group == g)) for c in np.unique(y) for g in np.unique(group)
    ]
    return [rng.permutation(cell)[: len(cell) // 2] for cell in cells for _ in range(5)]


def fidelity(options):
    """Yield, per seed and layers, what was predicted of every group and what retraining brought."""
    # Less skewed, so that every cell has rows to leave out.
    (X, y, group), (X_val, y_val, group_val), _ = parts(options.size, 0, skew=0.7)
    rng = np.random.default_rng(0)
    chosen = rng.permutation(len(y))[: options.rows]
    X, y, group = X[chosen], y[chosen], group[chosen]
    check = rng.permutation(len(y_val))[:VALIDATION]
    X_val, y_val, group_val = X_val[check], y_val[check], group_val[check]
    groups = cut_groups(y, group, rng)
    rows = {
        "sensitive_features": group,
        "X_val": X_val,
        "y_val": y_val,
        "sensitive_features_val": group_val,
    }
    settings = {
        "optimizer": "adam",
        "weight_decay": 1e-3,
        "module_params": {"width": options.width},
    }
    for seed in range(options.seeds):
        clf = network(options.epochs, seed, **settings).fit(X, y)
        seen = read_view(clf, X, y)
        # Its last layer is brought to its minimum, for that is what the last layer retrained is.
        settled = seen.write(seen.refitted(seen.sample_weight).theta)
        for layers, fitted in (("last", settled), ("all", clf)):
            metric = DemographicParity(surrogate="probability", per_class=True)
            soft = SoftUnlearner(fitted, metric=metric, layers=layers).fit_influence(X, y, **rows)
            yield pd.DataFrame(without(soft, groups, options.left)).assign(layers=layers, seed=seed)


def without(soft, groups, left):
    """Yield one record per group and objective; `left` is the weight of the rows left out."""
    view, panel = soft._run.view, soft._run.panel
    before = panel.measure(view.theta)
    for k, gone in enumerate(groups):
        weight = view.sample_weight.copy()
        weight[gone] = left
        after = panel.measure(view.refitted(weight).theta)
        for name, scores in soft.influence_.items():
            change = {"predicted": scores[gone].sum(), "retrained": after[name] - before[name]}
            yield {"objective": name, "group": k, **change}


def show_ranks(title, table):
    mean = table.groupby(["layers", "objective", "group"])[["predicted", "retrained"]].mean()
    for (layers, objective), pair in mean.groupby(level=["layers", "objective"]):
        rank = pair.corr(method="spearman").iloc[0, 1]
        slope = np.polyfit(pair["retrained"], pair["predicted"], 1)[0]
        text = f"{title:14} {layers:5} {objective:20} Spearman {rank:.3f} slope {slope:.2f}"
        print(text, flush=True)


def show_fidelity(options):
    tables = []
    for table in fidelity(options):
        tables.append(table)
        show_ranks(f"seed {table['seed'].iloc[0]}", table)
    show_ranks("mean of seeds", pd.concat(tables))


BALL = {"radius": 0.1, "norm": "inf"}
ROBUST = {
    "last layer, soft": {"delta": 0.8},
    "last layer, hard": {"weighting": "hard"},
    "last layer, soft, ball": {
        "delta": 0.1,
        "metric": Robustness(attack="inf", radius=BALL["radius"]),
    },
    "all layers, soft": {"delta": 0.8, "layers": "all"},
    "all layers, hard": {"weighting": "hard", "layers": "all"},
}


def right(view):
    return np.mean(view.loss.predict(view.raw_prediction) == view.target)


def robustness(options):
    """Yield one record per seed and correction, of accuracies on test images."""
    settings = {
        "optimizer": "adam",
        "weight_decay": 1e-3,
        "module_params": {"width": options.width},
    }
    for seed in range(options.seeds):
        rng = np.random.default_rng(seed)
        chosen = [(X, y, rng.permutation(len(y))[: options.rows])
                  for X, y, _ in parts(options.size, seed, skew=0.5)]  # fmt: skip
        training, validation, test = ((X[rows], y[rows]) for X, y, rows in chosen)
        X_val, y_val = validation
        clf = network(options.epochs, seed, **settings).fit(*training)
        fixed = {layers: read_view(clf, *test, layers=layers).adversarial(1.3)
                 for layers in ("last", "all")}  # fmt: skip
        ball = read_view(clf, *test, layers="all").attacked(**BALL)

        def record(how, classifier, seconds, seed=seed, test=test, clf=clf, fixed=fixed, ball=ball):
            head, whole = (read_view(classifier, *test, layers=layers) for layers in fixed)
            # Points among the features of one body are nowhere in another.
            same = np.array_equal(head.features, read_view(clf, *test).features)
            return {
                "seed": seed,
                "how": how,
                "accuracy": right(head),
                "features": right(fixed["last"].at(head.theta)) if same else np.nan,
                "images": right(fixed["all"].at(whole.theta)),
                "ball": right(ball.at(whole.theta)),
                "fresh ball": right(whole.attacked(**BALL)),
                "seconds": seconds,
            }

        yield record("as trained", clf, 0.0)
        for how, asked in ROBUST.items():
            start = time.perf_counter()
            soft = SoftUnlearner(clf, **{"metric": "robustness", "on_infeasible": "relax"} | asked)
            soft.fit_influence(*training, X_val=X_val, y_val=y_val).compute_weights().unlearn()
            yield record(how, soft.unlearned_estimator_, time.perf_counter() - start)


def show_robustness(options):
    records = []
    for each in robustness(options):
        records.append(each)
        print(pd.Series(each).to_frame().T.to_string(header=False), flush=True)
    table = pd.DataFrame(records).drop(columns="seed").groupby("how", sort=False).median()
    print(f"medians of {options.seeds} seeds\n{table.round(3).to_string()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--whole", action="store_true", help="also train it anew, reweighed")
    parser.add_argument("--fidelity", action="store_true", help="rank predicted and retrained")
    parser.add_argument(
        "--robust", action="store_true", help="adversarial points in place of colour"
    )
    parser.add_argument("--left", type=float, default=1e-9, help="weight of rows left out")
    parser.add_argument("--rows", type=int, default=1000, help="of --fidelity and --robust")
    parser.add_argument("--width", type=int, default=4, help="of the network of these two")
    options = parser.parse_args()
    warnings.simplefilter("ignore", SoftUnlearnWarning)
    if options.fidelity:
        show_fidelity(options)
        return
    if options.robust:
        show_robustness(options)
        return
    records = []
    for seed in range(options.seeds):
        training, validation, test = parts(options.size, seed)
        start = time.perf_counter()
        clf = network(options.epochs, seed).fit(*training[:2])

        def note(name, classifier, seed=seed, test=test):
            nonlocal start
            seconds = time.perf_counter() - start
            records.append({"seed": seed, "how": name, **measures(classifier, *test),
                            "seconds": seconds})  # fmt: skip
            print(pd.Series(records[-1]).to_frame().T.to_string(header=False), flush=True)
            start = time.perf_counter()

        note("as trained", clf)
        for name, corrected in corrections(clf, training, validation):
            note(name, corrected)
        if options.whole:
            weight = reweighing(training[1], training[2])
            note(
                "trained anew, reweighed", network(options.epochs, seed).fit(*training[:2], weight)
            )
    table = pd.DataFrame(records).drop(columns="seed").groupby("how", sort=False).median()
    print(f"medians of {options.seeds} seeds\n{table.round(3).to_string()}")


if __name__ == "__main__":
    main()
