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


@pytest.mark.parametrize(
    "kind", [np.asarray, pd.DataFrame, pl.DataFrame, sparse.csr_array, sparse.csc_matrix]
)
def test_other_units_are_seen(kind):
    assert look_untransformed(kind(SCALED), kind(RAW[:100]))
    assert not look_untransformed(kind(SCALED), kind(SCALED[:100] + 2))
    assert not look_untransformed(kind(RAW), kind(RAW[:100]))


@pytest.mark.parametrize(
    ("X", "other"),
    [
        (pd.DataFrame({"a": ["x", "y"]}), pd.DataFrame({"a": ["x", "z"]})),
        (np.zeros((9, 2)), np.ones((9, 2))),
        (np.full((9, 2), np.nan), np.ones((9, 2))),
        (pd.DataFrame(SCALED).astype(object), pd.DataFrame(RAW)),
        (SCALED.tolist(), RAW.tolist()),
    ],
)
def test_of_what_cannot_be_compared_nothing_is_said(X, other):
    assert not look_untransformed(X, other)


def test_columns_of_frames_are_compared_by_name_and_texts_are_left_out():
    scaled = pd.DataFrame(SCALED, columns=["a", "b", "c"]).assign(city="Rome")
    raw = pd.DataFrame(RAW, columns=["a", "b", "c"]).assign(city="Oslo")[["city", "c", "b", "a"]]
    assert look_untransformed(scaled, raw)
    assert look_untransformed(pl.from_pandas(scaled), pl.from_pandas(raw))
    assert not look_untransformed(scaled, scaled[["city", "b", "a", "c"]][:100])
    missing = raw.assign(b=raw["b"].round().astype("Int64"))
    missing.loc[::3, ["a", "b"]] = None
    assert look_untransformed(scaled, missing)
    assert not look_untransformed(raw, missing)


def test_texts_beside_the_output_of_an_encoder_are_seen():
    raw = pd.DataFrame({"city": ["Rome", "Oslo"] * 20, "age": np.arange(40)})
    encoded = np.column_stack([raw["city"] == "Rome", raw["city"] == "Oslo", raw["age"]]) * 1.0
    assert look_untransformed(sparse.csr_array(encoded), raw)
    assert look_untransformed(encoded[:, :1], raw[["city"]])
    names = ["city_Rome", "city_Oslo", "age_scaled"]
    assert look_untransformed(pd.DataFrame(encoded, columns=names), raw)
    assert not look_untransformed(raw[["age"]], raw)


def test_zeros_that_are_not_stored_count():
    sparse_rows = SCALED * (np.arange(900) % 3 == 0)[:, None]
    assert not look_untransformed(sparse.csr_array(sparse_rows), sparse_rows)
    assert look_untransformed(sparse.csr_array(sparse_rows), sparse.csr_array(30 * sparse_rows))


def test_the_spread_of_sparse_columns_is_about_their_mean():
    rng = np.random.default_rng(0)
    near, far = (sparse.csr_array(rng.normal(mean, 0.01, (100, 2))) for mean in (5.0, 6.0))
    assert look_untransformed(near, far)
    assert not look_untransformed(near, near[:50])


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
