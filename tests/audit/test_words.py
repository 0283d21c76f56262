"""What the console, the page and the card say."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.audit._words import (
    about_decisions,
    about_features,
    about_small_groups,
    about_weights,
    full_name,
    pair_in_words,
    share_gone,
    shown_names,
)


@pytest.fixture(scope="module")
def audited():
    rng = np.random.default_rng(0)
    group = rng.choice(["a", "b", "c", "d", "e"], size=5000)
    X = rng.normal(size=(5000, 3))
    X[:, 0] += group == "b"
    X[:, 1] += 0.9 * (group == "c")
    y = (X.sum(axis=1) + rng.logistic(size=5000) > 0.5).astype(int)
    soft = SoftUnlearner(LogisticRegression(), random_state=0)
    return soft.fit(X, y, sensitive_features=group), X, y, group


def test_the_gap_has_its_full_name_and_its_pair(audited):
    soft, X, y, group = audited
    report = soft.audit(X, y, sensitive_features=group)
    assert full_name(report) == "difference of selection rates"
    rates = report.frame(n_boot=0)["selection_rate"].iloc[:5]
    high, low = rates.idxmax(), rates.idxmin()
    assert report.pairs == ((high["before"], low["before"]), (high["after"], low["after"]))
    assert f"{high['after']} is above {low['after']}" in pair_in_words(report)
    assert pair_in_words(report) in repr(report)
    assert pair_in_words(soft.audit(X, y)) == ""


def test_a_value_that_grew_has_not_gone():
    assert share_gone(0.43) == "43% gone"
    assert share_gone(-0.16) == "grown by 16%"
    assert share_gone(-0.001) == "0% gone"
    assert share_gone(np.nan) == "not known"


def test_changed_decisions_are_told_with_those_they_are_about(audited):
    soft, X, y, group = audited
    report = soft.audit(X, y, sensitive_features=group)
    text, decisions = about_decisions(report), report.decisions()
    assert f"{decisions.loc['overall', 'favourable_after']:.1%} get the favourable answer" in text
    assert f"{decisions.loc['overall', 'changed']:,} of 5,000 decisions changed" in text
    most = decisions["from_favourable"][:5].idxmax()
    assert f"({most}: {decisions.loc[most, 'from_favourable']:,}" in text


def test_levels_that_say_nothing_have_the_name_of_their_column(audited):
    soft, X, y, _ = audited
    columns = {"race": np.arange(5000) % 2, "sex": np.where(np.arange(5000) % 3, "F", "M")}
    report = soft.audit(X, y, sensitive_features=columns)
    assert report.frame(n_boot=0).index[0] == "0, F"
    assert shown_names(report) == ["race = 0, F", "race = 0, M", "race = 1, F", "race = 1, M"]
    assert "\nrace = 1, M " in repr(report)
    report = soft.audit(X, y, sensitive_features=columns["race"])
    assert shown_names(report) == ["0", "1"]
    assert about_features(report) == ""


@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.SmallGroupWarning")
def test_whether_small_groups_count_is_told(audited):
    _, X, y, group = audited
    few = np.where(np.arange(5000) < 20, "x, y", np.where(group == "a", "z", group))
    soft = SoftUnlearner(LogisticRegression(), random_state=0)
    soft.fit(X, y, sensitive_features=group)
    told = repr(soft.audit(X, y, sensitive_features=few)).replace("\n", " ")
    assert "fewer than 30 rows, which do not count in the gap, but in differences and" in told
    assert "rates: x, y (20)." in told
    rare = np.where(np.arange(5000) < 20, "p", np.where(np.arange(5000) < 45, "q", "r"))
    told = repr(soft.audit(X, y, sensitive_features=rare)).replace("\n", " ")
    assert "All groups count, also those with fewer than 30 rows" in told
    assert "p (20); q (25)." in told


@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.SmallGroupWarning")
def test_groups_are_small_by_the_rows_that_the_metric_is_taken_of(audited):
    _, X, y, group = audited
    # Of 60 rows 20 have the favourable label.
    few = group.astype(object)
    few[np.flatnonzero(y == 1)[:20]] = few[np.flatnonzero(y == 0)[:40]] = "few"
    soft = SoftUnlearner(LogisticRegression(), "equal_opportunity", random_state=0)
    soft.fit(X, y, sensitive_features=group)
    report = soft.audit(X, y, sensitive_features=few)
    assert "those that the metric is taken of" in about_small_groups(report)
    assert about_small_groups(report).endswith(": few (20).")
    soft.set_params(metric="demographic_parity").fit(X, y, sensitive_features=group)
    assert about_small_groups(soft.audit(X, y, sensitive_features=few)) == ""


def test_what_holds_the_weights():
    assert about_weights("metric") == "the metric alone had to be brought down"
    assert about_weights("metric+equal_opportunity").endswith(
        "guard on the equal opportunity had to be held"
    )
