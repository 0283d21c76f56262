"""What a view has without writing it."""

import numpy as np

from tests.cases import view
from tests.oracles import dense_hessian


def test_a_layer_is_held_by_its_mean_curvature():
    seen = view("mlp tanh, three classes")
    diagonal = np.random.default_rng(0).uniform(size=len(seen.theta))
    added = seen.proximal(diagonal)
    for layer in seen.layers:
        np.testing.assert_allclose(added[layer.where], diagonal[layer.where].mean())


def test_a_convex_objective_needs_nothing():
    seen = view("lbfgs")
    assert not seen.proximal(np.ones(len(seen.theta))).any()


def test_by_default_it_is_the_curvature_of_the_fit_that_holds():
    seen = view("mlp logistic")
    diagonal = dense_hessian(seen, seen.sample_weight).diagonal()
    np.testing.assert_allclose(seen.proximal(), seen.proximal(diagonal), rtol=1e-5)
