"""Limits that a user names."""

import fairlearn.metrics
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.audit._requirements import parse_requirement


@pytest.fixture(scope="module")
def audited():
    rng = np.random.default_rng(0)
    group = rng.choice(["a", "b", "c [d]"], size=3000)
    X = rng.normal(size=(3000, 3))
    X[:, 0] += group == "b"
    y = (X.sum(axis=1) + rng.logistic(size=3000) > 0.5).astype(int)
    soft = SoftUnlearner(LogisticRegression(), random_state=0).fit(X, y, sensitive_features=group)
    return soft, X, y, group


@pytest.mark.parametrize("over", ["difference", "ratio"])
@pytest.mark.parametrize(
    "name",
    [
        *("demographic_parity", "equal_opportunity", "equalized_odds", "selection_rate"),
        *("true_positive_rate", "false_positive_rate", "false_negative_rate"),
    ],
)
def test_numbers_are_those_of_fairlearn(audited, name, over):
    soft, X, y, group = audited
    found = soft.audit(X, y, sensitive_features=group).check(f"{name}_{over}>=0.5").iloc[0]
    count = getattr(fairlearn.metrics, f"{name}_{over}")
    for when, model in (("before", soft.estimator_), ("after", soft.unlearned_estimator_)):
        expected = count(y, model.predict(X), sensitive_features=group)
        assert found[when] == pytest.approx(expected)
    assert found["passed_before"] == (found["before"] >= 0.5)
    assert found["passed"] == (found["after"] >= 0.5)


def test_rates_of_all_rows_of_one_group_and_of_the_last_group(audited):
    soft, X, y, group = audited
    report = soft.audit(X, y, sensitive_features=group)
    checks = report.check(
        *("accuracy > 0.5", "selection_rate[c [d]]<=1", "selection_rate_group_min>=0.99"),
        "log_loss<0.01",
    )
    assert checks["passed"].tolist() == [True, True, False, False]
    assert checks.index[0] == "accuracy > 0.5"
    predicted = soft.predict(X)
    shares = [predicted[group == name].mean() for name in ("a", "b", "c [d]")]
    expected = [accuracy_score(y, predicted), shares[2], min(shares)]
    np.testing.assert_allclose(checks["after"][:3], expected)


def test_with_a_reference_every_group_is_compared_with_it(audited):
    soft, X, y, group = audited
    report = soft.audit(X, y, sensitive_features=group, reference="a")
    frame = report.frame(n_boot=0)["selection_rate", "before"]
    rates = frame[["a", "b", "c [d]"]]
    apart = (rates - rates["a"]).abs().max()
    share = min(min(rate, rates["a"]) / max(rate, rates["a"]) for rate in rates)
    assert frame["difference"] == pytest.approx(apart)
    assert frame["ratio"] == pytest.approx(share)
    assert report.summary()["demographic_parity_ratio_before"] == pytest.approx(share)
    assert report.check("selection_rate_ratio>=0")["before"].item() == pytest.approx(share)
    with pytest.raises(ValueError, match=r"'reference' must be one of the groups .* got 'd'"):
        soft.audit(X, y, sensitive_features=group, reference="d")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("demographic_parity_ratio", "must be a name, one of >=, <=, > and <, and a number"),
        ("accuracy=0.8", "must be a name, one of"),
        ("accuracy>=", "must be a name, one of"),
        (0.8, "must be a name, one of"),
        ("accuracy>=high", "must be a number, as 0.8, got 'high'"),
        ("accuracy>=nan", "must be a number, as 0.8, got 'nan'"),
        ("demographic_party_ratio>=0.8", "did you mean demographic_parity_ratio?"),
        ("speed>=0.8", "'speed' in 'speed>=0.8' is no metric of the report. A metric is"),
        ("demographic_parity>=0.8", "is no metric of the report; did you mean"),
        ("demographic_parity_ratio[a]>=0.8", r"Write selection_rate\[a\] for the rate"),
    ],
)
def test_what_is_none_is_refused(text, sentence):
    with pytest.raises(ValueError, match=sentence):
        parse_requirement(text)


def test_what_a_report_does_not_have_is_said(audited):
    soft, X, y, group = audited
    report = soft.audit(X, y, sensitive_features=group)
    with pytest.raises(ValueError, match=r"the group 'd', .* They have 'a', 'b'"):
        report.check("selection_rate[d]>=0.1")
    with pytest.raises(ValueError, match="at least one requirement"):
        report.check()
    with pytest.raises(ValueError, match="Pass 'sensitive_features' to audit"):
        soft.audit(X, y).check("demographic_parity_ratio>=0.8")
    assert soft.audit(X, y).check("accuracy>=0.1")["passed"].all()


@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.DeltaNotReachedWarning")
def test_without_a_favourable_class_nothing_is_selected():
    rng = np.random.default_rng(0)
    X, group = rng.normal(size=(900, 2)), rng.integers(2, size=900)
    y = np.digitize(X[:, 0] + group, [0, 1])
    soft = SoftUnlearner(LogisticRegression(), metric="worst_group_loss", random_state=0, delta=0.1)
    report = soft.fit(X, y, sensitive_features=group).audit(X, y, sensitive_features=group)
    assert report.check("accuracy_difference<=1")["passed"].all()
    with pytest.raises(ValueError, match="needs a favourable class, and 'pos_label' names none"):
        report.check("demographic_parity_ratio>=0.8")


def test_what_is_not_known_does_not_pass(audited):
    soft, X, y, group = audited
    few = np.r_[np.flatnonzero((group == "a") & (y == 0))[:40], np.flatnonzero(group == "b")[:40]]
    report = soft.audit(X[few], y[few], sensitive_features=group[few])
    checks = report.check("equal_opportunity_difference<=1", "true_positive_rate[a]<=1")
    assert checks["after"].isna().all()
    assert not checks["passed"].any()
