"""The classifier before and after, on rows that neither fit nor weights have seen."""

from collections.abc import Mapping, Sequence
from copy import copy, deepcopy
from dataclasses import replace
from html import escape
from os import PathLike
from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np

from sk_softunlearn._callbacks import pass_callbacks_on
from sk_softunlearn.audit._card import model_card
from sk_softunlearn.audit._group_rates import shown_rates
from sk_softunlearn.audit._intervals import check_draws
from sk_softunlearn.audit._page import render_page
from sk_softunlearn.audit._tables import ReportTables
from sk_softunlearn.audit._text import as_markdown, sentence, short_frame
from sk_softunlearn.audit._words import about_decisions, name_rows
from sk_softunlearn.exceptions import SoftUnlearnError

__all__ = ["AuditReport"]

TITLE = "Audit of a soft-weighted correction"


class AuditReport(ReportTables):
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
    guards : dict of str to float, default=None
        Slack of every guard.
    gaps : dict of str to tuple of two float, default=None
        If the metric is a gap between groups: by "label" and "probability", the gap on these rows
        before and after.
    surrogate : str, default=None
        Which of them the metric is.
    class_gaps : dict of label to tuple of two float, default=None
        With several classes: the gap with each of them favourable, before and after.
    fidelity : float, default=None
        Of a tree ensemble: `SoftUnlearner.fidelity_`.
    structure : "held" or "grown anew", default=None
        Of a tree ensemble: whether its trees keep their splits.
    reference : str, default=None
        The group that the others are compared with; None: any two groups.
    columns : dict of str to tuple of ndarray of shape (n,) and list of str, default=None
        By sensitive column: the level of every row, and the levels. A column without a name has its
        position.
    features_seen : list of str, default=None
        The sensitive columns that are among the features of the model, by their names; None: the
        features have no names.
    pairs : tuple of two tuple of two str, default=None
        If the metric is a gap between groups: before and after, the group with the larger mean and
        that with the smaller.
    grain : dict of str to float, default=None
        What one validation row is worth in each objective that is counted.
    counted : ndarray of shape (n_groups,), default=None
        How many rows of every group the metric is taken of; None: all, or it knows no groups.
    date : str, default=None
        Of the audit.
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
    1             0.60   0.55
    overall       0.50   0.51
    difference    0.21   0.08
    ratio         0.65   0.86
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
        guards=None,
        gaps=None,
        surrogate=None,
        class_gaps=None,
        fidelity=None,
        structure=None,
        reference=None,
        columns=None,
        features_seen=None,
        pairs=None,
        grain=None,
        counted=None,
        date=None,
        background=None,
    ):
        if rows.groups is None:
            rows = replace(
                rows, groups=np.zeros(len(raw_predictions[0]), int), group_names=("all",)
            )
        self.rows = replace(rows, X=None)
        self.raw_predictions = raw_predictions
        self.measured = measured
        self.validation = validation
        self.solution = solution
        self.metric = metric
        self.delta = delta
        self.guards = guards or {}
        self.gaps = gaps or {}
        self.surrogate = surrogate
        self.class_gaps = class_gaps or {}
        self.fidelity = fidelity
        self.structure = structure
        self.reference = reference
        self.columns = columns or {"0": (self.rows.groups, list(self.rows.group_names))}
        self.features_seen = features_seen
        self.pairs = pairs
        self.grain = grain or {}
        self.counted = counted
        self.date = date
        self.background = background

    def __copy__(self):
        """Return a copy with the rows at hand, which pickles leave out."""
        other = type(self).__new__(type(self))
        vars(other).update(vars(self))
        return other

    def __deepcopy__(self, memo):
        """Return a copy that shares nothing, with the rows at hand."""
        other = type(self).__new__(type(self))
        memo[id(self)] = other
        pass_callbacks_on(self, other)
        vars(other).update(
            {
                name: deepcopy(value, memo)
                for name, value in vars(self).items()
                if name not in vars(other)
            }
        )
        return other

    def __getstate__(self):
        """Leave the estimator, its rows and callbacks out of pickles."""
        bare = copy(self)
        pass_callbacks_on(None, bare)
        return vars(bare) | {"background": None}

    def to_markdown(self, n_boot: int = 200) -> str:
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
        return as_markdown(self, n_boot)

    def to_html(
        self,
        path: str | PathLike[str] | None = None,
        *,
        title: str = TITLE,
        about: str | None = None,
        deltas: int | Sequence[float] = 10,
        n_boot: int = 200,
        rows: int = 0,
        columns: Sequence[str] | None = None,
        requirements: Sequence[str] = (),
        origin: Mapping[str, object] | None = None,
        labels: Mapping | None = None,
    ) -> str:
        """Write the report as one page that needs nothing else.

        Numbers, figures and a slider over the deltas; readable without the script, on a phone and
        in print. Needs Jinja2 and matplotlib: `pip install jinja2 matplotlib`.

        Parameters
        ----------
        path : str or Path, default=None
            File to write; None: none.
        title : str, default="Audit of a soft-weighted correction"
            Heading.
        about : str, default=None
            What the model decides, which rows these are and what the groups stand for: a reader of
            the page knows only what it says.
        deltas : int or array-like of shape (k,), default=10
            Requests along the trade-off; an int: that many, evenly spaced up to 1, or to
            `max_improvement` if that is less.
        n_boot : int, default=200
            Bootstrap draws for the 95 % intervals; 0: no intervals.
        rows : int, default=0
            How many of the training rows that moved most are shown with their features, which may
            be personal data: the page then says that it holds rows of people. 0: the 20 that moved
            most, by number, weight, label and group alone.
        columns : list of str, default=None
            Which features of these rows; None: all.
        requirements : sequence of str, default=()
            Limits that are shown with their verdicts, as `check` takes them.
        origin : dict of str to str, default=None
            What the reader needs to make it again, by what it is, as {"table": "people.csv"}.
        labels : dict of label to str, default=None
            What the classes are called, as {1: "granted", 0: "refused"}; None: as they are.

        Returns
        -------
        page : str
            The page.

        Raises
        ------
        ImportError
            If Jinja2 or matplotlib is missing.
        """
        check_draws(n_boot)
        page = render_page(
            *(self, deltas, n_boot, title, about, rows, columns),
            checks=self.check(*requirements) if requirements else None,
            origin=origin,
            labels=labels,
        )
        if path is not None:
            Path(path).write_text(page, encoding="utf-8")
        return page

    def to_model_card(self, model: Any = None) -> Any:
        """Describe the corrected classifier in a skops model card.

        Needs skops: `pip install skops`.

        Parameters
        ----------
        model : estimator, default=None
            The corrected classifier; needed by a stored report, which does not hold it.

        Returns
        -------
        card : skops.card.Card
            With what was corrected, the rates by group, and what the correction does not promise;
            add to it what only you know, as who may use it for what. `card.save(path)` writes
            Markdown.

        Raises
        ------
        ImportError
            If skops is missing.
        SoftUnlearnError
            If the report was stored and no model is given.
        """
        if model is None and self.background is None:
            raise SoftUnlearnError(
                "'model' must be the corrected classifier, got None: a stored report does not hold "
                "it. Pass it."
            )
        return model_card(self, model or self.background.model)

    def _repr_html_(self) -> str:
        """Return sentence and table by group, for notebooks."""
        table = name_rows(self, short_frame(self.frame(0)))[["count", *shown_rates(self.rows)]]
        said = escape(f"{sentence(self)} {about_decisions(self)}")
        return f"<p>{said}</p>{table.to_html()}"

    def __repr__(self) -> str:
        """Return the sentence and the table by group, without intervals."""
        table = name_rows(self, short_frame(self.frame(0)))[["count", *shown_rates(self.rows)]]
        lines = wrap(f"{sentence(self)} {about_decisions(self)}", 100)
        return "\n".join([*lines, table.rename_axis(None).to_string()])
