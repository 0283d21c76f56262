"""A request is a value: resolved and checked once, and what changes later does not change it."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_softunlearn import SoftUnlearner
from sk_softunlearn._steps._request import READ_BY, read_request
from sk_softunlearn.corrections import GradientAscent
from sk_softunlearn.curvature import Exact
from sk_softunlearn.objectives import DemographicParity
from sk_softunlearn.weights import HardWeights, SoftWeights, Weighting
from tests.cases import PAPER, logistic, step_by_step

# Another value of every parameter, and what it is read by. Where None: wherever it is read next.
OTHERS = {
    "estimator": logistic(),
    "metric": "equal_opportunity",
    "guards": {"log_loss": 0.1},
    "curvature": Exact(),
    "layers": "all",
    "surrogate": "loss",
    "min_group_rows": 5,
    "pos_label": "yes",
    "validation_fraction": 0.5,
    "delta": 0.25,
    "max_improvement": 0.9,
    "regularization": 3.0,
    "bounds": (-0.9, None),
    "weighting": HardWeights(0.1),
    "n_rounds": 2,
    "objective": "metric",
    "on_infeasible": "relax",
}
HONOURED = {
    "correction": "influence",
    "random_state": 3,
    "n_jobs": 2,
    "verbose": 0,
}


def influenced(fitted, halves, **parameters):
    (X, y, group), (X_val, y_val, group_val) = halves
    return SoftUnlearner(clone(fitted).fit(X, y), **parameters).fit_influence(
        X, y, sensitive_features=group, X_val=X_val, y_val=y_val, sensitive_features_val=group_val
    )


def test_every_parameter_is_known_to_a_step_or_takes_effect_at_once():
    parameters = set(SoftUnlearner(None).get_params(deep=False))
    read = {name for names in READ_BY.values() for name in names}
    assert read | set(HONOURED) == parameters
    assert read == set(OTHERS)


@pytest.mark.parametrize("name", READ_BY["fit_influence"])
def test_what_influence_depends_on_may_not_change_after_it(fitted, halves, name):
    soft = influenced(fitted, halves).set_params(**{name: OTHERS[name]})
    sentence = f"'{name}(__.*)?' was changed after 'fit_influence'"
    for step in (soft.compute_weights, lambda: soft.delta_path([0.5])):
        with pytest.raises(ValueError, match=sentence):
            step()


@pytest.mark.parametrize("name", READ_BY["compute_weights"])
def test_what_the_weights_depend_on_is_honoured_by_them_and_not_later(fitted, halves, name):
    soft = influenced(fitted, halves).compute_weights()
    first = soft.epsilon_
    soft.set_params(**{name: OTHERS[name]})
    with pytest.raises(ValueError, match=f"'{name}(__.*)?' was changed after 'compute_weights'"):
        soft.unlearn()
    again = soft.compute_weights().unlearn()
    fresh = step_by_step(SoftUnlearner(fitted, **{name: OTHERS[name]}), halves)
    np.testing.assert_allclose(again.epsilon_, fresh.epsilon_, atol=1e-8)
    changes_nothing = ("max_improvement", "on_infeasible", "regularization", "bounds")
    assert name in changes_nothing or not np.allclose(first, fresh.epsilon_)


@pytest.mark.parametrize("name", HONOURED)
def test_the_others_take_effect_where_they_are_read_next(fitted, halves, name):
    soft = influenced(fitted, halves, delta=0.2, **PAPER).compute_weights()
    soft.set_params(**{name: HONOURED[name]}).unlearn()
    fresh = step_by_step(SoftUnlearner(fitted, delta=0.2, **PAPER | {name: HONOURED[name]}), halves)
    assert soft.after_ == pytest.approx(fresh.after_)


def test_parameters_of_objects_are_watched_too(fitted, halves):
    soft = influenced(fitted, halves).set_params(estimator__logisticregression__C=0.1)
    with pytest.raises(ValueError, match=r"'estimator__logisticregression__C' was changed after"):
        soft.compute_weights()
    soft = influenced(fitted, halves, weighting=HardWeights(0.1)).compute_weights()
    soft.set_params(weighting__fraction=0.2)
    with pytest.raises(ValueError, match=r"it was 0\.1, got 0\.2\. Call 'compute_weights' again"):
        soft.unlearn()


@pytest.mark.parametrize(
    ("name", "value", "change"),
    [
        ("guards", (DemographicParity(),), lambda v: v[0].set_params(surrogate="label")),
        ("guards", {"log_loss": 0.1}, lambda v: v.update(log_loss=0.2)),
        ("bounds", [-1.0, None], lambda v: v.__setitem__(0, -0.5)),
    ],
)
def test_what_is_changed_within_a_parameter_is_a_change(fitted, halves, name, value, change):
    soft = influenced(fitted, halves, **{"metric": "equal_opportunity", name: value})
    soft.compute_weights()
    change(value)
    with pytest.raises(ValueError, match=f"{name!r} was changed after"):
        soft.unlearn()


def test_an_object_that_asks_the_same_is_no_change(fitted, halves):
    soft = influenced(fitted, halves, metric=DemographicParity(surrogate="probability"))
    soft.set_params(metric=DemographicParity(surrogate="probability")).compute_weights()
    soft.set_params(metric=DemographicParity(surrogate="label"))
    with pytest.raises(ValueError, match=r"'metric__surrogate' was changed after"):
        soft.compute_weights()


def test_an_object_within_an_object_is_looked_at_by_its_parameters(fitted, halves):
    class By(Weighting):
        def __init__(self, other=None):
            self.other = other

        def weigh(self, subproblem, terms):
            return self.other.weigh(subproblem, terms)

    soft = influenced(fitted, halves, delta=0.2, weighting=By(SoftWeights()), **PAPER)
    soft.compute_weights().set_params(weighting=By(SoftWeights())).unlearn()
    soft.set_params(weighting=By(HardWeights()))
    with pytest.raises(ValueError, match="'weighting__other' was changed after 'compute_weights'"):
        soft.unlearn()


def test_a_change_that_is_taken_back_is_none(fitted, halves):
    soft = influenced(fitted, halves).set_params(metric="equal_opportunity")
    soft.set_params(metric="demographic_parity").compute_weights().unlearn()
    assert "equal_opportunity" not in soft.after_


def test_an_audit_describes_the_model_that_it_audits(fitted, halves):
    (X, y, group), _ = halves
    soft = step_by_step(SoftUnlearner(fitted, delta=0.3, guards={"log_loss": 0.1}), halves)
    report = soft.audit(X, y, sensitive_features=group)
    soft.set_params(
        metric="equal_opportunity", delta=0.9, guards=None, pos_label="no", layers="all"
    )
    later = soft.audit(X, y, sensitive_features=group)
    assert later.metric == "demographic_parity"
    assert later.summary().equals(report.summary())
    assert later.guards == {"log_loss": 0.1}
    assert later.favourable() == "yes"


def test_an_audit_knows_nothing_of_what_is_changed_in_an_object(fitted, halves):
    (X, y, group), _ = halves
    metric = DemographicParity(surrogate="probability")
    soft = step_by_step(SoftUnlearner(fitted, metric=metric, delta=0.3), halves)
    before = soft.audit(X, y, sensitive_features=group)
    metric.set_params(surrogate="label")
    assert soft.audit(X, y, sensitive_features=group).summary().equals(before.summary())


def test_a_path_is_made_by_the_correction_of_the_model(fitted, halves):
    (X, y, group), _ = halves
    soft = influenced(fitted, halves, delta=0.2, **PAPER).compute_weights()
    soft.set_params(correction="influence").unlearn()
    report = soft.audit(X, y, sensitive_features=group)
    (point,) = report.background.path([0.2])
    assert point["measured"] == pytest.approx(report.measured[1])


def test_a_page_says_how_the_unlearner_was_made_at_the_time(fitted, halves, tmp_path):
    (X, y, group), _ = halves
    soft = step_by_step(SoftUnlearner(fitted, delta=0.3), halves).set_params(delta=0.9)
    soft.audit(X, y, sensitive_features=group).to_html(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "SoftUnlearner(delta=0.3" in page
    assert "delta=0.9" not in page


@pytest.mark.parametrize(
    "change",
    [{"estimator__standardscaler": "passthrough"}, {"estimator__standardscaler__with_mean": False}],
    ids=["step", "nested"],
)
def test_an_audit_refuses_a_pipeline_that_was_changed_under_it(halves, change):
    halves = [(X.select_dtypes("number"), y, group) for X, y, group in halves]
    (X, y, group), _ = halves
    fitted = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    soft = step_by_step(SoftUnlearner(fitted, delta=0.3), halves)
    before = soft.audit(X, y, sensitive_features=group).summary()
    old = {name: soft.get_params()[name] for name in change}
    soft.set_params(**change)
    with pytest.raises(ValueError, match=r"estimator__.* was changed after 'fit_influence'"):
        soft.audit(X, y, sensitive_features=group)
    assert soft.set_params(**old).audit(X, y, sensitive_features=group).summary().equals(before)


@pytest.mark.parametrize(
    ("object_", "name"),
    [
        (SoftWeights(solver="cvxpy"), "solver"),
        (SoftWeights(delta=0.2), "delta"),
        (SoftWeights(bounds=(-0.5, 1.0)), "bounds"),
        (SoftWeights(on_infeasible="relax"), "on_infeasible"),
        (SoftWeights(max_improvement=0.9), "max_improvement"),
        (SoftWeights(regularization=2.0), "regularization"),
        (SoftWeights(verify=True), "verify"),
    ],
)
def test_an_object_that_contradicts_the_request_is_refused(object_, name):
    with pytest.raises(ValueError, match=f"'weighting' must not contradict '{name}'"):
        read_request(SoftUnlearner(None, weighting=object_, delta=0.8).get_params())


def test_what_a_step_takes_is_not_to_be_set_in_the_unlearner():
    for object_ in (SoftWeights(verify=True), SoftWeights(solver="cvxpy")):
        with pytest.raises(ValueError, match=r"Pass it to 'compute_weights', and leave it out"):
            read_request(SoftUnlearner(None, weighting=object_).get_params())


def test_an_object_that_agrees_is_taken(fitted, halves):
    soft = step_by_step(
        SoftUnlearner(fitted, delta=0.8, weighting=SoftWeights(delta=0.8), **PAPER), halves
    )
    predicted = soft.solution_.predicted["demographic_parity"]
    assert -predicted == pytest.approx(0.8 * soft.before_["demographic_parity"], rel=1e-6)


def test_a_random_state_that_is_left_open_is_the_unlearners():
    asked = read_request(SoftUnlearner(None, correction="fisher", random_state=7).get_params())
    assert asked.correction.random_state == 7
    given = SoftUnlearner(None, correction=GradientAscent(n_steps=2), random_state=7).get_params()
    assert read_request(given).correction.get_params() == given["correction"].get_params()


def test_it_is_checked_before_anything_is_fitted():
    class Never(LogisticRegression):
        def fit(self, X, y, sample_weight=None):
            raise AssertionError("fitted")

    X, y = np.zeros((8, 1)), np.arange(8) % 2
    for wrong, name in (
        ({"bounds": (0.5, 1.0)}, "bounds"),
        ({"max_improvement": 0.1}, "max_improvement"),
        ({"guards": {"log_loss": -1}}, "guards"),
        ({"correction": "forget"}, "correction"),
        ({"weighting": "medium"}, "weighting"),
        ({"weighting": "hard", "objective": "utility"}, "weighting"),
        ({"min_group_rows": 0}, "min_group_rows"),
    ):
        with pytest.raises(ValueError, match=f"'{name}'"):
            SoftUnlearner(Never(), **wrong).fit(X, y, sensitive_features=y)
