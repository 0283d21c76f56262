"""Influence scores against exact leave-one-out, and against pyinfluence."""

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression

from sk_softunlearn._steps._scores import influence_scores, predicted_change
from sk_softunlearn.curvature import Exact
from sk_softunlearn.objectives import DemographicParity, EvaluationRows, LogLoss, Panel
from sk_softunlearn.views import read_view
from tests.cases import TIGHT, logistic, rows
from tests.oracles import leave_one_out


def scored(n_classes=2, n=600, weighted=False, **parameters):
    X, y, weight = rows(n_classes, n)
    weight = weight if weighted else None
    fitted = logistic(solver="newton-cholesky", **parameters).fit(X, y, sample_weight=weight)
    seen = read_view(fitted, X, y, weight)
    X_val, y_val, _ = rows(n_classes, 300, 1)
    y_val = np.where(np.isin(y_val, fitted.classes_), y_val, fitted.classes_[0])
    where = seen.on(X_val, y_val)
    group = (X_val[:, 0] > 0).astype(int)
    evaluated = EvaluationRows(
        where.loss, where.target, np.ones(300), fitted.classes_, 1, group, ("left", "right")
    )
    panel = Panel({"log_loss": LogLoss(), "gap": DemographicParity()}, where, evaluated)
    inverse = Exact().invert(seen, seen.sample_weight)
    return seen, panel, influence_scores(seen, inverse, panel.gradients(seen.theta))


@pytest.mark.parametrize(
    "case",
    [
        {},
        {"weighted": True},
        {"class_weight": "balanced"},
        {"weighted": True, "class_weight": "balanced"},
        {"C": 0.1, "fit_intercept": False},
        {"n_classes": 3},
    ],
    ids=str,
)
def test_influence_is_what_leaving_one_out_brings(case):
    seen, panel, influence = scored(**case)
    chosen = np.random.default_rng(0).choice(600, 40, replace=False)
    changes = leave_one_out(seen, panel, chosen)
    for name, scores in influence.items():
        exact = changes[name]
        assert spearmanr(scores[chosen], exact).statistic > 0.99
        slope = scores[chosen] @ exact / (exact @ exact)
        assert slope == pytest.approx(1.0, abs=0.06)


def test_prediction_is_the_sum_over_rows():
    _, _, influence = scored()
    epsilon = np.zeros(600)
    epsilon[[3, 5]] = [-1.0, 0.5]
    expected = influence["gap"][3] - 0.5 * influence["gap"][5]
    assert predicted_change(influence["gap"], epsilon) == pytest.approx(expected)


def test_all_rows_together_scale_the_penalty_away():
    """Raising every weight alike is lowering the penalty: the sum of influence is its pull."""
    seen, panel, influence = scored()
    inverse = Exact().invert(seen, seen.sample_weight)
    for name, gradient in panel.gradients(seen.theta).items():
        expected = -gradient @ (inverse @ (seen.penalty * seen.theta))
        assert influence[name].sum() == pytest.approx(expected, abs=1e-8)


def test_scores_are_those_of_pyinfluence_where_it_applies():
    pyinfluence = pytest.importorskip("pyinfluence")
    X, y, _ = rows(n=500)
    y = (y == "yes").astype(int)
    group = (X[:, 1] > 0).astype(int)
    fitted = LogisticRegression(**TIGHT).fit(X, y)
    seen = read_view(fitted, X, y)
    evaluated = EvaluationRows(
        seen.loss, seen.target, np.ones(500), fitted.classes_, 1, group, ("a", "b")
    )
    panel = Panel({"gap": DemographicParity()}, seen, evaluated)
    inverse = Exact().invert(seen, seen.sample_weight)
    ours = influence_scores(seen, inverse, panel.gradients(seen.theta))["gap"]
    functional = pyinfluence.functionals.group_gap(group)
    theirs = pyinfluence.FunctionalInfluence(functional, damping=0.0).fit(fitted, X, y)
    theirs = theirs.explain(X, y)
    # Theirs is the second group minus the first; ours has the sign that makes the gap positive.
    sign = np.sign(panel.bound["gap"].contrast @ group)
    np.testing.assert_allclose(ours, sign * theirs, rtol=1e-6, atol=1e-6 * np.abs(theirs).max())
