"""Several requests from one computation of influence."""

import numpy as np
import pandas as pd

from sk_softunlearn.exceptions import InfeasibleWeightsError

__all__ = ["along", "tabulate_path"]


def along(run, request, deltas):
    """Weigh and correct for several deltas, each from where the one before has led.

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
    weighed : Weighed or None
        Its weights; None if no weights reach it.
    theta : ndarray of shape (d,) or None
        The corrected parameters.
    """
    start = None
    for delta in deltas:
        try:
            weighed = run.weigh(request.asking(delta=float(delta)), start)
        except InfeasibleWeightsError:
            yield delta, None, None
            continue
        start = weighed
        at = None if weighed.iterate is None else weighed.iterate.theta
        yield delta, weighed, run.correct(request, weighed.solution.epsilon, at)


def tabulate_path(run, request, deltas, panel=None):
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

    Returns
    -------
    path : DataFrame
        As `SoftUnlearner.delta_path` describes it.
    """
    before = run.before if panel is None else panel.measure(run.view.theta)
    panel, records, asked = panel or run.panel, [], []
    for delta, weighed, theta in along(run, request, deltas):
        asked.append(delta)
        record = {"case": "infeasible", f"requested_{run.metric}": -delta * run.before[run.metric]}
        predicted, measured = dict.fromkeys(run.influence, np.nan), dict.fromkeys(before, np.nan)
        if weighed is not None:
            record["case"], predicted = weighed.solution.case, weighed.solution.predicted
            after = panel.measure(theta)
            measured = {name: after[name] - before[name] for name in after}
        record |= {f"predicted_{name}": change for name, change in predicted.items()}
        record |= {f"measured_{name}": change for name, change in measured.items()}
        records.append(record)
    return pd.DataFrame(records, index=pd.Index(asked, name="delta"))
