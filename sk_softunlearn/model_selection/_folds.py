"""One fold of a search over delta: one base fit, every delta from it."""

import warnings
from collections import Counter
from inspect import signature
from time import perf_counter

import numpy as np
from scipy.stats import rankdata
from sklearn.base import clone

from sk_softunlearn._steps._request import find_objectives
from sk_softunlearn.exceptions import (
    InfeasibleWeightsError,
    SoftUnlearnWarning,
    warn_caller,
)

__all__ = ["collect", "evaluate_fold", "retell"]


def evaluate_fold(settings, deltas, training, test, scorers):
    """Correct for every delta from one base fit, and measure on the fold's test rows.

    Parameters
    ----------
    settings : SoftUnlearner
        What every delta has in common.
    deltas : ndarray of shape (k,)
        Ascending.
    training, test : Rows
        The fold.
    scorers : dict of str to callable
        Scorers by the name of their column.

    Returns
    -------
    columns : dict of str to ndarray of shape (k,)
        Times in seconds, scores, and "metric", its value; nan where a delta is infeasible.
    metric : str
        Name of the metric.
    messages : list of (type, str)
        What was warned of.
    """
    soft, objectives = clone(settings), find_objectives(settings.metric, settings.guards)
    measurable = test.groups is not None or not objectives.need_groups
    names = ("fit_time", "score_time", "metric", *scorers)
    values = {name: np.full(len(deltas), np.nan) for name in names}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        start, standpoint = perf_counter(), None
        soft._fit_base(
            training.X,
            training.y,
            training.sample_weight,
            training.named_groups(),
        )
        shared = (perf_counter() - start) / len(deltas)
        for index, delta in enumerate(deltas):
            start = perf_counter()
            try:
                standpoint = soft.set_params(delta=float(delta))._weigh(start=standpoint)
            except InfeasibleWeightsError:
                warn_caller(
                    f"'delta'={delta:g} is infeasible in a fold and cannot be chosen. Loosen "
                    "'bounds' or 'guards' of the estimator to have it.",
                    SoftUnlearnWarning,
                )
                continue
            soft.unlearn()
            values["fit_time"][index] = shared + perf_counter() - start
            start = perf_counter()
            for name, scorer in scorers.items():
                values[name][index] = _score(scorer, soft, test)
            values["score_time"][index] = perf_counter() - start
            if measurable:
                report = soft.audit(test.X, test.y, sensitive_features=test.named_groups())
                values["metric"][index] = abs(report.measured[1][objectives.metric])
    return values, objectives.metric, [(w.category, str(w.message)) for w in caught]


def _score(scorer, soft, rows):
    named = "sensitive_features" in signature(scorer).parameters
    features = {"sensitive_features": rows.named_groups()} if named else {}
    return scorer(soft, rows.X, rows.y, **features)


def collect(deltas, folds, metric):
    """Collect the columns of all folds in the shape of scikit-learn's `cv_results_`.

    Parameters
    ----------
    deltas : ndarray of shape (k,)
        What was tried.
    folds : list of dict of str to ndarray of shape (k,)
        Columns of every fold.
    metric : str
        Name of the metric.

    Returns
    -------
    results : dict of str to ndarray of shape (k,)
        One column per fold, their mean and their standard deviation.
    """
    results = {
        "param_delta": np.ma.array(deltas),
        "params": [{"delta": float(delta)} for delta in deltas],
    }
    for name in folds[0]:
        title = {"score": "test_score", "metric": f"test_{metric}"}.get(name, f"test_{name}")
        title = name if name.endswith("_time") else title
        values = np.array([columns[name] for columns in folds])
        if not name.endswith("_time"):
            results |= {f"split{k}_{title}": column for k, column in enumerate(values)}
        results[f"mean_{title}"] = values.mean(axis=0)
        results[f"std_{title}"] = values.std(axis=0)
    worst = np.where(np.isnan(results["mean_test_score"]), np.inf, -results["mean_test_score"])
    results["rank_test_score"] = rankdata(worst, method="min").astype(np.int32)
    return results


def retell(messages):
    """Warn once of every kind of thing that folds and deltas warned of.

    Parameters
    ----------
    messages : list of (type, str)
        Category and sentence.
    """
    for category, count in Counter(category for category, _ in messages).items():
        first = next(text for kind, text in messages if kind is category)
        more = f" ({count} such warnings over all folds and deltas)" if count > 1 else ""
        warn_caller(f"{first}{more}", category)
