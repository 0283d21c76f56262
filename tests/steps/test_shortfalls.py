"""What weights have not brought: sentences are tested where users meet them, limits here."""

import warnings

import numpy as np
import pytest

from sk_softunlearn._steps._shortfalls import (
    warn_if_missed,
    warn_of_lost_classes,
)
from sk_softunlearn.exceptions import (
    DeltaNotReachedWarning,
    SoftUnlearnWarning,
)
from tests.cases import view
from tests.tree_cases import tree_view


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


@pytest.mark.parametrize(
    ("guarded", "loosened"), [(True, "Loosen 'bounds' or 'guards',"), (False, "Loosen 'bounds',")]
)
def test_guards_are_named_where_there_are_some(guarded, loosened):
    with pytest.warns(DeltaNotReachedWarning, match=loosened):
        warn_if_missed(
            "gap", 0.5, 1.0, 0.1, {"gap": 0.2}, {"gap": 0.2}, rounds=True, guarded=guarded
        )


def test_weights_that_leave_nothing_of_a_class_are_warned_of_with_trees():
    seen = tree_view("hist")
    gone = np.where(seen.target == 1, -1.0, 0.5)
    with pytest.warns(SoftUnlearnWarning, match="leave no row of the class 'yes', and the"):
        warn_of_lost_classes(seen, gone)
    few = np.where(np.arange(len(gone)) == np.argmax(seen.target), 0.0, gone)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_lost_classes(seen, few)
        warn_of_lost_classes(view("lbfgs"), np.where(view("lbfgs").target == 1, -1.0, 0.0))
