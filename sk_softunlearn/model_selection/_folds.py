"""One fold of a search over delta: one base fit, every delta from it."""

import warnings
from collections import Counter
from inspect import signature
from time import perf_counter

import numpy as np
from scipy.stats import rankdata
from sklearn.base import clone

from sk_softunlearn._steps._fitting import fit_base
from sk_softunlearn._steps._measuring import measure_on
from sk_softunlearn._steps._path import along
from sk_softunlearn._steps._request import read_request
from sk_softunlearn._steps._run import Run
from sk_softunlearn.exceptions import SoftUnlearnWarning, warn_caller

__all__ = ["collect", "evaluate_fold", "retell"]


def evaluate_fold(unlearner, deltas, training, test, scorers):
    """Correct for every delta from one base fit, and measure on the fold's test rows.

    Parameters
    ----------
    unlearner : SoftUnlearner
        What every delta has in common: its parameters are read.
    deltas : ndarray of shape (k,)
        Ascending.
    training, test : Rows
        The fold.
    scorers : dict of str to callable
        Scorers of the corrected classifier, by the name of their column.

    Returns
    -------
    columns : dict of str to ndarray of shape (k,)
        Times in seconds, scores, and "metric", its value; nan where a delta is infeasible.
    metric : str
        Name of the metric.
    messages : list of (type, str)
        What was warned of.
    """
    parameters = clone(unlearner).get_params()
    request = read_request(parameters)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        start = perf_counter()
        fit = fit_base(
            request,
            parameters["estimator"],
            training,
            fraction=parameters["validation_fraction"],
            random_state=parameters["random_state"],
        )
        run = Run.begin(request, fit)
        shared = (perf_counter() - start) / len(deltas)
        values = _evaluate(run, request, deltas, _Test(run, fit.estimator, test, scorers))
    # An infeasible delta took no time of its own.
    values["fit_time"] += shared
    return values, run.metric, [(w.category, str(w.message)) for w in caught]


def _evaluate(run, request, deltas, test):
    """Return the columns of a fold."""
    names = ("fit_time", "score_time", "metric", *test.scorers)
    values = {name: np.full(len(deltas), np.nan) for name in names}
    start = perf_counter()
    for index, (delta, settled) in enumerate(along(run, request, deltas)):
        if settled is None:
            warn_caller(
                f"'delta'={delta:g} is infeasible in a fold and cannot be chosen. Loosen "
                "'bounds' or 'guards' of the estimator to have it.",
                SoftUnlearnWarning,
            )
            start = perf_counter()
            continue
        corrected = run.view.write(settled.theta)
        run.warn_of(settled)
        values["fit_time"][index], start = perf_counter() - start, perf_counter()
        for name, value in test.evaluate(corrected, settled.theta).items():
            values[name][index] = value
        values["score_time"][index], start = perf_counter() - start, perf_counter()
    return values


class _Test:
    """The test rows of a fold, and what is measured on them."""

    def __init__(self, run, estimator, rows, scorers):
        self.rows = rows
        self.scorers = scorers
        self.metric = run.metric
        self.view, self.panel = None, None
        if rows.groups is not None or not run.request.objectives.need_groups:
            self.view, _, self.panel = measure_on(run.request.settled(run.panel), estimator, rows)

    def evaluate(self, corrected, theta):
        """Return scores, and the size of the metric where it can be measured, by column."""
        found = {
            name: _score(scorer, corrected, self.rows) for name, scorer in self.scorers.items()
        }
        if self.panel is not None:
            found["metric"] = abs(self.panel.measure(theta)[self.metric])
        return found


def _score(scorer, corrected, rows):
    named = "sensitive_features" in signature(scorer).parameters
    features = {"sensitive_features": rows.named_groups()} if named else {}
    return scorer(corrected, rows.X, rows.y, **features)


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
