"""Impact ratios as New York City's Local Law 144 asks for them."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from sk_softunlearn import SoftUnlearner


@pytest.fixture(scope="module")
def audited():
    rng = np.random.default_rng(0)
    race = rng.choice(["A", "B", "C", "Unknown"], 4000, p=[0.6, 0.29, 0.01, 0.1])
    sex = rng.choice(["F", "M"], 4000)
    X = rng.normal(size=(4000, 2)) + np.outer(race == "B", [1, 0])
    y = (X.sum(axis=1) + rng.logistic(size=4000) > 0).astype(int)
    groups = pd.DataFrame({"sex": sex, "race": race})
    soft = SoftUnlearner(LogisticRegression(), random_state=0).fit(X, y, sensitive_features=race)
    return soft, X, soft.audit(X, y, sensitive_features=groups), groups


@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.SmallGroupWarning")
def test_by_every_column_and_by_all_crossed(audited):
    soft, X, report, groups = audited
    ratios = report.impact_ratios()
    assert ratios.index.get_level_values("by").unique().tolist() == ["sex", "race", "sex, race"]
    for when, model in (("before", soft.estimator_), ("after", soft.unlearned_estimator_)):
        chosen = pd.Series(model.predict(X))
        rates = chosen.groupby(groups["race"]).mean()
        found = ratios.loc["race"]
        np.testing.assert_allclose(found["selection_rate", when][:3], rates[["A", "B", "C"]])
        most = rates[["A", "B"]].max()
        expected = rates[["A", "B", "C"]] / most
        np.testing.assert_allclose(found["impact_ratio", when][:3], expected)
    assert found["under_2_percent"].tolist() == [False, False, True, False]
    assert found["share"][:3].sum() == pytest.approx(1)
    last = found.loc["(not known)"]
    assert last["rows", ""] == (groups["race"] == "Unknown").sum()
    assert np.isnan(last["impact_ratio", "after"])
    assert "(not known)" not in ratios.loc["sex"].index
    crossed = ratios.loc["sex, race"]
    assert crossed.index.tolist()[:3] == ["F, A", "F, B", "F, C"]
    assert crossed["rows"].sum() == 4000


def test_what_stands_for_none_can_be_said(audited):
    report = audited[2]
    assert "Unknown" in report.impact_ratios(unknown=()).loc["race"].index
    assert report.impact_ratios(unknown=("C",)).loc["race"].index.tolist()[-1] == "(not known)"


def test_one_column_without_a_name_is_called_group(audited):
    soft, X, _, groups = audited
    y = soft.predict(X)
    ratios = soft.audit(X, y, sensitive_features=groups["sex"].to_numpy()).impact_ratios()
    assert ratios.index.get_level_values("by").unique().tolist() == ["group"]
