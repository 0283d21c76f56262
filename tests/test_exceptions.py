"""Errors survive what worker processes do to them."""

import pickle

from sk_softunlearn.exceptions import InfeasibleWeightsError


def test_infeasible_weights_error_is_pickled_with_its_answer():
    error = pickle.loads(pickle.dumps(InfeasibleWeightsError("no", 0.4, 0.02)))
    assert (str(error), error.max_delta, error.min_slack) == ("no", 0.4, 0.02)
