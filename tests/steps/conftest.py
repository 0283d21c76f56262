"""What tests of several steps have in common."""

import numpy as np
import pytest

from sk_softunlearn.curvature import Exact
from tests.cases import rows, view


@pytest.fixture(params=["lbfgs", "multinomial"])
def parts(request):
    """A view, other rows of it with weights, and the inverse of its curvature."""
    seen = view(request.param)
    X, y, weight = rows(len(seen.classifier.classes_), n=80, seed=3)
    keep = np.isin(y, seen.classifier.classes_)
    there = seen.on(X[keep], y[keep])
    return seen, there, weight[keep], Exact().invert(seen, seen.sample_weight)
