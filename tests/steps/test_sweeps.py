"""How often a correction reads the rows."""

from collections import Counter

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from sk_softunlearn import SoftUnlearner
from sk_softunlearn._sweeps import InMemory


@pytest.fixture
def sweeps(monkeypatch):
    """Count sweeps over tables by their number of rows."""
    counted, sweep = Counter(), InMemory.sweep

    def counting(self, kernel, *given, **more):
        counted[len(self)] += 1
        return sweep(self, kernel, *given, **more)

    monkeypatch.setattr(InMemory, "sweep", counting)
    return counted


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    group = rng.integers(2, size=20_000)
    X = rng.normal(size=(20_000, 4)) + 0.5 * group[:, None]
    y = (X.sum(axis=1) / 2 + rng.logistic(size=20_000) > 1).astype(int)
    return X, y, group


@pytest.mark.parametrize("regularization", ["auto", 1.0])
def test_one_round_with_a_guard_reads_the_rows_ten_times_at_most(rows, sweeps, regularization):
    X, y, group = rows
    fitted = LogisticRegression(tol=1e-8).fit(X, y)
    soft = SoftUnlearner(
        fitted,
        delta=0.1,
        n_rounds=1,
        objective="metric",
        guards={"log_loss": 0.2},
        surrogate="probability",
        regularization=regularization,
    )
    soft.fit_influence(X, y, sensitive_features=group).compute_weights().unlearn()
    assert np.any(soft.epsilon_)
    # scikit-learn's check that X is finite is one more.
    assert sweeps[len(X)] <= 10


def test_other_validation_rows_are_read_less_often_than_those_of_training(rows, sweeps):
    X, y, group = rows
    fitted = LogisticRegression(tol=1e-8).fit(X[:16_000], y[:16_000])
    soft = SoftUnlearner(fitted, delta=0.2, n_rounds=1, surrogate="probability")
    soft.fit_influence(
        X[:16_000],
        y[:16_000],
        sensitive_features=group[:16_000],
        X_val=X[16_000:],
        y_val=y[16_000:],
        sensitive_features_val=group[16_000:],
    )
    soft.compute_weights().unlearn()
    assert sweeps[4000] < sweeps[16_000]


@pytest.mark.parametrize(("n_groups", "draw", "most"), [(2, 5, 40), (10, 2, 60)])
def test_rounds_beside_the_utility_read_the_rows_a_few_times_each(sweeps, n_groups, draw, most):
    """Bounds hold weights in every round, and some steps are halved.

    How many rounds there are, and how many halvings, depends on the draw.
    """
    rng = np.random.default_rng(draw)
    group = rng.integers(n_groups, size=20_000)
    X = rng.normal(size=(20_000, 6))
    X[:, 0] += 0.8 * group / (n_groups - 1)
    X[:, 1] += 0.5 * np.sin(group)
    y = (X.sum(axis=1) / 2 + rng.logistic(size=20_000) > 1).astype(int)
    fitted = LogisticRegression(tol=1e-8).fit(X, y)
    soft = SoftUnlearner(fitted, delta=0.8, n_rounds=8, objective="utility")
    soft.fit_influence(X, y, sensitive_features=group).compute_weights().unlearn()
    assert soft.epsilon_.min() == -1.0
    rates = [soft.predict(X)[group == g].mean() for g in range(n_groups)]
    before = [fitted.predict(X)[group == g].mean() for g in range(n_groups)]
    assert np.ptp(rates) < 0.25 * np.ptp(before)
    # scikit-learn's check that X is finite is one more.
    assert sweeps[len(X)] <= most
