"""What a run finds amiss: the sentences are tested where users meet them, the limits here."""

import warnings

import numpy as np
import pytest

from sk_softunlearn._rows import Rows
from sk_softunlearn._steps._findings import (
    warn_if_missed,
    warn_if_not_stationary,
    warn_of_small_groups,
)
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


def missed(promised, after, delta=0.5, furthest=1.0):
    return warn_if_missed("gap", delta, furthest, promised, {"gap": 0.2}, {"gap": after})


@pytest.mark.parametrize(
    "kept",
    [
        {"promised": 0.1, "after": 0.1},
        {"promised": 0.05, "after": 0.19},
        {"promised": 0.1, "after": 0.02},
        {"promised": 0.2, "after": -0.009, "delta": 1.0},
    ],
)
def test_what_was_not_promised_is_not_missed(kept):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        missed(**kept)


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ({"promised": 0.1, "after": 0.15}, r"0\.5 of gap was asked, 0\.25 was measured"),
        ({"promised": 0.1, "after": -0.02}, r"1\.1 was measured .* on the other side of 0"),
        ({"promised": 0.01, "after": -0.3}, "on the other side of 0"),
        ({"promised": 0.1, "after": 0.05, "furthest": 0.6}, "past 0.6, further than 'max_impr"),
        ({"promised": 0.1, "after": np.nan}, "the correction has diverged"),
        ({"promised": 0.1, "after": -np.inf}, "the correction has diverged"),
    ],
)
def test_too_little_and_too_much_are_said(broken, sentence):
    with pytest.warns(DeltaNotReachedWarning, match=sentence):
        missed(**broken)


def test_small_groups_are_named_with_their_rows():
    groups = np.repeat([0, 1], [100, 7])
    with pytest.warns(SmallGroupWarning, match=r"rare \(7\)"):
        warn_of_small_groups(Rows(None, groups, None, groups, ("common", "rare")))
