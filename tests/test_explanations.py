"""What a SoftUnlearner shows of what it did."""

import numpy as np
import pytest

from sk_softunlearn import SoftUnlearner
from tests.cases import step_by_step


def test_delta_path_is_what_the_steps_measure(fitted, halves):
    soft = step_by_step(SoftUnlearner(fitted, delta=0.5), halves)
    path = soft.delta_path([0.1, 0.5])
    measured = soft.after_["demographic_parity"] - soft.before_["demographic_parity"]
    assert path.loc[0.5, "measured_demographic_parity"] == pytest.approx(measured, rel=1e-9)
    assert path.loc[0.1, "requested_demographic_parity"] == pytest.approx(
        -0.1 * soft.before_["demographic_parity"]
    )


def test_explain_rows_is_indexed_like_X(fitted, halves):
    (X, y, group), _ = halves
    soft = step_by_step(SoftUnlearner(fitted), halves)
    rows = soft.explain_rows(n=7)
    assert len(rows) == 7
    first = rows.index[0]
    assert abs(rows.loc[first, "epsilon"]) == np.abs(soft.epsilon_).max()
    assert rows.loc[first, "group"] == group.loc[first]
    assert rows.loc[first, "label"] == y[X.index.get_loc(first)]
    assert len(soft.explain_rows(None)) == len(X)
