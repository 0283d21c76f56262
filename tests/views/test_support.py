"""An L1 penalty: what it has put at 0 stays there, and what comes to 0 stops where it would."""

import tracemalloc
import warnings

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import spearmanr
from sklearn.base import clone
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_softunlearn import SoftUnlearner
from sk_softunlearn.corrections import EUk, FineTune, GradientAscent, Influence, Newton, Retrain
from sk_softunlearn.curvature import EKFAC, ConjugateGradient, Dual, Exact
from sk_softunlearn.exceptions import HeldAtZeroWarning, UnsupportedEstimatorError
from sk_softunlearn.losses import LogisticLoss, MultinomialLoss
from sk_softunlearn.views import SupportJacobian, read_view
from tests.cases import ELASTIC_NET, LASSO, fitted, lasso, rows, unfair, view
from tests.oracles import dense_bend, dense_jacobian

HELD = pytest.mark.filterwarnings("ignore::sk_softunlearn.exceptions.HeldAtZeroWarning")
LASSOS = ["lasso", "lasso, liblinear", "lasso, three classes", "elastic net"]


def correct(correction, seen, epsilon):
    inverse = Exact().invert(seen, seen.sample_weight)
    return correction.correct(seen, epsilon, Exact(), inverse)


def categories():
    """Rows of categories, whose coefficients come to 0 without their rows, and of noise."""
    rng = np.random.default_rng(0)
    category = rng.integers(5, size=1800)
    X = np.column_stack([np.eye(5)[category][:, :4], rng.normal(size=(1800, 4))])
    effect = [-2.0, 2.0, -2.0, 2.0, 1.0, 0.0, 0.0, 0.0]
    y = (X @ effect + rng.logistic(size=1800) > 0).astype(int)
    return X, y, category


@pytest.mark.parametrize("name", LASSOS)
def test_the_objective_is_that_of_scikit_learn(name):
    model, X, y, weight = fitted(name)
    seen = view(name)
    class_weight = seen.sample_weight / (1.0 if weight is None else weight)
    total = log_loss(y, model.predict_proba(X), sample_weight=seen.sample_weight, normalize=False)
    ratio = 0.5 if name == "elastic net" else 1.0
    penalty = ratio * np.abs(model.coef_).sum() + (1 - ratio) * np.sum(model.coef_**2) / 2
    if model.solver == "liblinear":
        penalty += abs(model.intercept_[0] / model.intercept_scaling)
    assert seen.value(seen.sample_weight) == pytest.approx(total + penalty / model.C)
    assert np.all(class_weight > 0)


@pytest.mark.parametrize("name", [*LASSOS, "sgd lasso", "one versus rest, lasso"])
def test_zeros_stay_zeros(name):
    model, *_ = fitted(name)
    seen = view(name)
    moved = seen.write(seen.theta + 1.0)
    for before, after in zip(
        getattr(model, "estimators_", [model]), getattr(moved, "estimators_", [moved]), strict=True
    ):
        np.testing.assert_array_equal(after.coef_ == 0, before.coef_ == 0)
        changed = np.where(before.coef_ == 0, 0.0, 1.0)
        np.testing.assert_allclose(after.coef_ - before.coef_, changed, atol=1e-9)
    assert (seen.movable == 0).any()


def test_how_many_may_move_is_said():
    model, X, y, weight = fitted("lasso")
    n_moving = np.count_nonzero(model.coef_)
    assert 0 < n_moving < 8
    with pytest.warns(HeldAtZeroWarning, match=rf"{n_moving} of 8 coefficients may move") as caught:
        read_view(model, X, y, weight)
    assert caught[0].filename == __file__
    full = lasso(C=10.0).fit(*rows()[:2])
    assert np.all(full.coef_ != 0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert isinstance(read_view(full, *rows()[:2]).support, slice)


@pytest.mark.parametrize(
    "model",
    [
        lasso(C=1e-4),
        lasso(C=1e-4, solver="liblinear"),
        lasso(C=1e-4, fit_intercept=False),
        SGDClassifier("log_loss", penalty="l1", alpha=10.0),
        OneVsRestClassifier(lasso(C=1e-4)),
    ],
    ids=lambda model: type(model).__name__,
)
def test_a_model_without_coefficients_is_refused(model):
    X, y, _ = rows()
    with pytest.raises(UnsupportedEstimatorError, match=r"put all 4 at 0: .* a larger C"):
        read_view(model.fit(X, y), X, y)
    group = X[:, 0] > 0
    with pytest.raises(UnsupportedEstimatorError, match="nothing to correct"):
        SoftUnlearner(model).fit(X, y, sensitive_features=group)


@HELD
@pytest.mark.parametrize("settings", [LASSO, ELASTIC_NET], ids=["lasso", "elastic net"])
def test_a_coefficient_stops_at_zero_where_a_new_fit_puts_it(settings):
    X, y, category = categories()
    model = lasso(C=0.02, **settings).fit(X, y)
    seen = read_view(model, X, y)
    assert np.count_nonzero(model.coef_) == 5
    for gone in range(4):
        epsilon = np.where(category == gone, -1.0, 0.0)
        corrected = seen.write(correct(Newton(tol=1e-20), seen, epsilon))
        assert corrected.coef_[0, gone] == 0
        again = clone(model).fit(X, y, sample_weight=1 + epsilon)
        np.testing.assert_allclose(corrected.coef_, again.coef_, atol=1e-6)
        np.testing.assert_allclose(corrected.intercept_, again.intercept_, atol=1e-6)


@HELD
def test_every_correction_keeps_the_signs():
    X, y, category = categories()
    seen = read_view(lasso(C=0.02).fit(X, y), X, y)
    epsilon = np.where(np.isin(category, (1, 2)), -1.0, 0.0)
    exact = correct(Newton(tol=1e-18), seen, epsilon)
    np.testing.assert_array_equal(np.flatnonzero(exact == 0), [1, 2])
    for correction in (FineTune(n_steps=3000), EUk(n_steps=3000, random_state=0), Retrain()):
        theta = correct(correction, seen, epsilon)
        np.testing.assert_allclose(theta, exact, atol=1e-5)
        np.testing.assert_array_equal(theta == 0, exact == 0)
    products = ConjugateGradient()
    inverse = products.invert(seen, seen.sample_weight)
    theta = Newton(tol=1e-18).correct(seen, epsilon, products, inverse)
    np.testing.assert_allclose(theta, exact, atol=1e-6)
    for correction in (Influence(), GradientAscent(n_steps=20, learning_rate=1.0)):
        theta = correct(correction, seen, 5 * epsilon)
        assert (theta == 0).any()
        assert np.all(theta * seen.tilt >= 0)


@HELD
def test_a_coefficient_that_was_stopped_comes_back_with_its_rows():
    X, y, category = categories()
    seen = read_view(lasso(C=0.02).fit(X, y), X, y)
    first = Exact().invert(seen, seen.sample_weight)
    gone = np.where(category == 3, -1.0, 0.0)
    theta = Newton().correct(seen, gone, Exact(), first)
    there, inverse = Newton().linearise(seen, gone, theta, Exact(), first)
    # What stands at 0 does not answer a small change of the weights.
    rows_of_others = np.where(category == 3, 0.0, 1.0)
    step = inverse @ there.pull(there.slope * rows_of_others[:, None])
    np.testing.assert_array_equal(step == 0, theta == 0)
    less = 0.1 * gone
    back = Newton(tol=1e-18).correct(seen, less, Exact(), inverse, start=theta)
    np.testing.assert_allclose(back, correct(Newton(tol=1e-18), seen, less), atol=1e-8)
    assert theta[3] == 0
    assert back[3] > 0.5


@pytest.mark.parametrize("name", ["sgd elastic net", "lasso", "lasso, three classes"])
def test_wherever_newton_starts_it_ends_at_the_same(name):
    seen = view(name)
    rng = np.random.default_rng(0)
    epsilon = rng.uniform(-0.5, 0.5, len(seen.target))
    inverse = Exact().invert(seen, seen.sample_weight)
    expected = seen.at(correct(Newton(tol=1e-18), seen, epsilon)).raw_prediction
    for _ in range(10):
        far = np.where(seen.tilt == 0, 1.0, rng.choice([0.0, 0.5, 5.0], len(seen.theta)))
        theta = Newton(tol=1e-16).correct(seen, epsilon, Exact(), inverse, start=far * seen.theta)
        found = seen.at(theta).raw_prediction
        # Without what shifts all classes alike.
        if len(seen.gauge):
            found, expected = (z - z.mean(axis=1, keepdims=True) for z in (found, expected))
        np.testing.assert_allclose(found, expected, atol=1e-5)


@HELD
def test_retraining_that_leaves_the_support_is_refused():
    model, _, y, _ = fitted("lasso, pipeline")
    seen = view("lasso, pipeline")
    outside = np.flatnonzero(model[-1].coef_[0] == 0)[0]
    towards = np.sign(seen.features[:, outside]) == np.where(y == "yes", 1, -1)
    epsilon = np.where(towards, 2.0, -0.5)
    with pytest.raises(UnsupportedEstimatorError, match=r"moves \d+ coefficients that the L1"):
        correct(Retrain(), seen, epsilon)
    held = seen.write(correct(Newton(), seen, epsilon))[-1].coef_
    assert held[0, outside] == 0
    first = np.flatnonzero(model[-1].coef_[0])[0]
    against = np.sign(model[-1].coef_[0, first] * seen.features[:, first])
    epsilon = np.where(against == np.where(y == "yes", -1, 1), 5.0, -0.9)
    with pytest.raises(UnsupportedEstimatorError, match=r"turns the sign of [1-9]"):
        correct(Retrain(), seen, epsilon)


def proxies(seed=0):
    X, y, group = unfair(3000, seed)
    noise = np.random.default_rng(seed).normal(size=(3000, 6))
    return np.column_stack([X[["a", "b", "c"]], noise]), y, group.to_numpy()


def gap(model, X, group):
    p = model.predict_proba(X)[:, 1]
    return p[group == "g1"].mean() - p[group == "g0"].mean()


@HELD
@pytest.mark.parametrize("correction", ["newton", "retrain", "influence"])
@pytest.mark.parametrize(
    "model",
    [
        lasso(C=0.008),
        lasso(C=0.008, solver="liblinear"),
        make_pipeline(StandardScaler(), lasso(C=0.008, **ELASTIC_NET)),
    ],
    ids=["lasso", "liblinear", "elastic net"],
)
def test_a_correction_meets_delta_and_leaves_the_zeros(model, correction):
    X, y, group = proxies()
    model = clone(model).fit(X, y)
    metric = {"metric": "demographic_parity", "surrogate": "probability", "n_rounds": 8}
    soft = SoftUnlearner(model, delta=0.5, correction=correction, **metric)
    soft.fit_influence(X, y, sensitive_features=group).compute_weights().unlearn()
    corrected = soft.unlearned_estimator_
    before, after = gap(model, X, group), gap(corrected, X, group)
    assert 1 - after / before == pytest.approx(0.5, abs=0.02)
    heads = [m[-1] if hasattr(m, "steps") else m for m in (model, corrected)]
    held = heads[0].coef_ == 0
    assert held.sum() >= 3
    assert not heads[1].coef_[held].any()
    if correction == "newton":
        # The exported weights say the same as the corrected model.
        again = clone(model)
        name = "logisticregression__sample_weight" if hasattr(model, "steps") else "sample_weight"
        # liblinear cannot always reach the tolerance of the model with other weights.
        again.set_params(**{name.replace("sample_weight", "tol"): 1e-8})
        again.fit(X, y, **{name: soft.sample_weight_})
        np.testing.assert_allclose(
            again.predict_proba(X), corrected.predict_proba(X), atol=1e-4, rtol=0
        )


@HELD
def test_an_audit_reads_a_model_with_more_zeros_than_before():
    X, y, group = proxies()
    model = lasso(C=0.03).fit(X, y)
    soft = SoftUnlearner(model, delta=1.0, surrogate="probability", n_rounds=8)
    soft.fit_influence(X, y, sensitive_features=group).compute_weights().unlearn()
    corrected = soft.unlearned_estimator_
    assert np.count_nonzero(corrected.coef_) < np.count_nonzero(model.coef_)
    report = soft.audit(X, y, sensitive_features=group)
    assert report.measured[1]["demographic_parity"] == pytest.approx(gap(corrected, X, group))


@HELD
@pytest.mark.parametrize("model", [lasso(C=0.05), lasso(C=0.05, **ELASTIC_NET)])
def test_scores_rank_rows_as_leaving_them_out_does(model):
    X, y, group = proxies()
    X, y, group = X[:400], y[:400], group[:400]
    model = clone(model).fit(X, y)
    soft = SoftUnlearner(model, surrogate="probability")
    soft.fit_influence(X, y, sensitive_features=group)
    table = soft.validate(n=30)
    predicted = table["predicted_demographic_parity"].to_numpy()
    measured = table["measured_demographic_parity"].to_numpy()
    assert spearmanr(predicted, measured)[0] > 0.95
    # Left out of a fit of scikit-learn's own, with all columns.
    start, refitted = gap(model, X, group), []
    for row in table.index:
        weight = np.ones(400)
        weight[row] = 0.0
        refitted.append(gap(clone(model).fit(X, y, sample_weight=weight), X, group) - start)
    assert spearmanr(predicted, refitted)[0] > 0.95


@pytest.mark.parametrize("name", LASSOS)
def test_moved_rows_have_the_curvature_of_the_dense_oracle(name):
    moved = view(name).adversarial(1.3)
    dense, bend = dense_jacobian(moved), moved.bend(moved.sample_weight)
    expected = np.einsum("nkd,nkm,nme->de", dense, dense_bend(bend), dense)
    np.testing.assert_allclose(moved.jacobian.gram(bend), expected, rtol=1e-8)
    np.testing.assert_allclose(moved.jacobian.gram_diagonal(bend), expected.diagonal(), rtol=1e-8)


@HELD
@pytest.mark.parametrize("curvature", [EKFAC(), Dual()], ids=repr)
def test_classes_with_other_features_have_no_layers_of_one_table(curvature):
    seen = view("lasso, three classes")
    with pytest.raises(UnsupportedEstimatorError, match="or 'dual' needs the same features"):
        curvature.invert(seen, seen.sample_weight)


def test_classes_balanced_around_zero_may_shift_together():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2))
    y = (X @ rng.normal(size=(2, 4)) + rng.gumbel(size=(200, 4))).argmax(axis=1)
    model = lasso(C=100.0).fit(X, y)
    model.coef_ = np.array([[1.0, 2.0], [0.5, 1.0], [-1.0, -1.0], [-0.5, 3.0]])
    seen = read_view(model, X, y)
    # The intercept, and the first column, of which two coefficients stand on either side of 0.
    directions = seen.gauge.reshape(2, 4, 3)
    np.testing.assert_array_equal(directions.sum(axis=0), np.tile([1.0, 0.0, 1.0], (4, 1)))
    for direction in seen.gauge:
        moved = seen.at(seen.theta + 0.1 * direction)
        assert moved.value(seen.sample_weight) == pytest.approx(seen.value(seen.sample_weight))


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_a_few_of_many_columns_are_cut_out_of_sparse_rows(n_outputs):
    n_rows, n_columns = 2000, 50_000
    rng = np.random.default_rng(0)
    features = sparse.random(n_rows, n_columns, 1e-3, "csr", rng=rng)
    support = np.sort(rng.choice(n_outputs * (n_columns + 1), 40, replace=False))
    tracemalloc.start()
    jacobian = SupportJacobian(features, n_outputs, True, support)
    loss = LogisticLoss() if n_outputs == 1 else MultinomialLoss()
    raw, target = rng.normal(size=(n_rows, n_outputs)), rng.integers(2, size=n_rows)
    bend = loss.bend(raw, target)
    gram = jacobian.gram(bend)
    forward = jacobian @ np.ones(40)
    backward = jacobian.T @ forward
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # All columns of all rows, dense, are 800 MB, all parameters squared are 20 GB and more.
    assert peak < 40e6
    assert gram.shape == (40, 40)
    assert np.ones(40) @ backward == pytest.approx(forward @ forward)
