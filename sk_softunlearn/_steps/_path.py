"""Several requests from one computation of influence."""

import numpy as np
import pandas as pd

from sk_softunlearn._steps._settling import settle
from sk_softunlearn.exceptions import InfeasibleWeightsError

__all__ = ["along", "check_deltas", "spread", "tabulate_path"]


def check_deltas(deltas):
    """Return deltas as a list of floats, in the order that they were given.

    Parameters
    ----------
    deltas : array-like of shape (k,)
        Shares of the metric that must go.

    Returns
    -------
    deltas : list of float
        Each in (0, 1].

    Raises
    ------
    ValueError
        If they are anything else.
    """
    try:
        values = np.asarray(deltas, dtype=float)
    except (TypeError, ValueError):
        values = np.array(np.nan)
    if values.ndim != 1 or not len(values) or not np.all((values > 0) & (values <= 1)):
        raise ValueError(
            f"'deltas' must be shares of the metric in (0, 1], one or more, got {deltas!r}. "
            "[0.25, 0.5, 1.0] asks for three."
        )
    return values.tolist()


def spread(deltas, furthest=1.0):
    """Return deltas in ascending order.

    Parameters
    ----------
    deltas : int or array-like of shape (k,)
        An int: that many, evenly spaced up to 1, or to `furthest` if that is less.
    furthest : float, default=1.0
        Share of the metric that may go (`max_improvement`).

    Returns
    -------
    deltas : ndarray of shape (k,)
        Each asks for no more than may go, if they were asked for by their number.
    """
    if np.ndim(deltas):
        return np.sort(deltas)
    return np.arange(1, deltas + 1) / deltas * min(1.0, furthest)


def along(run, request, deltas):
    """Weigh and correct for several deltas, each as if it had been asked alone.

    Parameters
    ----------
    run : Run
        Influence at the fitted classifier.
    request : Request
        What is asked beside delta.
    deltas : iterable of float
        Shares of the metric that must go.

    Yields
    ------
    delta : float
        Each of them.
    settled : Settled or None
        What it came to; None if no weights reach it.
    """
    for delta in deltas:
        try:
            weighed = run.weigh(request.asking(delta=float(delta)))
        except InfeasibleWeightsError:
            yield delta, None
            continue
        yield delta, settle(run, request, weighed)


def tabulate_path(run, request, deltas, panel=None, follow=iter):
    """Tabulate what every delta asks, promises and brings.

    Parameters
    ----------
    run : Run
        Influence at the fitted classifier.
    request : Request
        What is asked beside delta.
    deltas : iterable of float
        Shares of the metric that must go.
    panel : Panel, default=None
        Objectives on other rows; None: on the validation rows.
    follow : callable, default=iter
        Returns an iterator over what every delta comes to, which tells of progress.

    Returns
    -------
    path : DataFrame
        As `SoftUnlearner.delta_path` describes it.
    """
    before = run.before if panel is None else panel.measure(run.view.theta)
    panel, records, asked = panel or run.panel, [], []
    # Without sensitive features it is not known, and no weight changes.
    start = run.before.get(run.metric, np.nan)
    for delta, settled in follow(along(run, request, deltas)):
        asked.append(delta)
        record = {"case": "infeasible", f"requested_{run.metric}": -delta * start}
        predicted, measured = dict.fromkeys(run.influence, np.nan), dict.fromkeys(before, np.nan)
        if settled is not None:
            solution, after = settled.weighed.solution, panel.measure(settled.theta)
            record["case"], predicted = solution.case, solution.predicted
            measured = {name: after[name] - before[name] for name in after}
        record |= {f"predicted_{name}": change for name, change in predicted.items()}
        record |= {f"measured_{name}": change for name, change in measured.items()}
        records.append(record)
    return pd.DataFrame(records, index=pd.Index(asked, name="delta"))
