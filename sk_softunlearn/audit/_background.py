"""What a report can look up when it is written out."""

import re
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from sk_softunlearn._steps._path import along, spread
from sk_softunlearn._steps._row_table import tabulate_rows
from sk_softunlearn._steps._run import Run
from sk_softunlearn._steps._weighed import Weighed
from sk_softunlearn.objectives import Panel
from sk_softunlearn.views import View

__all__ = ["Background"]


@dataclass(frozen=True)
class Background:
    """The computation behind a report, and the rows that it is about.

    Parameters
    ----------
    run : Run
        Influence of the training rows.
    weighed : Weighed
        The request and its weights.
    view : View
        Of the rows of the report, before the correction.
    panel : Panel
        Objectives on these rows.
    corrected : ndarray of shape (d,)
        The corrected parameters.
    model : estimator
        The corrected classifier.
    described : str
        How the unlearner was made.

    Examples
    --------
    >>> from sk_softunlearn.audit._background import Background
    >>> Background(None, None, None, None, None, None, "Thing(f=<f at 0x7f>)").settings()
    'Thing(f=<f>)'
    """

    run: Run
    weighed: Weighed
    view: View
    panel: Panel
    corrected: np.ndarray
    model: Any
    described: str

    def resample(self, n_boot, random_state, follow=iter):
        """Measure the objectives on rows drawn with replacement, before and after.

        Parameters
        ----------
        n_boot : int
            Number of draws.
        random_state : int
            Seed.
        follow : callable, default=iter
            Returns an iterator over draws, which tells of progress.

        Returns
        -------
        draws : dict of str to dict of str to ndarray of shape (n_boot, 2)
            By "validation" and "rows", then by objective.
        """
        thetas = list(self.thetas())
        return {
            where: panel.resample(thetas, n_boot, random_state, follow)
            for where, panel in (("validation", self.run.panel), ("rows", self.panel))
        }

    def thetas(self):
        """Return the parameters before and after, two ndarrays of shape (d,)."""
        return self.view.theta, self.corrected

    def counts(self):
        """Return how many rows were trained, validated and reported on, a dict of int."""
        return {
            "training": len(self.run.view.target),
            "validation": len(self.run.measured_on.target),
            "report": len(self.view.target),
        }

    def spread(self, deltas):
        """Return the deltas that are asked for, an ndarray.

        Parameters
        ----------
        deltas : int or array-like of shape (k,)
            An int: that many, evenly spaced up to 1 or `max_improvement`.
        """
        return spread(deltas, self.weighed.request.terms.max_improvement)

    def path(self, deltas, follow=iter):
        """Correct for every delta.

        Parameters
        ----------
        deltas : int or array-like of shape (k,)
            An int: that many, evenly spaced up to 1 or `max_improvement`.
        follow : callable, default=iter
            Returns an iterator over what every delta comes to, which tells of progress.

        Returns
        -------
        points : list of dict
            Of every feasible delta: `delta`, `measured`, a dict of objectives on the rows of the
            report, and `raw_prediction`.
        """
        return [
            {
                "delta": float(delta),
                "measured": self.panel.measure(settled.theta),
                "raw_prediction": self.view.at(settled.theta).raw_prediction,
            }
            for delta, settled in follow(along(self.run, self.weighed.request, self.spread(deltas)))
            if settled is not None
        ]

    def weights(self, n=None):
        """Return the n rows that moved most, all if None, as `explain_rows` tabulates them.

        Groups are named as a reader is shown them.
        """
        return tabulate_rows(self.run, self.weighed.solution, n, titled=True)

    def rows(self, n, chosen=None):
        """Return the n rows that moved most with their features, a DataFrame.

        Parameters
        ----------
        n : int
            How many.
        chosen : list of str, default=None
            Which features; None: all.
        """
        rows = self.weights(n)
        X = nw.from_native(self.run.rows.X, eager_only=True, pass_through=True)
        if not isinstance(X, nw.DataFrame):
            return rows
        # By position: the index of X need not be unique.
        epsilon = self.run.scatter(self.weighed.solution.epsilon)
        order = np.argsort(-np.abs(epsilon), kind="stable")[:n]
        columns = dict(rows.items())
        missing = [name for name in chosen or [] if name not in X.columns]
        if missing:
            raise ValueError(
                f"'columns' must be columns of the training rows, got {missing}. Choose from "
                f"{X.columns}."
            )
        for series in X[order].select(chosen or X.columns).iter_columns():
            title = f"{series.name}_value" if series.name in rows else series.name
            columns[title] = series.to_numpy()
        return pd.DataFrame(columns, index=rows.index)

    def settings(self):
        """Return how the unlearner was made, a str."""
        # Addresses in memory say nothing, and deep indents are hard to read.
        text = re.sub(r" at 0x[0-9a-fA-F]+", "", self.described)
        return re.sub(r"\n\s+", "\n    ", text)
