"""Rows on disk: the same answers as in memory, and clear sentences for what needs all rows."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_softunlearn import SoftUnlearner, SoftUnlearnerCV
from sk_softunlearn._sklearn import l1_penalty
from sk_softunlearn._steps import _fitting
from sk_softunlearn.curvature import Dual
from sk_softunlearn.datasets import ParquetRows
from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.objectives import Robustness
from tests import elsewhere
from tests.elsewhere import FEATURES, assert_same, corrected

pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra 'parquet')")

LOGISTIC = LogisticRegression(tol=1e-8)
PIPELINE = make_pipeline(StandardScaler(), LOGISTIC)


@pytest.fixture(scope="module")
def frame():
    return elsewhere.table()


@pytest.fixture(scope="module")
def folder(frame, tmp_path_factory):
    return elsewhere.write(frame, tmp_path_factory.mktemp("rows"))


@pytest.fixture
def stored(folder):
    return ParquetRows(folder, columns=FEATURES)


@pytest.mark.parametrize(
    ("classifier", "settings"),
    [
        (LOGISTIC, {"delta": 0.8}),
        (PIPELINE, {"delta": 0.9, "guards": "equal_opportunity", "bounds": (-1.0, 0.5)}),
        (LOGISTIC, {"n_rounds": 1, "objective": "metric", "guards": "log_loss"}),
        (LOGISTIC, {"curvature": "conjugate_gradient", "surrogate": "probability"}),
        (LOGISTIC, {"curvature": "ekfac", "objective": "metric", "on_infeasible": "relax"}),
        # Fewer than there are rows: the same are drawn.
        (LOGISTIC, {"curvature": Dual(500), "objective": "metric", "on_infeasible": "relax"}),
        (RidgeClassifier(), {"delta": 0.6}),
        (
            LogisticRegression(C=0.004, solver="saga", tol=1e-8, max_iter=5000, **l1_penalty(1.0)),
            {},
        ),
    ],
    ids=["default", "pipeline", "one round", "products", "ekfac", "dual", "ridge", "l1"],
)
@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.SoftUnlearnWarning")
def test_rows_in_parquet_files_give_what_memory_gives(frame, stored, classifier, settings):
    fitted = classifier.fit(frame[FEATURES], frame["y"])
    soft = SoftUnlearner(fitted, **settings)
    memory = corrected(soft, frame[FEATURES], frame["y"], frame["g"])
    disk = SoftUnlearner(fitted, **settings)
    disk = corrected(disk, stored, stored.column("y"), stored.column("g"))
    assert_same(memory, disk)
    ours, theirs = (each.audit for each in (memory, disk))
    rows = {"sensitive_features": frame["g"]}
    expected = ours(frame[FEATURES], frame["y"], **rows).frame()
    pd.testing.assert_frame_equal(theirs(stored, frame["y"], **rows).frame(), expected)


def test_validation_rows_may_be_on_disk_and_training_rows_in_memory(frame, stored):
    half = len(frame) // 2
    seen, measured = frame[:half], np.arange(half, len(frame))
    fitted = LOGISTIC.fit(seen[FEATURES], seen["y"])
    rows = {"X_val": frame[FEATURES][half:], "y_val": frame["y"][half:]}
    rows["sensitive_features_val"] = frame["g"][half:]
    memory = corrected(SoftUnlearner(fitted), seen[FEATURES], seen["y"], seen["g"], **rows)
    rows["X_val"] = stored.take(measured)
    disk = corrected(SoftUnlearner(fitted), seen[FEATURES], seen["y"], seen["g"], **rows)
    assert_same(memory, disk)


def test_a_memory_map_is_taken_as_it_is(frame, tmp_path):
    X = frame[FEATURES].to_numpy()
    np.save(tmp_path / "X.npy", X)
    fitted = LOGISTIC.fit(X, frame["y"])
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    memory = corrected(SoftUnlearner(fitted), X, frame["y"], frame["g"])
    assert_same(memory, corrected(SoftUnlearner(fitted), mapped, frame["y"], frame["g"]))


@pytest.mark.parametrize("classifier", [LOGISTIC, PIPELINE], ids=["alone", "pipeline"])
def test_fit_goes_on_from_the_first_rows_to_the_minimum(frame, stored, classifier, monkeypatch):
    # Fewer than there are: the scaler then is that of these rows, in memory as on disk.
    monkeypatch.setattr(_fitting, "FIRST_ROWS", 1000)
    settings = {"delta": 0.7, "random_state": 0}
    disk = SoftUnlearner(classifier, **settings)
    disk.fit(stored, stored.column("y"), sensitive_features=stored.column("g"))
    training = np.flatnonzero(disk.sample_weight_ != 1.0)
    kept = np.delete(np.arange(len(frame)), np.flatnonzero(disk.epsilon_ == 0.0))
    assert set(training) <= set(kept)
    # The exact minimum on the rows that were not held out, by scikit-learn's own solver.
    base = disk.estimator_
    head = base[-1] if hasattr(base, "steps") else base
    held = disk._run.training
    X = frame[FEATURES].iloc[held]
    X = base[:-1].transform(X) if hasattr(base, "steps") else X
    expected = LogisticRegression(tol=1e-12, solver="newton-cholesky").fit(X, frame["y"].iloc[held])
    np.testing.assert_allclose(head.coef_, expected.coef_, atol=1e-7)
    np.testing.assert_allclose(head.intercept_, expected.intercept_, atol=1e-7)
    gone = 1.0 - disk.after_["demographic_parity"] / disk.before_["demographic_parity"]
    assert gone > 0.65


def test_a_frozen_classifier_is_not_fitted(frame, stored):
    fitted = LOGISTIC.fit(frame[FEATURES], frame["y"])
    soft = SoftUnlearner(FrozenEstimator(fitted), delta=0.5)
    soft.fit(stored, frame["y"], sensitive_features=frame["g"])
    assert soft.estimator_ is fitted


def test_rows_are_explained_and_left_out_one_by_one(frame, stored):
    fitted = LOGISTIC.fit(frame[FEATURES], frame["y"])
    soft, other = (SoftUnlearner(fitted, random_state=0) for _ in range(2))
    memory = corrected(soft, frame[FEATURES], frame["y"], frame["g"])
    disk = corrected(other, stored, frame["y"], frame["g"])
    pd.testing.assert_frame_equal(memory.explain_rows(5), disk.explain_rows(5))
    shown, expected = (each.validate("loo", n=3) for each in (disk, memory))
    pd.testing.assert_frame_equal(shown, expected, atol=1e-9)
    report = disk.audit(stored, None, sensitive_features=frame["g"])
    expected = memory.audit(frame[FEATURES], None, sensitive_features=frame["g"])
    pd.testing.assert_frame_equal(report.frame(), expected.frame())


def test_no_more_than_a_few_chunks_are_in_memory(tmp_path):
    n, d = 20_000, 60
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(n, d)), columns=[f"x{k}" for k in range(d)])
    group, y = rng.integers(2, size=n), rng.integers(2, size=n)
    frame["x0"] += group
    y |= frame["x0"] > 1.0
    fitted = LogisticRegression(tol=1e-6).fit(frame, y)
    frame.to_parquet(tmp_path / "rows.parquet", row_group_size=1000)
    size = frame.to_numpy().nbytes
    del frame
    stored = ParquetRows(tmp_path)
    soft = SoftUnlearner(fitted, n_rounds=1, delta=0.2, surrogate="probability")
    tracemalloc.start()
    corrected(soft, stored, y, group)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # 10 MB of rows; a chunk takes 0.5, and each of some twenty vectors 0.2.
    assert peak < 0.6 * size


def test_what_is_not_finite_is_named_by_its_row(frame, folder, tmp_path):
    fitted = LOGISTIC.fit(frame[FEATURES], frame["y"])
    broken = frame.copy()
    broken.loc[2321, "c"] = np.nan
    stored = ParquetRows(elsewhere.write(broken, tmp_path), columns=FEATURES)
    with pytest.raises(ValueError, match=r"'X' must hold finite numbers, .* in row 2321"):
        SoftUnlearner(fitted).fit_influence(stored, frame["y"], sensitive_features=frame["g"])


def test_other_columns_are_refused(frame, folder):
    fitted = LOGISTIC.fit(frame[FEATURES], frame["y"])
    refused = {"must have the 6 features": FEATURES[:3], "in this order": FEATURES[::-1]}
    for said, columns in refused.items():
        with pytest.raises(ValueError, match=said):
            SoftUnlearner(fitted).fit_influence(
                ParquetRows(folder, columns), frame["y"], sensitive_features=frame["g"]
            )


@pytest.mark.parametrize(
    "classifier",
    [MLPClassifier((3,), max_iter=5), HistGradientBoostingClassifier(max_iter=3)],
    ids=["network", "trees"],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_models_that_need_all_rows_say_so(frame, stored, classifier):
    fitted = classifier.fit(frame[FEATURES], frame["y"])
    with pytest.raises(UnsupportedEstimatorError, match="'X' must be in memory for a"):
        SoftUnlearner(fitted).fit_influence(stored, frame["y"], sensitive_features=frame["g"])


@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.SoftUnlearnWarning")
def test_what_needs_all_rows_says_so(frame, stored):
    fitted = LOGISTIC.fit(frame[FEATURES], frame["y"])
    rows = {"sensitive_features": frame["g"]}
    soft = SoftUnlearner(fitted, metric="individual_fairness", delta=0.2)
    with pytest.raises(ValueError, match="needs its rows in memory, got ParquetRows"):
        soft.fit_influence(stored, frame["y"], **rows)
    soft = SoftUnlearner(fitted, metric=Robustness(attack="inf", radius=0.1))
    with pytest.raises(UnsupportedEstimatorError, match="needs all rows in memory"):
        soft.fit_influence(stored, frame["y"], **rows)
    soft = SoftUnlearner(fitted, correction="retrain", n_rounds=1)
    soft.fit_influence(stored, frame["y"], **rows).compute_weights()
    with pytest.raises(UnsupportedEstimatorError, match=r"Retraining .* needs all rows in memory"):
        soft.unlearn()
    sparse_model = LogisticRegression(
        C=0.01, solver="saga", tol=1e-4, random_state=0, **l1_penalty(1.0)
    )
    with pytest.raises(UnsupportedEstimatorError, match="without an L1 penalty"):
        SoftUnlearner(sparse_model).fit(stored, frame["y"], **rows)


def test_predictions_are_made_chunk_by_chunk(frame, stored):
    fitted = LOGISTIC.fit(frame[FEATURES], frame["y"])
    soft = corrected(SoftUnlearner(fitted), stored, frame["y"], frame["g"])
    for name in ("predict", "predict_proba", "predict_log_proba", "decision_function"):
        expected = getattr(soft.unlearned_estimator_, name)(frame[FEATURES])
        np.testing.assert_allclose(getattr(soft, name)(stored), expected, rtol=1e-12)
    some = np.arange(5, len(frame), 7)
    expected = soft.unlearned_estimator_.predict(frame[FEATURES].iloc[some])
    np.testing.assert_array_equal(soft.predict(stored.take(some)), expected)
    assert soft.score(stored, frame["y"]) == soft.score(frame[FEATURES], frame["y"])


def test_chunks_without_rows_are_passed_over(frame, tmp_path):
    frame[:0].to_parquet(tmp_path / "0.parquet")
    frame[:2000].to_parquet(tmp_path / "1.parquet", row_group_size=450)
    frame[:0].to_parquet(tmp_path / "2.parquet")
    frame[2000:].to_parquet(tmp_path / "3.parquet")
    rows = ParquetRows(tmp_path, columns=FEATURES)
    fitted = PIPELINE.fit(frame[FEATURES], frame["y"])
    memory = corrected(SoftUnlearner(fitted), frame[FEATURES], frame["y"], frame["g"])
    assert_same(memory, corrected(SoftUnlearner(fitted), rows, rows.column("y"), frame["g"]))
    soft = SoftUnlearner(PIPELINE, random_state=0)
    soft.fit(rows, frame["y"], sensitive_features=frame["g"])


def test_what_is_no_number_is_refused_with_a_sentence(frame, tmp_path):
    fitted = LOGISTIC.fit(frame[FEATURES], frame["y"])
    texts = frame.assign(b=np.where(frame["b"] > 0, "high", "low"))
    gone = frame.assign(b=frame["b"].round().astype("Int64"))
    gone.loc[2321, "b"] = pd.NA
    for kind, (broken, said) in enumerate([(texts, "must hold numbers"), (gone, "in row 2321")]):
        folder = tmp_path / str(kind)
        folder.mkdir()
        rows = ParquetRows(elsewhere.write(broken, folder), columns=FEATURES)
        with pytest.raises(ValueError, match=f"'X' .*{said}"):
            SoftUnlearner(fitted).fit_influence(rows, frame["y"], sensitive_features=frame["g"])


def test_the_first_rows_must_have_every_class(frame, tmp_path, monkeypatch):
    monkeypatch.setattr(_fitting, "FIRST_ROWS", 500)
    ordered = frame.sort_values("y", ignore_index=True)
    rows = ParquetRows(elsewhere.write(ordered, tmp_path), columns=FEATURES)
    with pytest.raises(ValueError, match=r"rows of every class among the first .* none of \[1\]"):
        SoftUnlearner(LOGISTIC).fit(rows, ordered["y"], sensitive_features=ordered["g"])


def test_rows_are_not_made_an_array(frame, stored):
    with pytest.raises(TypeError, match="ParquetRows cannot be made an array"):
        np.asarray(stored)
    with pytest.raises(ValueError, match="'X' must be in memory for a SoftUnlearnerCV"):
        SoftUnlearnerCV(LOGISTIC).fit(stored, frame["y"], sensitive_features=frame["g"])
    with pytest.raises(ValueError, match="'positions' must be ascending"):
        stored.take(np.array([1500, 1]))
