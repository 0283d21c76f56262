"""What objectives need to know of rows, and where they are measured."""

import pytest

from sk_softunlearn import SoftUnlearner
from sk_softunlearn._rows import read_rows
from sk_softunlearn._steps._measuring import evaluation_rows, measure_on
from sk_softunlearn._steps._objectives import find_objectives
from sk_softunlearn._steps._request import read_request
from tests.cases import fitted, view


def test_the_favourable_class():
    seen = view("lbfgs")
    _, X, y, _ = fitted("lbfgs")
    rows, named = read_rows(X, y), find_objectives("demographic_parity", None).named
    assert evaluation_rows(seen, rows, None, named).positive == 1
    assert evaluation_rows(seen, rows, "no", named).positive == 0
    with pytest.raises(ValueError, match=r"'pos_label' must be one of the classes \['no', 'yes'\]"):
        evaluation_rows(seen, rows, "other", named)


def test_with_three_classes_it_must_be_said():
    seen = view("multinomial")
    _, X, y, _ = fitted("multinomial")
    rows, named = read_rows(X, y), find_objectives("demographic_parity", None).named
    with pytest.raises(ValueError, match="say which one is favourable"):
        evaluation_rows(seen, rows, None, named)
    losses = find_objectives("worst_group_loss", None).named
    assert evaluation_rows(seen, rows, None, losses).positive is None
    assert evaluation_rows(seen, rows, "yes", losses).positive == 2


def test_objectives_are_bound_to_other_rows():
    estimator, X, y, _ = fitted("lbfgs")
    request = read_request(SoftUnlearner(estimator).get_params())
    rows = read_rows(X[::2], y[::2], sensitive_features=X[::2, 0] > 0)
    seen, evaluated, panel = measure_on(request, estimator, rows)
    assert (evaluated.target == (y[::2] == "yes")).all()
    probability = estimator.predict_proba(X[::2])[:, 1]
    high, low = (probability[rows.groups == k].mean() for k in (1, 0))
    assert panel.measure(seen.theta)["demographic_parity"] == pytest.approx(abs(high - low))
    without = read_rows(X[::2], y[::2])
    assert set(measure_on(request, estimator, without)[2].bound) == {"log_loss"}
