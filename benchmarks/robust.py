"""Robustness of a network's last layer, by fixed points and under fresh attacks.

    python robust.py

Adult and Bank, the influence step as in arXiv 2505.18783, hard 20 % and soft weights: accuracy on
test rows; accuracy on the adversarial points of the old head in its feature space, held fixed (what
the paper reports); and under a new projected gradient ascent on each model in the space of its
inputs, within balls of several radii. Last, weights that bring the loss on such points down.
"""

import warnings

import numpy as np
import pandas as pd
from corrections import classifier
from data import DATA, parts
from recipes import PAPER

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.objectives import Robustness
from sk_softunlearn.views import read_view

BALLS = [("inf", radius) for radius in (0.05, 0.1, 0.2)] + [
    ("2", radius) for radius in (0.2, 0.5, 1)
]


def white_box(head, X, y):
    view = read_view(head, X, y)
    for norm, radius in BALLS:
        moved = view.attacked(radius, norm)
        right = moved.loss.predict(moved.raw_prediction) == moved.target
        yield f"l_{norm}, {radius:g}", right.mean()


def fixed(old, head, X, y):
    moved = read_view(old, X, y).adversarial(1.3)
    raw = moved.at(read_view(head, X, y).theta).raw_prediction
    return np.mean(moved.loss.predict(raw) == moved.target)


def rows(name):
    X, y, sensitive = DATA[name]()
    training, validation, test = parts(X, y, sensitive, 0)
    fitted = classifier("mlp last", X.iloc[training], y.iloc[training])
    learn, check, final = (
        np.asarray(fitted[:-1].transform(X.iloc[part]), dtype=float)
        for part in (training, validation, test)
    )
    y, old = y.to_numpy(), fitted[-1]
    requests = {
        "hard 20 %": {"metric": "robustness", "weighting": "hard"},
        "soft, delta 0.8": {"metric": "robustness", "delta": 0.8},
        "soft, delta 0.9": {"metric": "robustness", "delta": 0.9},
        "soft, l_inf ball 0.1": {
            "metric": Robustness(attack="inf", radius=0.1),
            "delta": 0.05,
            "n_rounds": 8,
            "correction": "newton",
        },
    }
    heads = {"before": old}
    for label, parameters in requests.items():
        soft = SoftUnlearner(old, **PAPER | {"correction": "influence"} | parameters)
        soft.fit_influence(learn, y[training], X_val=check, y_val=y[validation])
        heads[label] = soft.compute_weights().unlearn().unlearned_estimator_
    for label, head in heads.items():
        record = {"data": name, "model": label, "accuracy": head.score(final, y[test])}
        record["fixed points"] = fixed(old, head, final, y[test])
        yield record | dict(white_box(head, final, y[test]))


def main():
    warnings.simplefilter("ignore")
    table = pd.DataFrame(row for name in ("adult", "bank") for row in rows(name))
    print(table.set_index(["data", "model"]).round(4).to_string())


if __name__ == "__main__":
    main()
