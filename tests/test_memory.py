"""How many bytes a correction takes of every row, beside X: counted, not timed."""

import tracemalloc

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from sk_softunlearn import SoftUnlearner

N_ROWS = 400_000
ONE_ROUND = {"n_rounds": 1, "objective": "metric", "surrogate": "probability", "delta": 0.2}


def peaks(X, y, groups, **settings):
    """Return the peak of every step, in bytes per row, and what is held in the end."""
    soft = SoftUnlearner(LogisticRegression().fit(X, y), **settings)
    steps = {
        "influence": lambda: soft.fit_influence(X, y, sensitive_features=groups),
        "weights": soft.compute_weights,
        "correction": soft.unlearn,
    }
    found = {}
    tracemalloc.start()
    try:
        for name, step in steps.items():
            tracemalloc.reset_peak()
            step()
            held, found[name] = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return {name: peak / len(X) for name, peak in found.items()} | {"held": held / len(X)}


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    X, groups = rng.normal(size=(N_ROWS, 5)), rng.integers(2, size=N_ROWS)
    X[:, 0] += 0.5 * groups
    y = (X.sum(axis=1) + rng.logistic(size=N_ROWS) > 0.5).astype(int)
    return X, y, groups


@pytest.mark.parametrize("guards", [None, "equal_opportunity"])
def test_a_correction_holds_a_few_numbers_per_row(rows, guards):
    """m influences; epsilon and weight; raw prediction and slope at the fit, and after it.

    Codes of labels and groups take less than a number, weights that were not given none. A block of
    rows and what is made of it are some bytes per row, for there are few rows here.
    """
    m = 2 + (guards is not None)
    found = peaks(*rows, guards=guards, **ONE_ROUND)
    assert found["influence"] <= 8 * (2 * m + 4)
    assert found["weights"] <= 8 * (m + 6)
    assert found["held"] <= 8 * (m + 6)
    assert found["correction"] <= 8 * (m + 9)


def test_of_many_groups_the_influence_of_the_largest_gap_is_held(rows):
    X, y, _ = rows
    groups = np.digitize(X[:, 0], np.linspace(-1.5, 1.5, 11))
    found = peaks(X, y, groups, guards="worst_group_loss", **ONE_ROUND)
    assert found["held"] <= 8 * (3 + 6)
    assert found["correction"] <= 8 * (3 + 9)
