"""HardWeights removes what hurts most."""

import numpy as np
import pytest

from sk_softunlearn.weights import HardWeights


def test_the_most_negative_influences_are_removed():
    influence = np.array([0.3, -0.2, -0.5, 0.1, -0.2])
    solution = HardWeights(fraction=0.4).solve(influence, 1.0, {"log_loss": (influence, 0.0)})
    np.testing.assert_array_equal(solution.epsilon, [0, -1, -1, 0, 0])
    assert solution.predicted == {"metric": pytest.approx(-0.7), "log_loss": pytest.approx(-0.7)}
    assert solution.case == "hard"


@pytest.mark.parametrize("fraction", [-0.1, 1.1, "most"])
def test_fraction_is_checked(fraction):
    with pytest.raises(ValueError, match="'fraction' must be in"):
        HardWeights(fraction=fraction).solve(np.zeros(3), 1.0)
