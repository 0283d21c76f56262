"""The classifier before and after, on rows that neither fit nor weights have seen."""

from dataclasses import replace
from html import escape
from pathlib import Path
from textwrap import wrap

import numpy as np
import pandas as pd

from sk_softunlearn.audit._group_rates import bootstrap_rates, group_rates
from sk_softunlearn.audit._page import render_page

__all__ = ["AuditReport"]

SHOWN = ["selection_rate", "true_positive_rate", "false_positive_rate", "accuracy"]


class AuditReport:
    """What was asked, predicted and measured, and the rates by group before and after.

    Made by `SoftUnlearner.audit`.

    Parameters
    ----------
    rows : EvaluationRows
        The rows of the audit.
    raw_predictions : tuple of two ndarray of shape (n, K)
        Raw predictions before and after.
    measured : tuple of two dict of str to float
        Objectives on these rows, before and after.
    validation : tuple of two dict of str to float
        Objectives on the validation rows, before and after.
    solution : WeightSolution
        The weights.
    metric : str
        Name of the objective to improve.
    delta : float
        Share of it that was to go.
    background : Background, default=None
        What the page shows beyond these numbers: path, rows, settings. Left out of pickles.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sk_softunlearn import SoftUnlearner
    >>> rng = np.random.default_rng(0)
    >>> group = rng.integers(2, size=2000)
    >>> X = rng.normal(size=(2000, 3)) + group[:, None] * [1.0, 0.0, 0.0]
    >>> y = (X.sum(axis=1) + rng.normal(size=2000) > 0.5).astype(int)
    >>> soft = SoftUnlearner(LogisticRegression(), random_state=0)
    >>> soft = soft.fit(X, y, sensitive_features=group)
    >>> report = soft.audit(X, y, sensitive_features=group)
    >>> report.frame(n_boot=0)["selection_rate"].round(2).rename_axis(None)
                before  after
    0             0.39   0.47
    1             0.60   0.57
    overall       0.50   0.52
    difference    0.21   0.10
    """

    def __init__(
        self,
        rows,
        raw_predictions,
        measured,
        validation,
        solution,
        metric,
        delta,
        background=None,
    ):
        if rows.groups is None:
            rows = replace(rows, groups=np.zeros(len(rows.target), int), group_names=("all",))
        self.rows = replace(rows, X=None)
        self.raw_predictions = raw_predictions
        self.measured = measured
        self.validation = validation
        self.solution = solution
        self.metric = metric
        self.delta = delta
        self.background = background

    def __getstate__(self):
        """Leave the estimator and its rows out of pickles."""
        return vars(self) | {"background": None}

    def frame(self, n_boot=200, random_state=0):
        """Tabulate rates of the hard predictions by group, before and after.

        Parameters
        ----------
        n_boot : int, default=200
            Bootstrap draws for the 95 % intervals; 0: no intervals.
        random_state : int, default=0
            Seed of the draws.

        Returns
        -------
        frame : DataFrame of n_groups + 2 rows
            Indexed by group, then "overall" and "difference" (largest between groups). Columns
            of two levels: `("count", "rows")`, and for each rate "before" and "after", with
            intervals also "before_low", "before_high", "after_low" and "after_high". As
            fairlearn's MetricFrame states them.
        """
        names = self.rows.group_names
        counts = np.bincount(self.rows.groups, minlength=len(names))
        columns = {("count", "rows"): [*counts, counts.sum(), counts.max() - counts.min()]}
        tables = {}
        for when, raw in zip(("before", "after"), self.raw_predictions, strict=True):
            rates, tables[when] = group_rates(self.rows, raw)
            if n_boot:
                low, high = bootstrap_rates(self.rows, raw, n_boot, random_state)
                tables |= {f"{when}_low": low, f"{when}_high": high}
        for position, rate in enumerate(rates):
            for when, table in tables.items():
                columns[rate, when] = table[:, position]
        index = pd.Index([*names, "overall", "difference"], name="group")
        return pd.DataFrame(columns, index=index)

    def summary(self):
        """Summarise the correction in one row.

        Returns
        -------
        summary : Series
            `metric`; `delta_requested`, `delta_predicted`, `delta_validation` and `delta_rows`
            (shares of the metric's value before: asked, predicted, measured on the validation
            rows and on these rows); value before and after of every objective and of the
            accuracy on these rows; `case`, `solver` and `residual` (the KKT certificate) of the
            weights, and `rows_changed`, the number of weights that moved.
        """
        _, before = group_rates(self.rows, self.raw_predictions[0])
        names, after = group_rates(self.rows, self.raw_predictions[1])
        accuracy = names.index("accuracy")
        solution = self.solution
        entries = {
            "metric": self.metric,
            "delta_requested": self.delta,
            "delta_predicted": self._share(self.validation[0], solution.predicted),
            "delta_validation": self._share(*self.validation, difference=True),
            "delta_rows": self._share(*self.measured, difference=True),
        }
        for name in self.measured[0]:
            entries[f"{name}_before"] = self.measured[0][name]
            entries[f"{name}_after"] = self.measured[1][name]
        entries |= {
            "accuracy_before": before[-2, accuracy],
            "accuracy_after": after[-2, accuracy],
            "case": solution.case,
            "solver": solution.solver,
            "residual": solution.residual,
            "rows_changed": int(np.count_nonzero(solution.epsilon)),
        }
        return pd.Series(entries, name="value")

    def _share(self, before, after, difference=False):
        """Return how much of the metric's value before has gone, nan where there is none."""
        start = before.get(self.metric, np.nan)
        if not start > 0:
            return np.nan
        change = after[self.metric] - (start if difference else 0.0)
        return -change / start

    def to_markdown(self, n_boot=200):
        """Write the report as Markdown.

        Parameters
        ----------
        n_boot : int, default=200
            Bootstrap draws for the 95 % intervals; 0: no intervals.

        Returns
        -------
        text : str
            Summary and table by group.
        """
        summary = self.summary()
        shown = summary.map(lambda value: f"{value:.4g}" if isinstance(value, float) else value)
        return "\n\n".join(
            [
                "# Audit of a soft-weighted correction",
                self._sentence(summary),
                shown.to_frame().to_markdown(),
                f"Rates by group, before and after{', with 95 % intervals' if n_boot else ''}:",
                self._short_frame(n_boot).to_markdown(disable_numparse=True),
            ]
        )

    def to_html(self, path=None, *, deltas=10, n_boot=200):
        """Write the report as one page that needs nothing else.

        Numbers, figures and a slider over the deltas; readable without the script, on a phone and
        in print. Needs Jinja2 and matplotlib, as in `pip install 'sk-softunlearn[report]'`.

        Parameters
        ----------
        path : str or Path, default=None
            File to write; None: none.
        deltas : int or array-like of shape (k,), default=10
            Requests along the trade-off; an int: that many, evenly spaced up to 1.
        n_boot : int, default=200
            Bootstrap draws for the 95 % intervals; 0: no intervals.

        Returns
        -------
        page : str
            The page.

        Raises
        ------
        ImportError
            If Jinja2 or matplotlib is missing.
        """
        page = render_page(self, deltas, n_boot)
        if path is not None:
            Path(path).write_text(page, encoding="utf-8")
        return page

    def _repr_html_(self):
        """Return sentence and table by group, for notebooks."""
        table = self._short_frame(0)[["count", *SHOWN]]
        return f"<p>{escape(self._sentence(self.summary()))}</p>{table.to_html()}"

    def __repr__(self):
        """Return the sentence and the table by group, without intervals."""
        table = self._short_frame(0)[["count", *SHOWN]].rename_axis(None)
        lines = wrap(self._sentence(self.summary()), 100)
        return "\n".join([*lines, table.to_string()])

    def _sentence(self, summary):
        asked, found = summary["delta_requested"], summary["delta_rows"]
        start = f"AuditReport of {len(self.rows.target)} rows: {self.metric}"
        if np.isnan(found):
            return f"{start} could not be measured on these rows."
        before, after = (values[self.metric] for values in self.measured)
        return (
            f"{start} {before:.4f} -> {after:.4f} ({found:.0%} gone; {asked:.0%} asked, "
            f"{summary['delta_predicted']:.0%} predicted and "
            f"{summary['delta_validation']:.0%} measured on the validation rows), accuracy "
            f"{summary['accuracy_before']:.4f} -> {summary['accuracy_after']:.4f}."
        )

    def _short_frame(self, n_boot):
        """Return the table by group with one text per rate: before -> after."""
        frame = self.frame(n_boot)
        short = {"count": frame["count", "rows"].astype(str)}
        for rate in dict.fromkeys(frame.columns.get_level_values(0)):
            if rate != "count":
                parts = frame[rate]
                text = [_cell(parts.iloc[i]) for i in range(len(parts))]
                short[rate] = pd.Series(text, index=frame.index)
        return pd.DataFrame(short)


def _cell(part):
    texts = []
    for when in ("before", "after"):
        text = f"{part[when]:.3f}"
        if f"{when}_low" in part:
            text += f" [{part[f'{when}_low']:.3f}, {part[f'{when}_high']:.3f}]"
        texts.append(text)
    return " -> ".join(texts)
