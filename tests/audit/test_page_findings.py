"""What a reader of the page must not miss."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.audit._group_rates import large_differences
from sk_softunlearn.audit._page_findings import about_noise, is_exceeded, list_findings
from sk_softunlearn.losses import LogisticLoss
from sk_softunlearn.objectives import EvaluationRows
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


@pytest.fixture
def report():
    X, y, group = unfair(600)
    X = X[["a", "b"]]
    soft = SoftUnlearner(
        LogisticRegression(), surrogate="probability", delta=0.1, random_state=0, n_rounds=1
    )
    return soft.fit(X, y, sensitive_features=group).audit(X, y, sensitive_features=group)


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        ((0.10, 0.15), "The difference of selection rates grew on these rows: 0.100 to 0.150."),
        ((0.10, 0.11), "The difference of selection rates has not fallen on these rows:"),
        ((0.10, -0.15), "The difference of selection rates grew on these rows:"),
        ((0.10, 0.09), None),
        ((0.01, 0.01), None),
        # Two hundredths are worth a sentence, of a gap that stays and of one that grows.
        ((0.019, 0.019), None),
        ((0.021, 0.021), "The difference of selection rates has not fallen on these rows:"),
        ((0.01, 0.029), None),
        ((0.01, 0.031), "The difference of selection rates grew on these rows:"),
    ],
)
def test_a_gap_of_decisions_that_stays_is_told(report, gap, said):
    report.gaps["label"] = gap
    told = [text for text in list_findings(report) if text.startswith("The difference of sel")]
    assert len(told) == (said is not None)
    assert said is None or told[0].startswith(said)


def test_differences_of_groups_with_few_rows_are_no_finding():
    rng = np.random.default_rng(0)
    groups, target = rng.integers(3, size=900), rng.integers(2, size=900)
    groups[:40], target[:40] = 3, np.arange(40) < 5
    raw = rng.normal(size=(900, 1)) + groups[:, None] / 2
    rows = EvaluationRows(
        *(LogisticLoss(), target, np.ones(900), np.arange(2), 1, groups, tuple("abcd"), None, 30)
    )
    found, chosen = large_differences(rows, raw), raw[:, 0] > 0
    large = (groups < 3) & (target == 1)
    rates = [chosen[large & (groups == k)].mean() for k in range(3)]
    assert found["true_positive_rate"] == pytest.approx(max(rates) - min(rates))
    rates = [chosen[groups == k].mean() for k in range(4)]
    assert found["selection_rate"] == pytest.approx(max(rates) - min(rates))
    against = large_differences(rows, raw, "b")["selection_rate"]
    assert against == pytest.approx(max(abs(rate - rates[1]) for rate in rates))


def test_lost_accuracy_and_moved_answers_are_told(report):
    assert not any("accuracy fell" in text or "answer:" in text for text in list_findings(report))
    raw, _ = report.raw_predictions
    # Nobody gets the favourable answer.
    report.raw_predictions = raw, np.full_like(raw, -3.0)
    truth = report.rows.target == report.rows.positive
    before = np.mean((raw[:, 0] > 0) == truth)
    found = list_findings(report)
    assert f"The accuracy fell on these rows: {before:.3f} to {1 - truth.mean():.3f}." in found
    chosen = np.mean(raw > 0)
    assert f"Fewer rows get the favourable answer: 0.0% now, {chosen:.1%} before." in found
    report.raw_predictions = report.raw_predictions[::-1]
    assert any(text.startswith("More rows get the favourable") for text in list_findings(report))
    report.raw_predictions = raw, raw
    assert "No decision has changed." in list_findings(report)
    # Nor has a difference between groups grown, large as they are.
    assert max(large_differences(report.rows, raw, report.reference).values()) > 0.02
    assert told(report, "The difference between groups") == []
    report.raw_predictions = abs(raw), abs(raw)
    assert "No decision has changed. Every row gets the same answer." in list_findings(report)


def told(report, start):
    return [text for text in list_findings(report) if text.startswith(start)]


@pytest.mark.parametrize(("gone", "said"), [(0.76, False), (0.74, True)])
def test_less_than_three_quarters_of_what_was_asked_is_said(report, gone, said):
    before = report.measured[0]["demographic_parity"]
    report.measured[1]["demographic_parity"] = before * (1 - gone * 0.1)
    assert bool(told(report, "On these rows")) == said


@pytest.mark.parametrize(("factor", "said"), [(1.019, False), (1.021, True)])
def test_an_objective_that_got_worse_by_a_fiftieth_is_said(report, factor, said):
    report.measured[1]["log_loss"] = factor * report.measured[0]["log_loss"]
    assert bool(told(report, "The log loss got worse")) == said


def flipped(report, rows):
    """The report where some rows get the other answer."""
    raw = report.raw_predictions[0]
    other = raw.copy()
    other[rows] *= -1.0
    report.raw_predictions = raw, other


@pytest.mark.parametrize(("count", "said"), [(11, False), (13, True)])
def test_accuracy_that_fell_by_two_hundredths_is_said(report, count, said):
    right = (report.raw_predictions[0][:, 0] > 0) == (report.rows.target == 1)
    flipped(report, np.flatnonzero(right)[:count])
    assert bool(told(report, "The accuracy fell")) == said


@pytest.mark.parametrize(("count", "said"), [(29, False), (31, True)])
def test_answers_of_a_twentieth_of_the_rows_are_said(report, count, said):
    flipped(report, np.flatnonzero(report.raw_predictions[0][:, 0] > 0)[:count])
    assert bool(told(report, "Fewer rows get the favourable answer")) == said
