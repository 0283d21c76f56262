"""What a report can look up when it is written out."""

import re

import narwhals as nw
import numpy as np
import pandas as pd

__all__ = ["Background"]


class Background:
    """The unlearner behind a report, and the rows that it is about.

    Parameters
    ----------
    estimator : SoftUnlearner
        With its training rows.
    view : View
        Of the rows of the report, before the correction.
    panel : Panel
        Objectives on these rows.
    corrected : ndarray of shape (d,)
        The corrected parameters.

    Examples
    --------
    >>> from sk_softunlearn.audit import Background
    >>> Background("an unlearner", None, None, None).settings()
    "'an unlearner'"
    """

    def __init__(self, estimator, view, panel, corrected):
        self.estimator = estimator
        self.view = view
        self.panel = panel
        self.corrected = corrected

    def resample(self, n_boot, random_state):
        """Measure the objectives on rows drawn with replacement, before and after.

        Parameters
        ----------
        n_boot : int
            Number of draws.
        random_state : int
            Seed.

        Returns
        -------
        draws : dict of str to dict of str to ndarray of shape (n_boot, 2)
            By "validation" and "rows", then by objective.
        """
        panels = {"validation": self.estimator._state().panel, "rows": self.panel}
        thetas = [self.view.theta, self.corrected]
        return {
            where: panel.resample(thetas, n_boot, random_state) for where, panel in panels.items()
        }

    def counts(self):
        """Return how many rows were trained, validated and reported on, a dict of int."""
        run = self.estimator._state()
        return {
            "training": len(run.view.target),
            "validation": len(run.measured_on.target),
            "report": len(self.view.target),
        }

    def path(self, deltas):
        """Correct for every delta.

        Parameters
        ----------
        deltas : int or array-like of shape (k,)
            An int: that many, evenly spaced up to 1.

        Returns
        -------
        points : list of dict
            Of every feasible delta: `delta`, `measured`, a dict of objectives on the rows of the
            report, and `raw_prediction`.
        """
        deltas = np.arange(1, deltas + 1) / deltas if np.ndim(deltas) == 0 else np.sort(deltas)
        return [
            {
                "delta": float(delta),
                "measured": self.panel.measure(theta),
                "raw_prediction": self.view.at(theta).raw_prediction,
            }
            for delta, solution, theta in self.estimator._along(deltas)
            if solution is not None
        ]

    def rows(self, n):
        """Return the n rows that moved most with their values, a DataFrame."""
        rows = self.estimator._explained(n)
        X = nw.from_native(self.estimator._state().rows.X, eager_only=True, pass_through=True)
        if not isinstance(X, nw.DataFrame):
            return rows
        # By position: the index of X need not be unique.
        order = np.argsort(-np.abs(self.estimator.epsilon_), kind="stable")[:n]
        columns = dict(rows.items())
        for series in X[order].iter_columns():
            title = f"{series.name}_value" if series.name in rows else series.name
            columns[title] = series.to_numpy()
        return pd.DataFrame(columns, index=rows.index)

    def settings(self):
        """Return how the unlearner was made, a str."""
        # Addresses in memory say nothing, and deep indents are hard to read.
        text = re.sub(r" at 0x[0-9a-fA-F]+", "", repr(self.estimator))
        return re.sub(r"\n\s+", "\n    ", text)
