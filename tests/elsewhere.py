"""Rows that are elsewhere, beside the same rows in memory."""

import numpy as np
import pandas as pd

FEATURES = list("abcdef")


def table(n=3000):
    """Numbers, labels and two groups between which selection rates differ."""
    rng = np.random.default_rng(0)
    group = rng.integers(2, size=n)
    X = rng.normal(size=(n, len(FEATURES)))
    X[:, 0] += 0.7 * group
    y = (X.sum(axis=1) / 2 + rng.logistic(size=n) > 0.5).astype(int)
    columns = pd.DataFrame(X, columns=FEATURES)
    return columns.assign(y=y, g=np.where(group, "men", "women"))


def write(frame, folder):
    """Write a table as several files of several row groups each."""
    for k, start in enumerate(range(0, len(frame), 1250)):
        part = frame[start : start + 1250]
        part.to_parquet(folder / f"part-{k}.parquet", row_group_size=450)
    return folder


def corrected(soft, X, y, groups, **validation):
    """Take the three steps."""
    return (
        soft.fit_influence(X, y, sensitive_features=groups, **validation)
        .compute_weights()
        .unlearn()
    )


def assert_same(one, other):
    """What memory gives is given: weights, influence, coefficients and what is measured."""
    np.testing.assert_allclose(one.epsilon_, other.epsilon_, atol=1e-8)
    np.testing.assert_allclose(one.sample_weight_, other.sample_weight_, atol=1e-8)
    for name, scores in one.influence_.items():
        np.testing.assert_allclose(other.influence_[name], scores, atol=1e-10)
    assert one.after_.keys() == other.after_.keys()
    np.testing.assert_allclose(
        list(other.after_.values()), list(one.after_.values()), rtol=0, atol=1e-8
    )
