"""scikit-learn's callbacks are told how far a fit is."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from sk_softunlearn import SoftUnlearner, SoftUnlearnerCV

callback = pytest.importorskip("sklearn.callback")
RNG = np.random.default_rng(0)
GROUP = RNG.integers(2, size=600)
X = RNG.normal(size=(600, 2)) + GROUP[:, None]
Y = (X[:, 0] + RNG.logistic(size=600) > 0.5).astype(int)


class Listener:
    """Notes which tasks began and ended."""

    def __init__(self):
        self.told = []

    def setup(self, estimator, context):
        self.told.append(f"setup {type(estimator).__name__}")

    def on_fit_task_begin(self, estimator, context):
        self.told.append(f"begin {context.task_name}")

    def on_fit_task_end(self, estimator, context):
        self.told.append(f"end {context.task_name}")

    def teardown(self, estimator, context):
        self.told.append("teardown")


def both(*names):
    return [f"{when} {name}" for name in names for when in ("begin", "end")]


def test_the_steps_of_a_fit():
    listener = Listener()
    soft = SoftUnlearner(LogisticRegression()).set_callbacks(listener)
    soft.fit(X, Y, sensitive_features=GROUP)
    steps = both("training", "influence", "weights", "correction")
    assert listener.told == ["setup SoftUnlearner", "begin fit", *steps, "end fit", "teardown"]


def test_callbacks_change_no_result_and_see_the_end_of_a_fit_that_fails():
    alone = SoftUnlearner(LogisticRegression(), random_state=0).fit(X, Y, sensitive_features=GROUP)
    listener = Listener()
    told = clone(alone).set_callbacks(listener).fit(X, Y, sensitive_features=GROUP)
    np.testing.assert_array_equal(told.epsilon_, alone.epsilon_)
    with pytest.raises(ValueError, match="'delta'"):
        told.set_params(delta=2.0).fit(X, Y, sensitive_features=GROUP)
    tired = clone(told).set_params(delta=1.0, bounds=(-0.01, 0.01))
    with pytest.raises(ValueError, match="cannot be reached"):
        tired.fit(X, Y, sensitive_features=GROUP)
    assert listener.told[-1] == "teardown"


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_the_folds_of_a_search(n_jobs):
    listener = Listener()
    soft = SoftUnlearner(LogisticRegression(), min_group_rows=1)
    search = SoftUnlearnerCV(soft, deltas=[0.3, 0.6], cv=3, n_jobs=n_jobs).set_callbacks(listener)
    search.fit(X, Y, sensitive_features=GROUP)
    steps = both("fold 1", "fold 2", "fold 3", "all rows")
    assert listener.told == ["setup SoftUnlearnerCV", "begin fit", *steps, "end fit", "teardown"]


def fitted(listener):
    soft = SoftUnlearner(LogisticRegression(), random_state=0, n_rounds=1, objective="metric")
    soft.fit(X, Y, sensitive_features=GROUP)
    return soft.set_callbacks(listener)


@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.DeltaNotReachedWarning")
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_checks_and_paths_tell_too(n_jobs):
    listener = Listener()
    soft = fitted(listener).set_params(n_jobs=n_jobs)
    for name, unit, look in (
        ("validate", "row", lambda: soft.validate(n=3)),
        ("validate", "share", lambda: soft.validate("retrain", n=3)),
        ("delta_path", "delta", lambda: soft.delta_path([0.1, 0.2, 0.3])),
    ):
        listener.told.clear()
        look()
        units = both(*(f"{unit} {k}" for k in (1, 2, 3)))
        start = ["setup SoftUnlearner", f"begin {name}"]
        assert listener.told == [*start, *units, f"end {name}", "teardown"]


@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.DeltaNotReachedWarning")
def test_a_report_tells_those_of_its_estimator():
    listener = Listener()
    soft = fitted(listener)
    report = soft.audit(X, Y, sensitive_features=GROUP)
    listener.told.clear()
    told = report.intervals(2)
    units = both("draw 1", "draw 2", "draw 1", "draw 2")
    start = ["setup AuditReport", "begin intervals"]
    assert listener.told == [*start, *units, "end intervals", "teardown"]
    listener.told.clear()
    copy.deepcopy(report).intervals(1)
    assert "setup AuditReport" in listener.told
    stored = pickle.loads(pickle.dumps(report))
    assert not hasattr(stored, "_skl_callbacks")
    assert hasattr(report, "_skl_callbacks")
    silent = clone(soft).set_callbacks().fit(X, Y, sensitive_features=GROUP)
    alone = silent.audit(X, Y, sensitive_features=GROUP).intervals(2)
    pd.testing.assert_frame_equal(alone, told)


def test_a_progress_bar_of_scikit_learn(capsys):
    pytest.importorskip("rich")
    soft = SoftUnlearner(LogisticRegression()).set_callbacks(callback.ProgressBar())
    soft.fit(X, Y, sensitive_features=GROUP)
    assert "SoftUnlearner" in capsys.readouterr().out
    search = GridSearchCV(SoftUnlearner(LogisticRegression()), {"delta": [0.3, 0.6]}, cv=2)
    search.set_callbacks(callback.ProgressBar()).fit(X, Y, sensitive_features=GROUP)
    assert "GridSearchCV" in capsys.readouterr().out
