"""The Jacobian of a linear head, where the contracts do not look."""

import tracemalloc

import numpy as np

from sk_softunlearn.losses import Bend
from sk_softunlearn.views import LinearJacobian


def test_products_copy_nothing_of_the_size_of_the_features():
    X = np.ones((200_000, 20), dtype=np.float32)
    jacobian = LinearJacobian(X, n_outputs=1, intercept=True)
    bend = Bend(np.ones((len(X), 1)))
    direction, cotangent = np.ones(21), np.ones(len(X))
    tracemalloc.start()
    jacobian @ direction
    jacobian.T @ cotangent
    jacobian.gram(bend)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # A copy in double precision would be 32 MB; a block is 4, and vectors of n rows are 1.6.
    assert peak < 16e6
