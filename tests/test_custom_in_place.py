"""A metric that writes into the raw predictions that it is given."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from sk_softunlearn import SoftUnlearner
from tests.elsewhere import FEATURES, corrected, table


def test_a_metric_may_write_into_what_it_is_given():
    frame = table(600)
    men = (frame["g"] == "men").to_numpy()

    def gap(raw):
        share = 1.0 / (1.0 + np.exp(-raw))
        return abs(share[men].mean() - share[~men].mean())

    def gap_in_place(raw):
        np.negative(raw, out=raw)
        np.exp(raw, out=raw)
        raw += 1.0
        np.reciprocal(raw, out=raw)
        return abs(raw[men].mean() - raw[~men].mean())

    fitted = LogisticRegression(tol=1e-8).fit(frame[FEATURES], frame["y"])
    one, other = (
        corrected(
            SoftUnlearner(fitted, metric=metric, delta=0.3), frame[FEATURES], frame["y"], None
        )
        for metric in (gap, gap_in_place)
    )
    np.testing.assert_allclose(other.epsilon_, one.epsilon_, atol=1e-12)
