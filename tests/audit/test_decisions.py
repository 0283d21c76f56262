"""Decisions by group, and those that changed."""

import numpy as np
import pytest
from fairlearn.metrics import MetricFrame, count, selection_rate
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix

from sk_softunlearn import SoftUnlearner
from tests.cases import unfair


@pytest.fixture(scope="module")
def audited():
    X, y, group = unfair(1500)
    soft = SoftUnlearner(LogisticRegression(), pos_label="yes", random_state=0)
    soft.fit(X[["a", "b"]], y, sensitive_features=group)
    return soft, soft.audit(X[["a", "b"]], y, sensitive_features=group), X[["a", "b"]], y, group


def test_confusion_is_that_of_scikit_learn(audited):
    soft, report, X, y, group = audited
    confusion = report.confusion()
    assert confusion.index.tolist() == ["g0", "g1", "overall"]
    for when, model in (("before", soft.estimator_), ("after", soft.unlearned_estimator_)):
        predicted = model.predict(X)
        for name in ("g0", "g1", "overall"):
            of = np.ones(len(y), bool) if name == "overall" else np.asarray(group == name)
            expected = confusion_matrix(np.asarray(y)[of] == "yes", predicted[of] == "yes")
            order = ["true_negatives", "false_positives", "false_negatives", "true_positives"]
            found = [confusion.loc[name, (each, when)] for each in order]
            assert found == expected.ravel().tolist()


def test_changed_decisions_add_up(audited):
    soft, report, X, y, group = audited
    decisions = report.decisions()
    before, after = (m.predict(X) for m in (soft.estimator_, soft.unlearned_estimator_))
    assert decisions.loc["overall", "changed"] == (before != after).sum() > 0
    changed = decisions["to_favourable"] + decisions["from_favourable"]
    assert changed.tolist() == decisions["changed"].tolist()
    assert (decisions.loc["overall", :"from_favourable"] == decisions.iloc[:2, :4].sum()).all()
    expected = MetricFrame(
        metrics={"count": count, "rate": selection_rate},
        y_true=np.asarray(y) == "yes",
        y_pred=after == "yes",
        sensitive_features=group,
    ).by_group
    assert decisions["rows"][:2].tolist() == expected["count"].tolist()
    np.testing.assert_allclose(decisions["favourable_after"][:2], expected["rate"])


@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.DeltaNotReachedWarning")
def test_without_a_favourable_class_there_is_no_direction():
    rng = np.random.default_rng(0)
    X, group = rng.normal(size=(900, 2)), rng.integers(2, size=900)
    y = np.digitize(X[:, 0] + group, [0, 1])
    soft = SoftUnlearner(LogisticRegression(), metric="worst_group_loss", random_state=0, delta=0.1)
    report = soft.fit(X, y, sensitive_features=group).audit(X, y, sensitive_features=group)
    assert report.decisions().columns.tolist() == ["rows", "changed"]
    for method in ("confusion", "impact_ratios"):
        with pytest.raises(ValueError, match=f"'{method}' needs a favourable class"):
            getattr(report, method)()


def test_whether_the_model_sees_a_sensitive_feature(audited):
    soft, report, X, y, group = audited
    assert report.features_seen == []
    again = soft.audit(X, y, sensitive_features={"group": group, "a": np.asarray(X["a"] > 0)})
    assert again.features_seen == ["a"]
    assert soft.audit(X, y).features_seen is None
