"""What a run finds amiss: the sentences are tested where users meet them, the limits here."""

import warnings

import numpy as np
import pytest

from sk_softunlearn._findings import (
    warn_if_missed,
    warn_if_not_stationary,
    warn_of_small_groups,
)
from sk_softunlearn._rows import Rows
from sk_softunlearn.curvature import Exact
from sk_softunlearn.exceptions import (
    DeltaNotReachedWarning,
    NotStationaryWarning,
    SmallGroupWarning,
)
from sk_softunlearn.views import read_view
from tests.cases import fitted, view


def test_a_converged_fit_is_not_complained_of():
    seen = view("lbfgs")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_if_not_stationary(seen, Exact().invert(seen, seen.sample_weight))


def test_weights_that_the_fit_has_not_seen_are_noticed():
    estimator, X, y, _ = fitted("lbfgs")
    weight = np.where(X[:, 0] > 0, 3.0, 0.2)
    seen = read_view(estimator, X, y, weight)
    with pytest.warns(NotStationaryWarning, match="sample_weight that it was fitted on"):
        warn_if_not_stationary(seen, Exact().invert(seen, seen.sample_weight))


def test_only_a_promise_that_is_not_kept_is_a_miss():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_if_missed("gap", 0.5, promised=0.1, before={"gap": 0.2}, after={"gap": 0.1})
        warn_if_missed("gap", 0.5, promised=0.05, before={"gap": 0.2}, after={"gap": 0.19})
    with pytest.warns(DeltaNotReachedWarning, match=r"0\.5 of gap was asked, 0\.25 was measured"):
        warn_if_missed("gap", 0.5, promised=0.1, before={"gap": 0.2}, after={"gap": 0.15})


def test_small_groups_are_named_with_their_rows():
    groups = np.repeat([0, 1], [100, 7])
    with pytest.warns(SmallGroupWarning, match=r"rare \(7\)"):
        warn_of_small_groups(Rows(None, groups, None, groups, ("common", "rare")))
