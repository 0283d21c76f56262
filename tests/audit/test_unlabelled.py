"""Reports on rows whose labels are not known."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from sk_softunlearn import SoftUnlearner
from tests.cases import unfair


@pytest.fixture(scope="module")
def fitted():
    X, y, group = unfair(1500)
    soft = SoftUnlearner(
        LogisticRegression(), guards={"equal_opportunity": 0.1}, pos_label="yes", random_state=0
    )
    return soft.fit(X[["a", "b"]], y, sensitive_features=group), X[["a", "b"]], y, group


def test_what_needs_no_label_is_that_of_labelled_rows(fitted):
    soft, X, y, group = fitted
    report = soft.audit(X, None, sensitive_features=group)
    known = soft.audit(X, y, sensitive_features=group)
    columns = ["count", "selection_rate", "mean_probability"]
    assert report.frame(n_boot=20).equals(known.frame(n_boot=20)[columns])
    assert report.measured[1] == {
        "demographic_parity": known.measured[1]["demographic_parity"],
    }
    summary, expected = report.summary(), known.summary()
    assert summary["delta_rows"] == expected["delta_rows"]
    assert summary["demographic_parity_ratio_after"] == expected["demographic_parity_ratio_after"]
    assert not [name for name in summary.index if "accuracy" in name or "log_loss" in name]
    assert report.decisions().equals(known.decisions())
    assert report.impact_ratios().equals(known.impact_ratios())
    assert report.check("demographic_parity_ratio>=0")["passed"].all()


def test_what_needs_labels_is_left_out_or_refused(fitted):
    soft, X, _, group = fitted
    report = soft.audit(X, None, sensitive_features=group)
    assert "Labels are not given" in repr(report)
    assert "accuracy" not in repr(report)
    page = report.to_html(deltas=2, n_boot=5)
    assert 'id="impact"' in page
    assert 'id="confusion"' not in page
    assert "Labels are not given" in report.to_markdown(n_boot=0)
    with pytest.raises(ValueError, match=r"'accuracy>0\.5' needs labels"):
        report.check("accuracy>0.5")
    with pytest.raises(ValueError, match="'confusion' needs labels"):
        report.confusion()


@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.DeltaNotReachedWarning")
def test_without_labels_and_favourable_class_nothing_is_left():
    rng = np.random.default_rng(0)
    X, group = rng.normal(size=(900, 2)), rng.integers(2, size=900)
    y = np.digitize(X[:, 0] + group, [0, 1])
    soft = SoftUnlearner(LogisticRegression(), metric="worst_group_loss", random_state=0, delta=0.1)
    soft.fit(X, y, sensitive_features=group)
    with pytest.raises(ValueError, match=r"'y' must hold one label .* 'pos_label' names none"):
        soft.audit(X, None, sensitive_features=group)
