"""What a run finds amiss: the sentences are tested where users meet them, the limits here."""

import warnings
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from sk_softunlearn import SoftUnlearner
from sk_softunlearn._steps._findings import (
    warn_of_small_groups,
    warn_of_the_fit,
)
from sk_softunlearn._steps._objectives import find_objectives
from sk_softunlearn.curvature import Exact
from sk_softunlearn.exceptions import (
    FidelityWarning,
    NotStationaryWarning,
    SmallGroupWarning,
)
from sk_softunlearn.losses import LogisticLoss
from sk_softunlearn.objectives import EvaluationRows, Panel
from sk_softunlearn.views import read_view
from tests.cases import fitted, view


def test_a_converged_fit_is_not_complained_of():
    seen = view("lbfgs")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_the_fit(seen, Exact().invert(seen, seen.sample_weight))


def test_weights_that_the_fit_has_not_seen_are_noticed():
    estimator, X, y, _ = fitted("lbfgs")
    weight = np.where(X[:, 0] > 0, 3.0, 0.2)
    seen = read_view(estimator, X, y, weight)
    with pytest.warns(NotStationaryWarning, match="sample_weight that it was fitted on"):
        warn_of_the_fit(seen, Exact().invert(seen, seen.sample_weight))


@pytest.mark.parametrize(
    ("gained", "per_row", "said"),
    [
        # A loss that could be gained is said on its own from a thousandth of a nat on.
        (1.1e-3, 1e-5, True),
        (0.9e-3, 1e-5, False),
        # From a tenth of that on, where the gradient is larger than a default tolerance leaves it.
        (1.1e-4, 3.3e-4, True),
        (0.9e-4, 3.3e-4, False),
        (1.1e-4, 2.7e-4, False),
    ],
)
def test_how_far_from_its_minimum_a_fit_is_called_so(gained, per_row, said):
    """One parameter of 40 rows: the bend follows from the loss that is gained and the gradient."""
    gradient = np.array([40 * per_row, 0.0])
    inverse = np.diag([2 * 40 * gained / gradient[0] ** 2, 1.0])
    seen = SimpleNamespace(
        stops_early=False, fidelity=None, remainder=gradient, sample_weight=np.ones(40)
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert warn_of_the_fit(seen, SimpleNamespace(to=lambda tol: inverse)) == said
    assert [each.category for each in caught] == [NotStationaryWarning] * said


@pytest.mark.parametrize(("off", "said"), [(0.009, False), (0.011, True)])
def test_trees_are_not_understood_from_a_hundredth_of_a_raw_prediction_on(off, said):
    seen = SimpleNamespace(stops_early=False, fidelity=off, classifier=None)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert warn_of_the_fit(seen, None) == said
    assert [each.category for each in caught] == [FidelityWarning] * said


@pytest.mark.parametrize(("tol", "said"), [(1e-4, True), (1e-12, False)])
def test_a_metric_that_the_fit_leaves_open_is_said(tol, said):
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=400)
    groups = rng.integers(2, size=400)
    X = np.column_stack([5.0 * (2 * y - 1), rng.normal(size=400) + groups])
    separable = LogisticRegression(C=1e3, tol=tol, max_iter=10_000).fit(X, y)
    soft = SoftUnlearner(separable, surrogate="probability", metric="equalized_odds")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        soft.fit_influence(X, y, sensitive_features=groups)
    told = [str(each.message) for each in caught if each.category is NotStationaryWarning]
    assert len(told) == said
    assert not said or "A longer fit would give other weights" in told[0]


def grouped(sizes, least, favourable=None):
    """Rows of groups a, b, c ... of these sizes, so many of each favourable."""
    groups = np.repeat(np.arange(len(sizes)), sizes)
    target = np.zeros(len(groups), dtype=int)
    for group, count in enumerate(sizes if favourable is None else favourable):
        target[np.flatnonzero(groups == group)[:count]] = 1
    names = tuple("abcdefgh"[: len(sizes)])
    return EvaluationRows(
        LogisticLoss(), target, np.ones(len(groups)), np.arange(2), 1, groups, names, None, least
    )


def small(rows, metric):
    asked = find_objectives(metric, None)
    view = SimpleNamespace(raw_prediction=np.linspace(-1, 1, len(rows.target))[:, None])
    warn_of_small_groups(Panel(asked.named, view, rows), asked, rows.group_names)


def test_small_groups_are_named_with_their_rows():
    with pytest.warns(
        SmallGroupWarning, match=r"fewer than 30 validation rows .*: b \(7\)\. They do"
    ):
        small(grouped([100, 7, 90], 30), "demographic_parity")
    with pytest.warns(SmallGroupWarning, match=r"c \(0\)\. They do not count"):
        small(grouped([100, 80, 90], 30, [60, 50, 0]), "equal_opportunity")
    with pytest.warns(SmallGroupWarning, match=r"a \(29\)\. They count all the same"):
        small(grouped([29, 80], 30), "worst_group_loss")


def test_all_groups_count_if_fewer_than_two_are_large():
    with pytest.warns(SmallGroupWarning, match=r"a \(29\)\. All groups count"):
        small(grouped([29, 80], 30), "demographic_parity")


def test_large_groups_are_not_complained_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        small(grouped([30, 31], 30), "demographic_parity")
        small(grouped([80, 90], 30, [40, 45]), "equalized_odds")


def test_the_sentence_stays_short_with_many_groups():
    rows = grouped([40, 40], 30)
    names = tuple(f"a group with a long name {k}" for k in range(400))
    groups = np.arange(80) * 5
    with pytest.warns(SmallGroupWarning, match="and [0-9]+ more") as caught:
        small(replace(rows, groups=groups, group_names=names), "demographic_parity")
    assert all(len(str(w.message)) < 500 for w in caught)
