"""Bars that follow the work of a report."""

import pytest

from sk_softunlearn import SoftUnlearner
from sk_softunlearn._cli._progress import DRAWS, followed
from tests.cases import logistic, unfair

pytest.importorskip("sklearn.callback")


def test_every_draw_and_every_delta_moves_the_bar():
    pytest.importorskip("jinja2")
    X, y, group = unfair(300)
    soft = SoftUnlearner(logistic(), random_state=0, n_rounds=1, min_group_rows=1)
    soft.fit(X[["a", "b"]], y, sensitive_features=group)
    report, moved = soft.audit(X[["a", "b"]], y, sensitive_features=group), []
    with followed(report, moved.append):
        report.intervals()
    assert moved == [1] * DRAWS
    with followed(report, moved.append):
        report.to_html(deltas=3)
    assert moved == [1] * (2 * DRAWS + 3)
    report.intervals(10)
    assert len(moved) == 2 * DRAWS + 3
