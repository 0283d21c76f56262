"""The report: rates as fairlearn counts them, and numbers that say the same everywhere."""

import copy
import pickle
import re
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import (
    MetricFrame,
    false_negative_rate,
    false_positive_rate,
    selection_rate,
    true_positive_rate,
)
from markupsafe import escape
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss, precision_score

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.audit import AuditReport
from sk_softunlearn.exceptions import SoftUnlearnError
from sk_softunlearn.objectives import TargetLoss
from tests.cases import PAPER, logistic, raw_pipeline, unfair

METRICS = {
    "selection_rate": selection_rate,
    "true_positive_rate": true_positive_rate,
    "false_positive_rate": false_positive_rate,
    "false_negative_rate": false_negative_rate,
    "precision": precision_score,
    "accuracy": accuracy_score,
}


@pytest.fixture(scope="module")
def audited():
    rng = np.random.default_rng(0)
    group = rng.choice(["a", "b", "c"], size=3000)
    X = rng.normal(size=(3000, 3))
    X[:, 0] += group == "b"
    y = (X.sum(axis=1) + rng.logistic(size=3000) > 0.5).astype(int)
    weight = rng.uniform(0.5, 2, 3000)
    soft = SoftUnlearner(LogisticRegression(), random_state=0, **PAPER).fit(
        X, y, sensitive_features=group
    )
    report = soft.audit(X, y, sensitive_features=group, sample_weight=weight)
    return soft, report, X, y, group, weight


@pytest.mark.parametrize("when", ["before", "after"])
def test_rates_are_those_of_fairlearn(audited, when):
    soft, report, X, y, group, weight = audited
    assert isinstance(report, AuditReport)
    model = soft.estimator_ if when == "before" else soft.unlearned_estimator_
    expected = MetricFrame(
        metrics=METRICS,
        y_true=y,
        y_pred=model.predict(X),
        sensitive_features=group,
        sample_params={name: {"sample_weight": weight} for name in METRICS},
    )
    frame = report.frame(n_boot=0)
    for name in METRICS:
        rates = frame.loc[["a", "b", "c"], (name, when)]
        np.testing.assert_allclose(rates, expected.by_group[name])
        assert frame.loc["overall", (name, when)] == pytest.approx(expected.overall[name])
        assert frame.loc["difference", (name, when)] == pytest.approx(expected.difference()[name])
        assert frame.loc["ratio", (name, when)] == pytest.approx(expected.ratio()[name])
    loss = log_loss(y, model.predict_proba(X), sample_weight=weight)
    assert frame.loc["overall", ("log_loss", when)] == pytest.approx(loss)
    assert frame.loc["overall", ("count", "rows")] == 3000
    mean = np.average(model.predict_proba(X)[:, 1], weights=weight)
    assert frame.loc["overall", ("mean_probability", when)] == pytest.approx(mean)


def test_intervals_hold_the_rate_and_are_of_its_size(audited):
    _, report, *_ = audited
    frame = report.frame(n_boot=300)
    part = frame["accuracy"].drop(["difference", "ratio"])
    assert (part["after_low"] < part["after"]).all()
    assert (part["after"] < part["after_high"]).all()
    width = part.loc["overall", "after_high"] - part.loc["overall", "after_low"]
    p = part.loc["overall", "after"]
    assert width == pytest.approx(2 * 1.96 * np.sqrt(p * (1 - p) / 3000), rel=0.3)
    assert frame.equals(report.frame(n_boot=300))


def test_summary_says_asked_predicted_and_measured(audited):
    soft, report, *_ = audited
    summary = report.summary()
    before, after = soft.before_["demographic_parity"], soft.after_["demographic_parity"]
    assert summary["delta_requested"] == 0.5
    assert summary["delta_predicted"] == pytest.approx(0.5)
    assert summary["delta_validation"] == pytest.approx(1 - after / before)
    assert summary["residual"] == soft.solution_.residual
    assert summary["rows_changed"] == np.count_nonzero(soft.epsilon_)


def test_text_forms_carry_the_numbers(audited):
    _, report, *_ = audited
    rate = f"{report.frame(n_boot=0).loc['b', ('selection_rate', 'after')]:.3f}"
    assert rate in repr(report)
    text = report.to_markdown(n_boot=20)
    assert rate in text
    assert "| demographic_parity_after" in text


@pytest.mark.parametrize("names", [("difference", "b"), ("overall", "difference")])
def test_groups_named_like_the_rows_of_the_table_are_told_apart(names):
    X, y, group = unfair(600)
    plain = SoftUnlearner(logistic(), delta=0.1, random_state=0)
    plain.fit(X[["a", "b"]], y, sensitive_features=group)
    frame = plain.audit(X[["a", "b"]], y, sensitive_features=group).frame(n_boot=0)
    group = group.map(dict(zip(["g0", "g1"], names, strict=True)))
    # In this order, whatever the names.
    group = group.astype(pd.CategoricalDtype(names, ordered=True))
    report = clone(plain).fit(X[["a", "b"]], y, sensitive_features=group)
    report = report.audit(X[["a", "b"]], y, sensitive_features=group)
    quoted = [repr(name) if name != "b" else name for name in names]
    found = report.frame(n_boot=0)
    assert found.index.tolist() == [*quoted, "overall", "difference", "ratio"]
    np.testing.assert_allclose(found.to_numpy(float), frame.to_numpy(float))
    page, lines = report.to_html(n_boot=0, deltas=2), report.to_markdown(n_boot=0).splitlines()
    # That of calibration has several rows for each.
    page = re.sub("<details>.*</details>", "", page, flags=re.DOTALL)
    for name in found.index:
        # By group, in the tables below, and under the slider.
        least = 3 if name in ("difference", "ratio") else 5
        assert page.count(f'<tr><th scope="row">{escape(name)}</th>') == least
        assert sum(line.startswith(f"| {name} ") for line in lines) == 1
    assert '<tr><th scope="row">difference</th><td data-label="rows"></td>' in page


def test_markdown_and_cards_hold_no_markup_of_names():
    X, y, group = unfair(600)
    X, group = X[["a", "b"]], group.map({"g0": "<b>x</b> & y", "g1": "a|b"})
    soft = SoftUnlearner(logistic(), delta=0.1, random_state=0).fit(X, y, sensitive_features=group)
    report = soft.audit(X, y, sensitive_features=group)
    texts = [report.to_markdown(n_boot=0)]
    if find_spec("skops"):
        texts.append(report.to_model_card().render())
    for text in texts:
        assert "<b>" not in text
        assert "&lt;b>x&lt;/b> &amp; y" in text
        (row,) = (line for line in text.splitlines() if re.match(r"\| +a\\\|b ", line))
        assert len(re.findall(r"(?<!\\)\|", row)) >= 7


def test_without_groups_the_gap_is_said_to_be_unmeasured(audited):
    soft, _, X, y, *_ = audited
    report = soft.audit(X, y)
    assert "could not be measured" in repr(report)
    assert list(report.frame(n_boot=0).index) == ["all", "overall"]
    assert np.isnan(report.summary()["delta_rows"])


def test_intervals_of_a_mean_are_as_wide_as_its_standard_error(audited):
    soft, report, X, y, _, weight = audited
    intervals = report.intervals(n_boot=400)
    loss = -np.log(soft.predict_proba(X)[np.arange(len(y)), y])
    share = weight / weight.sum()
    error = np.sqrt(np.sum(share**2 * (loss - share @ loss) ** 2))
    after = intervals.loc[("rows", "log_loss"), "after"]
    assert after["value"] == pytest.approx(share @ loss)
    assert after["high"] - after["low"] == pytest.approx(2 * 1.96 * error, rel=0.2)
    gap = intervals.loc[("rows", "demographic_parity")]
    assert gap["gone", "value"] == pytest.approx(report.summary()["delta_rows"])
    assert gap["gone", "low"] < gap["gone", "value"] < gap["gone", "high"]
    assert intervals.equals(report.intervals(n_boot=400))


def test_an_objective_on_rows_of_its_own_has_no_interval_from_these():
    X, y, group = unfair(600)
    numbers = X[["a", "b"]].to_numpy()
    guard = TargetLoss(numbers[:50], y[:50])
    soft = SoftUnlearner(logistic(), guards={guard: 0.1}, random_state=0)
    soft.fit(numbers, y, sensitive_features=group)
    intervals = soft.audit(numbers, y, sensitive_features=group).intervals(n_boot=20)
    assert np.isnan(intervals.loc[("rows", "target_loss"), ("after", "low")])
    assert np.isfinite(intervals.loc[("rows", "target_loss"), ("after", "value")])


def test_a_report_stays_what_it_was_when_other_weights_are_computed():
    X, y, group = unfair(600)
    soft = SoftUnlearner(raw_pipeline(), delta=0.3, random_state=0)
    report = soft.fit(X, y, sensitive_features=group).audit(X, y, sensitive_features=group)
    before = report.intervals(n_boot=10), report.background.settings()
    moved = report.background.rows(3)
    soft.set_params(delta=0.6).compute_weights().unlearn()
    assert report.intervals(n_boot=10).equals(before[0])
    assert report.background.rows(3).equals(moved)
    assert report.background.settings() == before[1]


def test_what_a_stored_report_lacks_is_said(audited):
    stored = pickle.loads(pickle.dumps(audited[1]))
    with pytest.raises(SoftUnlearnError, match="a stored report does not take along"):
        stored.intervals()
    with pytest.raises(SoftUnlearnError, match="'model' must be the corrected classifier"):
        stored.to_model_card()


def test_the_model_card_carries_the_numbers_of_the_report(audited, tmp_path):
    pytest.importorskip("skops", reason="model cards need skops")
    soft, report, *_ = audited
    card = report.to_model_card()
    text = card.render()
    rate = f"{report.frame(n_boot=0).loc['b', ('selection_rate', 'after')]:.3f}"
    assert rate in text
    assert "not a technical question" in text
    assert f"{soft.estimator_.C}" in text
    card.save(tmp_path / "card.md")
    stored = pickle.loads(pickle.dumps(report))
    assert stored.to_model_card(soft.unlearned_estimator_).render() == text


@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.DeltaNotReachedWarning")
@pytest.mark.parametrize(
    ("correction", "said"),
    [("auto", "miss the model's raw predictions by at most"), ("retrain", "were grown anew")],
)
def test_what_has_become_of_trees_is_said(correction, said):
    X, y, group = unfair(800)
    X = X[["a", "b", "c"]].to_numpy()
    model = HistGradientBoostingClassifier(max_iter=10, random_state=0)
    soft = SoftUnlearner(model, correction=correction, n_rounds=1, pos_label="yes", random_state=0)
    report = soft.fit(X, y, sensitive_features=group).audit(X, y, sensitive_features=group)
    assert report.summary()["fidelity"] == soft.fidelity_
    assert report.summary()["structure"] == {"auto": "held"}.get(correction, "grown anew")
    assert said in report.to_markdown(n_boot=0)
    assert said in pickle.loads(pickle.dumps(report)).to_markdown(n_boot=0)
    assert escape(said) in report.to_html(deltas=1, n_boot=0)


def test_of_other_models_nothing_is_said_of_trees(audited):
    assert not {"fidelity", "structure"} & set(audited[1].summary().index)
    assert "trees" not in audited[1].to_markdown(n_boot=0)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_a_copy_keeps_its_rows(audited, duplicate):
    report = audited[1]
    other = duplicate(report)
    assert other.intervals(n_boot=5).equals(report.intervals(n_boot=5))
    assert repr(other) == repr(report)
