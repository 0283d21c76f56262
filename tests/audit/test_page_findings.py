"""What a reader of the page must not miss."""

from types import SimpleNamespace

import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.audit._page_findings import about_noise, is_exceeded, list_findings
from tests.cases import unfair


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-0.4, -0.1, "got worse on these rows by more than their noise"),
        (-0.4, 0.1, "cannot be told from their noise"),
        (0.0, 0.1, "cannot be told from their noise"),
        (0.1, 0.4, None),
        (float("nan"), float("nan"), None),
    ],
)
def test_both_ends_of_the_interval_are_looked_at(low, high, said):
    report = SimpleNamespace(metric="m", measured=({"m": 1.0}, {"m": 0.5}))
    rows = pd.DataFrame(
        {("gone", "low"): [low], ("gone", "high"): [high]},
        index=pd.MultiIndex.from_tuples([("rows", "m")]),
    )
    found = about_noise(report, rows)
    assert [said in text for text in found] == ([] if said is None else [True])


def test_a_guard_that_is_counted_may_miss_by_one_row():
    guarded = {"guards": {"g": 0.0}, "validation": ({"g": 0.100}, {"g": 0.105})}
    assert is_exceeded(SimpleNamespace(**guarded, grain={}), "g")
    assert not is_exceeded(SimpleNamespace(**guarded, grain={"g": 0.006}), "g")


@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.GuardExceededWarning")
def test_an_exceeded_guard_and_a_gap_that_grew_are_told():
    X, y, group = unfair(1500)
    soft = SoftUnlearner(
        LogisticRegression(), guards={"log_loss": 1e-6}, n_rounds=1, delta=0.9, random_state=0
    )
    X = X[["a", "b"]]
    report = soft.fit(X, y, sensitive_features=group).audit(X, y, sensitive_features=group)
    assert is_exceeded(report, "log_loss")
    assert any("The guard on the log loss was exceeded" in text for text in list_findings(report))
    report.measured = report.measured[0], report.measured[0] | {"demographic_parity": 0.9}
    (told,) = (text for text in list_findings(report) if "got worse: it grew by" in text)
    assert "-" not in told
