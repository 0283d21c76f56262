"""The table of the rows that moved."""

import numpy as np

from sk_softunlearn import SoftUnlearner
from sk_softunlearn._steps._row_table import tabulate_rows
from tests.cases import raw_pipeline, unfair


def test_it_is_the_unlearners_own_table():
    X, y, group = unfair(400)
    soft = SoftUnlearner(raw_pipeline(), random_state=0).fit(X, y, sensitive_features=group)
    table = tabulate_rows(soft._run, soft.solution_)
    assert np.all(np.diff(table["epsilon"].abs()) <= 0)
    ordered = table.loc[X.index]
    np.testing.assert_array_equal(ordered["epsilon"], soft.epsilon_)
    np.testing.assert_array_equal(ordered["weight"], soft.sample_weight_)
    np.testing.assert_array_equal(ordered["influence_log_loss"], soft.influence_["log_loss"])
    assert (ordered["group"] == group).all()
    assert tabulate_rows(soft._run, soft.solution_, 3).equals(table.head(3))
