"""Several requests from one computation of influence."""

import numpy as np
import pandas as pd

from sk_softunlearn._steps._settling import settle
from sk_softunlearn.exceptions import InfeasibleWeightsError

__all__ = ["along", "tabulate_path"]


def along(run, request, deltas):
    """Weigh and correct for several deltas, each from where the next smaller one has led.

    Parameters
    ----------
    run : Run
        Influence at the fitted classifier.
    request : Request
        What is asked beside delta.
    deltas : iterable of float
        Shares of the metric that must go, in any order.

    Yields
    ------
    index : int
        Place of a delta among them; they come in ascending order.
    settled : Settled or None
        What it came to; None if no weights reach it.
    """
    deltas, start = [float(delta) for delta in deltas], None
    for index in np.argsort(deltas, kind="stable"):
        try:
            weighed = run.weigh(request.asking(delta=deltas[index]), start)
        except InfeasibleWeightsError:
            yield int(index), None
            continue
        start = weighed
        yield int(index), settle(run, request, weighed)


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
    deltas, panel = list(deltas), panel or run.panel
    records: list[dict] = [{}] * len(deltas)
    for index, settled in along(run, request, deltas):
        requested = -deltas[index] * run.before[run.metric]
        record = {"case": "infeasible", f"requested_{run.metric}": requested}
        predicted, measured = dict.fromkeys(run.influence, np.nan), dict.fromkeys(before, np.nan)
        if settled is not None:
            solution, after = settled.weighed.solution, panel.measure(settled.theta)
            record["case"], predicted = solution.case, solution.predicted
            measured = {name: after[name] - before[name] for name in after}
        record |= {f"predicted_{name}": change for name, change in predicted.items()}
        record |= {f"measured_{name}": change for name, change in measured.items()}
        records[index] = record
    return pd.DataFrame(records, index=pd.Index(deltas, name="delta"))
