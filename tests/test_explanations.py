"""What a SoftUnlearner shows of what it did."""

import numpy as np
import pytest

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.objectives import DemographicParity
from tests.cases import logistic, rows, step_by_step


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


@pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.DeltaNotReachedWarning")
@pytest.mark.parametrize(
    "metric",
    ["robustness", "worst_group_loss", "target_loss", DemographicParity(per_class=True)],
    ids=str,
)
def test_several_classes_without_a_favourable_one(metric):
    X, y, _ = rows(3, n=900)
    group = (X[:, 0] > 0).astype(int)
    soft = SoftUnlearner(logistic().fit(X, y), metric=metric, delta=0.02, guards=None)
    soft.fit_influence(X, y, sensitive_features=group).compute_weights().unlearn()
    report = soft.audit(X, y, sensitive_features=group)
    name = report.metric
    assert report.measured[1][name] == pytest.approx(soft.after_[name])
    assert "'pos_label' names none" in repr(report)
    assert set(report.frame(n_boot=5).columns.get_level_values(0)) == {
        "count",
        "accuracy",
        "log_loss",
    }
    path = soft.delta_path([0.01, 0.02], X, y, sensitive_features=group)
    change = soft.after_[name] - soft.before_[name]
    assert path.loc[0.02, f"measured_{name}"] == pytest.approx(change)
