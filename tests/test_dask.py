"""Rows on a Dask cluster: the same answers as in memory, also where a worker is lost."""

import os
import signal
import threading

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_softunlearn import SoftUnlearner
from tests import elsewhere
from tests.elsewhere import FEATURES, assert_same, corrected

dask = pytest.importorskip("dask", reason="Dask is not installed (extra 'distributed')")
distributed = pytest.importorskip(
    "distributed", reason="dask.distributed is not installed (extra 'distributed')"
)
da = pytest.importorskip("dask.array")
dd = pytest.importorskip("dask.dataframe")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

LOGISTIC = LogisticRegression(tol=1e-8)


@pytest.fixture(scope="module")
def frame():
    return elsewhere.table()


def in_chunks(values, length=650):
    return da.from_array(np.asarray(values), chunks=(length, *np.shape(values)[1:]))


@pytest.mark.parametrize(
    "settings",
    [
        {"delta": 0.8},
        {"delta": 0.9, "guards": "equal_opportunity", "bounds": (-1.0, 0.5)},
        {"n_rounds": 1, "objective": "metric", "guards": "log_loss"},
    ],
    ids=["default", "guard and bounds", "one round"],
)
@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.SoftUnlearnWarning")
def test_arrays_give_what_memory_gives(frame, settings):
    X, y, groups = frame[FEATURES].to_numpy(), frame["y"], frame["g"] == "men"
    fitted = LOGISTIC.fit(X, y)
    memory = corrected(SoftUnlearner(fitted, **settings), X, y, groups)
    # Columns in several chunks, too: they are brought together.
    rows = da.from_array(X, chunks=(650, 4))
    cluster = SoftUnlearner(fitted, **settings)
    cluster = corrected(cluster, rows, in_chunks(y), in_chunks(groups))
    assert_same(memory, cluster)
    report = cluster.audit(rows, in_chunks(y), sensitive_features=in_chunks(groups))
    expected = memory.audit(X, y, sensitive_features=groups)
    pd.testing.assert_frame_equal(report.frame(), expected.frame())


@pytest.mark.parametrize("alone", [True, False], ids=["alone", "pipeline"])
def test_dataframes_give_what_memory_gives(frame, tmp_path, alone):
    classifier = LOGISTIC if alone else make_pipeline(StandardScaler(), LOGISTIC)
    fitted = classifier.fit(frame[FEATURES], frame["y"])
    memory = corrected(SoftUnlearner(fitted), frame[FEATURES], frame["y"], frame["g"])
    table = dd.read_parquet(elsewhere.write(frame, tmp_path))
    cluster = corrected(SoftUnlearner(fitted), table[FEATURES], table["y"], table[["g"]])
    assert_same(memory, cluster)


def test_fit_on_chunks_is_at_the_minimum(frame):
    soft = SoftUnlearner(LOGISTIC, delta=0.7, random_state=0)
    X = frame[FEATURES].to_numpy()
    soft.fit(in_chunks(X), in_chunks(frame["y"]), sensitive_features=frame["g"])
    seen = soft._run.training
    expected = LogisticRegression(tol=1e-12, solver="newton-cholesky")
    expected.fit(X[seen], frame["y"].iloc[seen])
    np.testing.assert_allclose(soft.estimator_.coef_, expected.coef_, atol=1e-7)


def make_rows(seed):
    """Rows that are made anew whenever they are asked for."""
    return np.random.default_rng(seed).normal(size=(5000, 4))


def test_a_worker_that_is_killed_changes_nothing():
    X = np.vstack([make_rows(seed) for seed in range(8)])
    rng = np.random.default_rng(99)
    group = rng.integers(2, size=len(X))
    y = (X.sum(axis=1) + group + rng.logistic(size=len(X)) > 0.5).astype(int)
    fitted = LOGISTIC.fit(X, y)
    settings = {"n_rounds": 1, "delta": 0.2, "surrogate": "probability"}
    memory = corrected(SoftUnlearner(fitted, **settings), X, y, group)
    make = dask.delayed(make_rows)
    blocks = [da.from_delayed(make(seed), shape=(5000, 4), dtype=float) for seed in range(8)]
    soft = SoftUnlearner(fitted, **settings)
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 10}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50
        ) as cluster,
        distributed.Client(cluster),
    ):
        soft.fit_influence(da.concatenate(blocks), y, sensitive_features=group)
        worker, killed = next(iter(cluster.workers.values())).process.process.pid, []

        def kill():
            os.kill(worker, signal.SIGKILL)
            killed.append(worker)

        timer = threading.Timer(0.3, kill)
        timer.start()
        soft.compute_weights().unlearn()
        timer.join()
    assert killed
    assert_same(memory, soft)


def test_predictions_of_dask_rows_are_made_chunk_by_chunk(frame):
    X = frame[FEATURES].to_numpy()
    soft = corrected(SoftUnlearner(LOGISTIC.fit(X, frame["y"])), X, frame["y"], frame["g"])
    np.testing.assert_array_equal(soft.predict(in_chunks(X)), soft.predict(X))


def test_a_first_chunk_without_rows_is_passed_over(frame):
    classifier = make_pipeline(StandardScaler(), LOGISTIC)
    kept = frame.assign(number=np.arange(len(frame)))
    table = dd.from_pandas(kept, npartitions=6)
    table, kept = (rows[rows["number"] >= 1250] for rows in (table, kept))
    fitted = classifier.fit(kept[FEATURES], kept["y"])
    memory = corrected(SoftUnlearner(fitted), kept[FEATURES], kept["y"], kept["g"])
    cluster = corrected(SoftUnlearner(fitted), table[FEATURES], table["y"], table["g"])
    assert_same(memory, cluster)


def test_what_is_no_table_is_refused(frame):
    X = frame[FEATURES].to_numpy()
    fitted = LOGISTIC.fit(X, frame["y"])
    for rows in (in_chunks(X[:, 0]), dask.delayed(make_rows)(0)):
        with pytest.raises(TypeError, match="'X' must be a Dask array or dataframe"):
            SoftUnlearner(fitted).fit_influence(rows, frame["y"], sensitive_features=frame["g"])
