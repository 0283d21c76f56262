"""Every curvature: an inverse, symmetric and positive; and what it says when it cannot be."""

import logging

import numpy as np
import pytest
from scipy import sparse
from scipy.linalg import eigh
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from sk_softunlearn.corrections._descent import curvature_product
from sk_softunlearn.curvature import (
    EKFAC,
    Auto,
    ConjugateGradient,
    Diagonal,
    Dual,
    Exact,
    Identity,
    InverseCurvature,
)
from sk_softunlearn.exceptions import RoughCurvatureWarning, SoftUnlearnError
from sk_softunlearn.views import PROXIMAL_SHARE, read_view
from tests.cases import CLASSIFIERS, DIAGONALS, INVERSES, NO_PENALTY, logistic, rows, view
from tests.oracles import dense_hessian

# Their classes have other features each, which `Dual` refuses.
UNEQUAL = {name for name in CLASSIFIERS if name.startswith("lasso, three")} | {
    "elastic net, three classes",
    "one versus rest, lasso",
}


@pytest.mark.parametrize(
    ("curvature", "name"),
    [
        (curvature, name)
        for curvature in INVERSES
        for name in CLASSIFIERS
        if not (isinstance(curvature, Dual) and name in UNEQUAL)
    ],
    ids=str,
)
def test_inverse_undoes_the_dense_hessian(curvature, name):
    seen = view(name)
    hessian = dense_hessian(seen, seen.sample_weight)
    inverse = curvature.invert(seen, seen.sample_weight)
    gauge = seen.gauge
    direction = np.random.default_rng(0).normal(size=len(seen.theta))
    if len(gauge):
        direction -= gauge.T @ np.linalg.lstsq(gauge.T, direction, rcond=None)[0]
    recovered = inverse @ (hessian @ direction)
    if len(gauge):
        recovered -= gauge.T @ np.linalg.lstsq(gauge.T, recovered, rcond=None)[0]
    np.testing.assert_allclose(recovered, direction, rtol=1e-6, atol=1e-7)
    assert inverse.damping == 0.0


@pytest.mark.parametrize("name", ["lbfgs", "lasso, no intercept, sparse", "elastic net"])
@pytest.mark.parametrize("curvature", INVERSES, ids=repr)
def test_what_is_held_has_no_part_in_the_inverse(name, curvature):
    seen = view(name)
    held = np.arange(len(seen.theta)) % 3 == 0
    inverse = curvature.invert(seen, seen.sample_weight)
    hessian = dense_hessian(seen, seen.sample_weight)
    expected = np.zeros_like(hessian)
    expected[np.ix_(~held, ~held)] = np.linalg.inv(hessian[np.ix_(~held, ~held)])
    part = inverse.holding(held)
    found = part @ np.eye(len(held))
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)
    np.testing.assert_array_equal(found[held], 0.0)
    assert part.whole is inverse
    assert part.holding(~held).whole is inverse
    assert inverse.holding(np.zeros(len(held), dtype=bool)) is inverse


def test_holding_what_has_no_curvature_changes_nothing():
    inverse = InverseCurvature(lambda right: np.array([[0.5], [0.0]]) * right, size=2)
    part = inverse.holding(np.array([False, True]))
    np.testing.assert_array_equal(part @ np.array([4.0, 3.0]), [2.0, 0.0])


@pytest.mark.parametrize("name", ["lbfgs", "text", "csr_array"])
@pytest.mark.parametrize("curvature", [*INVERSES, *DIAGONALS], ids=repr)
def test_inverse_is_symmetric_and_positive(name, curvature):
    seen = view(name)
    inverse = curvature.invert(seen, seen.sample_weight)
    dense = inverse.matmat(np.eye(len(seen.theta)))
    np.testing.assert_allclose(dense, dense.T, atol=1e-7 * np.abs(dense).max())
    assert np.linalg.eigvalsh((dense + dense.T) / 2).min() > 0


@pytest.mark.parametrize("name", ["liblinear", "multinomial", "csr_matrix"])
def test_diagonal_and_identity_take_it_from_the_dense_hessian(name):
    seen = view(name)
    diagonal = dense_hessian(seen, seen.sample_weight).diagonal()
    ones = np.ones(len(diagonal))
    np.testing.assert_allclose(Diagonal().invert(seen, seen.sample_weight) @ diagonal, ones)
    np.testing.assert_allclose(
        Identity().invert(seen, seen.sample_weight) @ ones, ones / diagonal.mean()
    )


def test_condition_number_is_that_of_the_matrix_at_unit_diagonal():
    seen = view("newton-cholesky")
    hessian = dense_hessian(seen, seen.sample_weight)
    scale = 1 / np.sqrt(hessian.diagonal())
    expected = np.linalg.cond(hessian * np.outer(scale, scale), 1)
    found = Exact().invert(seen, seen.sample_weight).condition
    assert expected / 3 < found < expected * 3


# scikit-learn 1.8 says that an infinite C makes it ignore C.
@pytest.mark.filterwarnings("ignore:Setting penalty=None will ignore the C")
def test_a_singular_curvature_is_damped_and_said(caplog):
    X, y, _ = rows()
    doubled = np.column_stack([X, X[:, 0]])
    seen = read_view(logistic(**NO_PENALTY).fit(doubled, y), doubled, y)
    with caplog.at_level(logging.WARNING, logger="sk_softunlearn"):
        inverse = Exact().invert(seen, seen.sample_weight)
    assert inverse.damping > 0
    assert "singular" in caplog.text
    direction = seen.pull(seen.slope * np.arange(len(y))[:, None])
    back = dense_hessian(seen, seen.sample_weight) @ (inverse @ direction)
    np.testing.assert_allclose(back, direction, rtol=1e-5)


@pytest.mark.parametrize("name", ["lbfgs", "csr_array", "mlp tanh, three classes", "mlp logistic"])
@pytest.mark.parametrize(
    "curvature", [*INVERSES, *DIAGONALS, EKFAC(), Exact(damping=0.1)], ids=repr
)
def test_damping_is_what_was_added_to_the_mean_diagonal_of_a_layer(name, curvature):
    seen = view(name)
    inverse = curvature.invert(seen, seen.sample_weight)
    inverted = np.linalg.inv(inverse.matmat(np.eye(len(seen.theta)))).diagonal()
    diagonal = dense_hessian(seen, seen.sample_weight).diagonal()
    # One share of the mean of all parameters, and nothing added to it.
    layers = [slice(None)] if isinstance(curvature, Identity) else [la.where for la in seen.layers]
    shares = [inverted[where].mean() / diagonal[where].mean() - 1.0 for where in layers]
    np.testing.assert_allclose(shares, inverse.damping, rtol=1e-4, atol=1e-5)
    held = 0.0 if seen.convex or isinstance(curvature, Identity) else PROXIMAL_SHARE
    extra = 0.1 if curvature.get_params().get("damping") == 0.1 else 0.0
    assert inverse.damping == pytest.approx(held + extra * (1 + held))


def test_negative_weights_without_a_minimum_are_refused():
    seen = view("lbfgs")
    with pytest.raises(SoftUnlearnError, match="positive definite, got a smallest eigenvalue"):
        Exact().invert(seen, -seen.sample_weight)


def test_a_matrix_that_is_too_large_is_refused_with_its_bytes():
    seen = view("lbfgs")
    with pytest.raises(SoftUnlearnError, match="200 bytes"):
        Exact(max_bytes=100).invert(seen, seen.sample_weight)


def test_conjugate_gradients_say_when_they_stop_early():
    seen = view("lbfgs")
    inverse = ConjugateGradient(max_iter=1).invert(seen, seen.sample_weight)
    with pytest.warns(ConvergenceWarning, match="relative residual"):
        inverse @ np.arange(1.0, 6.0)


def test_what_is_rounding_along_the_gauge_is_not_solved_for():
    """Late in Newton's method the slope of 100 classes is little more: this did not end."""
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(100), 20)
    X = 0.5 * rng.normal(size=(100, 64))[y] + rng.normal(size=(2000, 64))
    seen = read_view(LogisticRegression(C=0.01).fit(X, y), X, y)
    inverse = ConjugateGradient(max_iter=100).invert(seen, seen.sample_weight)
    direction = rng.normal(size=len(seen.theta))
    direction -= seen.gauge.T @ np.linalg.lstsq(seen.gauge.T, direction, rcond=None)[0]
    right = curvature_product(seen, seen.bend(seen.sample_weight), direction)
    shifted = right + 1e3 * np.linalg.norm(right) * seen.gauge.sum(axis=0)
    # Without a ConvergenceWarning, which would be an error here.
    recovered = inverse @ shifted
    recovered -= seen.gauge.T @ np.linalg.lstsq(seen.gauge.T, recovered, rcond=None)[0]
    np.testing.assert_allclose(recovered, direction, atol=1e-5)


def sparse_rows(n, p, per_row):
    """Return a fit on rows with a few entries each."""
    rng = np.random.default_rng(0)
    X = sparse.csr_matrix(
        (
            np.ones(n * per_row),
            rng.integers(p, size=n * per_row),
            np.arange(0, n * per_row + 1, per_row),
        ),
        shape=(n, p),
    )
    X.sum_duplicates()
    y = rng.integers(2, size=n)
    return read_view(LogisticRegression(max_iter=5).fit(X, y), X, y)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_auto_counts_what_sparse_rows_cost():
    """A small matrix is formed; one that costs more than products is not."""
    assert isinstance(Auto().choose(sparse_rows(2000, 100, 3)), Exact)
    assert isinstance(Auto().choose(sparse_rows(2000, 3000, 3)), ConjugateGradient)
    assert isinstance(Auto().choose(sparse_rows(20_000, 600, 10)), Exact)


def test_auto_turns_to_products_where_the_matrix_costs_too_much():
    seen = view("lbfgs")
    assert isinstance(Auto().choose(seen), Exact)
    for limits in ({"max_bytes": 100}, {"max_products": 100}):
        assert isinstance(Auto(**limits).choose(seen), ConjugateGradient)
    vector = np.arange(1.0, 6.0)
    found = [a.invert(seen, seen.sample_weight) @ vector for a in (Auto(), Auto(max_bytes=100))]
    np.testing.assert_allclose(*found, rtol=1e-6)


def test_an_inverse_takes_one_or_several_vectors():
    inverse = InverseCurvature(lambda right: right / 2, size=3)
    np.testing.assert_array_equal(inverse @ np.ones(3), np.full(3, 0.5))
    np.testing.assert_array_equal(inverse.T @ np.ones((3, 2)), np.full((3, 2), 0.5))


@pytest.mark.parametrize(
    "name",
    ["no intercept", "linear svc", "csr_array", "mlp head", "ridge", "lasso", "lasso, liblinear"],
)
def test_ekfac_of_one_output_is_exact_up_to_the_penalty(name):
    seen = view(name)
    penalty = np.full(len(seen.theta), seen.penalty.mean())
    hessian = dense_hessian(seen, seen.sample_weight) - np.diag(seen.penalty) + np.diag(penalty)
    inverse = EKFAC().invert(seen, seen.sample_weight)
    np.testing.assert_allclose(inverse @ hessian, np.eye(len(penalty)), atol=1e-8)
    assert inverse.damping == 0.0


@pytest.mark.parametrize("name", ["mlp relu", "mlp tanh, three classes", "mlp sparse"])
def test_ekfac_has_the_exact_diagonal_in_its_own_basis(name):
    seen = view(name).at(view(name).fresh(0))
    hessian = dense_hessian(seen, seen.sample_weight) - np.diag(seen.penalty)
    inverse = EKFAC().invert(seen, seen.sample_weight)
    dense = inverse.matmat(np.eye(len(seen.theta)))
    np.testing.assert_allclose(dense, dense.T, atol=1e-9 * np.abs(dense).max())
    for layer in seen.layers:
        spread, basis = np.linalg.eigh(dense[layer.where, layer.where])
        block = hessian[layer.where, layer.where]
        diagonal = np.einsum("ij,ik,kj->j", basis, block, basis) + seen.penalty[layer.where].mean()
        damped = diagonal + PROXIMAL_SHARE * diagonal.mean()
        # In a flat direction all bases do, so sums over equal eigenvalues are what is compared.
        np.testing.assert_allclose(np.sort(damped), np.sort(1 / spread), rtol=1e-3)
        dense[layer.where, layer.where] = 0.0
    assert not dense.any()


@pytest.mark.parametrize("name", ["mlp tanh, three classes", "mlp logistic"])
def test_of_a_network_the_damped_gauss_newton_matrix_is_inverted(name):
    seen = view(name)
    hessian = dense_hessian(seen, seen.sample_weight)
    diagonal = hessian.diagonal()
    for layer in seen.layers:
        added = PROXIMAL_SHARE * diagonal[layer.where].mean()
        hessian[layer.where, layer.where] += added * np.eye(layer.where.stop - layer.where.start)
    right = np.random.default_rng(0).normal(size=len(diagonal))
    expected = np.linalg.solve(hessian, right)
    for curvature in [*INVERSES, Auto()]:
        solved = curvature.invert(seen, seen.sample_weight) @ right
        tol = 2e-2 if isinstance(curvature, Auto) else 1e-5
        assert np.linalg.norm(solved - expected) < tol * np.linalg.norm(expected)
    rough = Diagonal().invert(seen, seen.sample_weight) @ hessian.diagonal()
    np.testing.assert_allclose(rough, 1.0, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "n_drawn", "per_output"),
    [
        *((name, 100, 100) for name in ("mlp logistic", "mlp tanh, three classes", "multinomial")),
        # One is taken, however many outputs it has.
        ("mlp tanh, three classes", 1, 0.4),
    ],
)
def test_rows_that_are_drawn_stand_for_all(name, n_drawn, per_output):
    seen = view(name)
    size = int(per_output * seen.raw_prediction.shape[1])
    dual = Dual(max_size=size)
    rng = np.random.RandomState(0)
    drawn = np.zeros_like(seen.sample_weight)
    rows = rng.choice(len(drawn), n_drawn, replace=False)
    drawn[rows] = (
        seen.sample_weight[rows] * seen.sample_weight.sum() / seen.sample_weight[rows].sum()
    )
    hessian = dense_hessian(seen, drawn)
    # The damping is that of all rows.
    diagonal = dense_hessian(seen, seen.sample_weight).diagonal()
    for layer in seen.layers if not seen.convex else []:
        where = np.arange(layer.where.start, layer.where.stop)
        hessian[where, where] += PROXIMAL_SHARE * diagonal[where].mean()
    direction = np.random.default_rng(0).normal(size=len(seen.theta))
    for each in seen.gauge:
        direction -= each * (each @ direction) / (each @ each)
    found = dual.invert(seen, seen.sample_weight) @ (hessian @ direction)
    for each in seen.gauge:
        found -= each * (each @ found) / (each @ each)
    np.testing.assert_allclose(found, direction, rtol=1e-4, atol=1e-5)
    other = Dual(max_size=size, random_state=1)
    assert (
        np.abs(other.invert(seen, seen.sample_weight) @ (hessian @ direction) - found).max() > 0.01
    )


def test_rows_without_weight_are_not_drawn():
    seen = view("mlp relu")
    weight = np.where(np.arange(len(seen.target)) % 2, seen.sample_weight, 0.0)
    few, all_rows = (Dual(max_size=size).invert(seen, weight) for size in (120, 4096))
    right = np.ones(len(seen.theta))
    np.testing.assert_allclose(few @ right, all_rows @ right)


def test_a_system_in_rows_refuses_negative_weights():
    seen = view("mlp relu")
    with pytest.raises(SoftUnlearnError, match="takes negative row weights, got 'dual'"):
        Dual().invert(seen, -seen.sample_weight)


def test_ekfac_says_how_far_it_overestimates():
    seen = view("mlp tanh, three classes")
    hessian = dense_hessian(seen, seen.sample_weight)
    diagonal = hessian.diagonal().copy()
    for layer in seen.layers:
        where = np.arange(layer.where.start, layer.where.stop)
        hessian[where, where] += PROXIMAL_SHARE * diagonal[where].mean()
    dense = EKFAC().factor(seen, seen.sample_weight)[0].matmat(np.eye(len(diagonal)))
    # The worst of all right-hand sides, and the best.
    spread, basis = eigh(dense @ hessian @ dense, dense)
    worst, best = basis[:, -1], basis[:, 0]
    assert spread[0] < 2 < spread[-1]
    inverse = EKFAC().invert(seen, seen.sample_weight)
    inverse @ best
    with pytest.warns(RoughCurvatureWarning, match=f"for {spread[-1]:.2g} times smaller"):
        inverse @ np.column_stack([best, worst])
