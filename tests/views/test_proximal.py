"""What holds a network near its fit."""

import numpy as np

from sk_softunlearn.views import PROXIMAL_SHARE, proximal_term
from tests.cases import view


def test_a_layer_is_held_by_its_mean_curvature():
    seen = view("mlp tanh, three classes")
    diagonal = np.random.default_rng(0).uniform(size=len(seen.theta))
    added = proximal_term(seen, diagonal)
    for layer in seen.layers:
        np.testing.assert_allclose(
            added[layer.where], PROXIMAL_SHARE * diagonal[layer.where].mean()
        )


def test_a_convex_objective_needs_nothing():
    seen = view("lbfgs")
    assert not proximal_term(seen, np.ones(len(seen.theta))).any()
