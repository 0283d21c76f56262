"""What every training row does, and what became of its weight, as a table."""

import numpy as np
import pandas as pd

__all__ = ["tabulate_rows"]


def tabulate_rows(run, solution, n=None, titled=False) -> pd.DataFrame:
    """Tabulate the rows whose weights changed most.

    Parameters
    ----------
    run : Run
        With the rows and their influence.
    solution : WeightSolution
        With their weight changes.
    n : int, default=None
        How many; None: all.
    titled : bool, default=False
        Whether groups are named as a reader is shown them: "race = 1" in place of "1".

    Returns
    -------
    rows : DataFrame
        As `SoftUnlearner.explain_rows` describes it, sorted by the size of the change.
    """
    rows, epsilon = run.rows, run.scatter(solution.epsilon)
    order = np.argsort(-np.abs(epsilon), kind="stable")[:n]
    columns = {"weight": rows.weights() * (1.0 + epsilon), "epsilon": epsilon, "label": rows.y}
    if rows.groups is not None:
        names = rows.group_titles if titled else rows.group_names
        columns["group"] = np.array(names, dtype=object)[rows.groups]
    columns |= {f"influence_{name}": run.scatter(v) for name, v in run.influence.items()}
    return pd.DataFrame(
        {name: values[order] for name, values in columns.items()}, index=rows.index(order)
    )
