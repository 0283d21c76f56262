"""Columns of a search; the search itself is tested in test_unlearner_cv."""

import warnings

import numpy as np
import pytest

from sk_softunlearn.exceptions import SmallGroupWarning, SoftUnlearnWarning
from sk_softunlearn.model_selection._folds import collect, retell


def test_columns_have_the_names_of_scikit_learn():
    fold = {"fit_time": np.ones(2), "score": np.array([0.5, np.nan]), "metric": np.zeros(2)}
    results = collect(np.array([0.5, 1.0]), [fold, fold], "gap")
    assert {"mean_fit_time", "split1_test_score", "mean_test_score", "std_test_gap"} <= set(results)
    assert "split0_fit_time" not in results
    assert results["rank_test_score"].tolist() == [1, 2]


def test_every_kind_of_warning_is_told_once():
    messages = [(SmallGroupWarning, "small")] * 3 + [(SoftUnlearnWarning, "other")]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        retell(messages)
    assert [str(w.message) for w in caught][1] == "other"
    assert len(caught) == 2
    with pytest.warns(SmallGroupWarning, match=r"small \(3 such warnings"):
        retell(messages[:3])
