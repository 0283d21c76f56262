"""Rows that a scaler has seen, beside rows that it has not."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_softunlearn import SoftUnlearner
from sk_softunlearn._rows._scales import look_untransformed
from sk_softunlearn.exceptions import SoftUnlearnWarning

RAW = np.random.default_rng(0).normal([50, 1000, 3], [10, 300, 1], size=(900, 3))
SCALED = (RAW - RAW.mean(axis=0)) / RAW.std(axis=0)


@pytest.mark.parametrize("kind", [np.asarray, pd.DataFrame, pl.DataFrame])
def test_other_units_are_seen(kind):
    assert look_untransformed(kind(SCALED), kind(RAW[:100]))
    assert not look_untransformed(kind(SCALED), kind(SCALED[:100] + 2))
    assert not look_untransformed(kind(RAW), kind(RAW[:100]))


@pytest.mark.parametrize(
    ("X", "other"),
    [
        (sparse.csr_array(SCALED), sparse.csr_array(RAW)),
        (pd.DataFrame({"a": ["x", "y"]}), pd.DataFrame({"a": ["x", "z"]})),
        (np.zeros((9, 2)), np.ones((9, 2))),
        (np.full((9, 2), np.nan), np.ones((9, 2))),
        (SCALED, RAW[:, :2]),
    ],
)
def test_of_what_cannot_be_compared_nothing_is_said(X, other):
    assert not look_untransformed(X, other)


def test_validation_rows_beside_a_scaler_are_warned_of():
    group = np.arange(900) % 2
    y = (SCALED[:, 0] + group + np.random.default_rng(1).normal(size=900) > 0).astype(int)
    soft = SoftUnlearner(LogisticRegression(), n_rounds=1, objective="metric", delta=0.05)
    held = {"X_val": RAW[600:], "y_val": y[600:], "sensitive_features_val": group[600:]}
    fitting = {"sensitive_features": group[:600], **held}
    fitting = {f"softunlearner__{name}": value for name, value in fitting.items()}
    pipeline = make_pipeline(StandardScaler(), soft)
    with pytest.warns(SoftUnlearnWarning) as caught:
        pipeline.fit(RAW[:600], y[:600], **fitting)
    (told,) = (str(w.message) for w in caught if "preprocessing" in str(w.message))
    assert "transform_input=['X_val']" in told
