"""scikit-learn's callbacks are told how far a fit is."""

import numpy as np
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


def test_a_progress_bar_of_scikit_learn(capsys):
    pytest.importorskip("rich")
    soft = SoftUnlearner(LogisticRegression()).set_callbacks(callback.ProgressBar())
    soft.fit(X, Y, sensitive_features=GROUP)
    assert "SoftUnlearner" in capsys.readouterr().out
    search = GridSearchCV(SoftUnlearner(LogisticRegression()), {"delta": [0.3, 0.6]}, cv=2)
    search.set_callbacks(callback.ProgressBar()).fit(X, Y, sensitive_features=GROUP)
    assert "GridSearchCV" in capsys.readouterr().out
