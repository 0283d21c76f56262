"""The numbers of a report, as tables."""

from typing import Any

import numpy as np
import pandas as pd

from sk_softunlearn._callbacks import CallbackSupportMixin, tell_callbacks
from sk_softunlearn.audit._calibration import tabulate_calibration
from sk_softunlearn.audit._checks import check_requirements
from sk_softunlearn.audit._decisions import count_confusion, count_decisions
from sk_softunlearn.audit._group_rates import bootstrap_rates, group_rates, row_names, totals
from sk_softunlearn.audit._impact import UNKNOWN, tabulate_impact
from sk_softunlearn.audit._intervals import check_draws, tabulate_intervals
from sk_softunlearn.audit._summary import summarise
from sk_softunlearn.exceptions import SoftUnlearnError

__all__ = ["ReportTables"]

WHEN = ("before", "after")


class ReportTables(CallbackSupportMixin):
    """The tables of an `AuditReport`, which holds their numbers."""

    rows: Any
    raw_predictions: tuple[np.ndarray, np.ndarray]
    measured: tuple[dict[str, float], dict[str, float]]
    validation: tuple[dict[str, float], dict[str, float]]
    metric: str
    delta: float
    guards: dict[str, float]
    gaps: dict[str, tuple[float, float]]
    surrogate: str | None
    class_gaps: dict
    fidelity: float | None
    structure: str | None
    reference: str | None
    columns: dict[str, tuple[np.ndarray, list[str]]]
    features_seen: list[str] | None
    pairs: tuple[tuple[str, str] | None, ...] | None
    grain: dict[str, float]
    counted: np.ndarray | None
    date: str | None
    background: Any

    def favourable(self):
        """Return the favourable label, None where no class is."""
        rows = self.rows
        return None if rows.positive is None else rows.classes[rows.positive]

    def frame(self, n_boot=200, random_state=0) -> pd.DataFrame:
        """Tabulate rates of the hard predictions by group, before and after.

        Parameters
        ----------
        n_boot : int, default=200
            Bootstrap draws for the 95 % intervals; 0: no intervals.
        random_state : int, default=0
            Seed of the draws.

        Returns
        -------
        frame : DataFrame of n_groups + 3 rows
            Indexed by group, then "overall", "difference" (largest between groups) and "ratio"
            (smallest rate divided by the largest). A group with such a name is quoted. With
            `reference` the last two compare each group with that one. If there is one group alone,
            they are missing. Columns of two levels: `("count", "rows")`, and for each rate "before"
            and "after", with intervals also "before_low", "before_high", "after_low" and
            "after_high". The rates are those of fairlearn's MetricFrame. "mean_probability" is that
            of the favourable class. With several classes `pos_label` must say which one it is.
        """
        check_draws(n_boot)
        counts = np.bincount(self.rows.groups, minlength=len(self.rows.group_names))
        summed = [counts.sum(), counts.max() - counts.min(), counts.min() / counts.max()]
        below = totals(self.rows)
        columns = {("count", "rows"): [*counts, *summed[: len(below)]]}
        tables = {}
        for when, raw in zip(WHEN, self.raw_predictions, strict=True):
            rates, tables[when] = group_rates(self.rows, raw, self.reference)
            if n_boot:
                low, high = bootstrap_rates(self.rows, raw, n_boot, random_state, self.reference)
                tables |= {f"{when}_low": low, f"{when}_high": high}
        for position, rate in enumerate(rates):
            for when, table in tables.items():
                columns[rate, when] = table[:, position]
        index = pd.Index([*row_names(self.rows), *below], name="group")
        return pd.DataFrame(columns, index=index)

    def decisions(self) -> pd.DataFrame:
        """Count the decisions that changed, by group and in which direction.

        Returns
        -------
        decisions : DataFrame of n_groups + 1 rows
            Indexed by group, then "overall", with the number of "rows" and how many of their
            predictions "changed". If there is a favourable class: "to_favourable" and
            "from_favourable", how many became favourable and how many no longer are;
            "favourable_before" and "favourable_after", the shares of favourable predictions. Every
            row counts once, whatever its weight.

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
        >>> report.decisions().iloc[:, :4].rename_axis(None)
                 rows  changed  to_favourable  from_favourable
        0         957      145            108               37
        1        1043      134             38               96
        overall  2000      279            146              133
        """
        return count_decisions(self.rows, self.raw_predictions)

    def confusion(self) -> pd.DataFrame:
        """Count right and wrong decisions by group, before and after.

        Returns
        -------
        confusion : DataFrame of n_groups + 1 rows
            Indexed by group, then "overall". Columns of two levels: "true_positives",
            "false_positives", "false_negatives" and "true_negatives", each "before" and "after",
            positive being the favourable class. Every row counts once, whatever its weight.

        Raises
        ------
        ValueError
            If no class is favourable, or the labels are not known.
        """
        self._must_have_labels("confusion")
        return count_confusion(self.rows, self.raw_predictions)

    def calibration(self, n_bins=5, strategy="uniform") -> pd.DataFrame:
        """Compare predicted probabilities with labels by group, before and after.

        The points of a reliability diagram, as `sklearn.calibration.calibration_curve` bins them.

        Parameters
        ----------
        n_bins : int, default=5
            Number of bins of the probability of the favourable class.
        strategy : "uniform" or "quantile", default="uniform"
            Bins of the same width, or of as many rows each in every group.

        Returns
        -------
        calibration : DataFrame
            Indexed by group, then "overall", and by "bin", a number from 0. Columns of two levels:
            "rows", their number, "mean_probability" and "base_rate", the share of favourable
            labels, each "before" and "after". An empty bin has nan. If the two differ, the
            probabilities of a group are not calibrated. Every row counts once, whatever its weight.

        Raises
        ------
        ValueError
            If no class is favourable, the labels are not known, or an argument is not what it must
            be.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.linear_model import LogisticRegression
        >>> from sk_softunlearn import SoftUnlearner
        >>> rng = np.random.default_rng(0)
        >>> group = rng.choice(["a", "b"], size=2000)
        >>> X = rng.normal(size=(2000, 3)) + (group == "b")[:, None] * [1.0, 0.0, 0.0]
        >>> y = (X.sum(axis=1) + rng.normal(size=2000) > 0.5).astype(int)
        >>> soft = SoftUnlearner(LogisticRegression(), random_state=0)
        >>> soft = soft.fit(X, y, sensitive_features=group)
        >>> report = soft.audit(X, y, sensitive_features=group)
        >>> calibration = report.calibration(n_bins=2).loc["a"].round(2)
        >>> calibration["mean_probability"].rename_axis(None)
           before  after
        0    0.15   0.22
        1    0.79   0.77
        >>> calibration["base_rate"].rename_axis(None)
           before  after
        0    0.16   0.15
        1    0.79   0.70
        """
        self._must_have_labels("calibration")
        return tabulate_calibration(self.rows, self.raw_predictions, n_bins, strategy)

    def impact_ratios(self, unknown=UNKNOWN) -> pd.DataFrame:
        """Tabulate selection rates and impact ratios as audits of hiring tools must publish them.

        There is one block for every sensitive column. If there are several columns, one more block
        is for all of them crossed. New York City's Local Law 144 asks for this by sex, by race or
        ethnicity, and by both.

        Parameters
        ----------
        unknown : tuple of str, default=("unknown", "not known", "missing", "n/a", "na", "")
            Categories that stand for none, in small or capital letters: their rows are counted and
            take no part otherwise.

        Returns
        -------
        ratios : DataFrame
            Indexed by column ("by") and category. Columns of two levels: "rows"; "share", among the
            rows with a known category; "under_2_percent", whether the law allows to leave the
            category out; "selected", "selection_rate" and "impact_ratio", each "before" and
            "after". The impact ratio is the selection rate divided by the largest one, among
            categories with 2 % of the rows or more. Every row counts once, whatever its weight.

        Raises
        ------
        ValueError
            If no class is favourable.
        """
        self._must_be_favourable("impact_ratios")
        return tabulate_impact(self.rows, self.raw_predictions, self.columns, unknown)

    def _must_be_favourable(self, method):
        if self.rows.positive is None:
            raise ValueError(
                f"'{method}' needs a favourable class, and 'pos_label' names none. Pass it to "
                "SoftUnlearner."
            )

    def _must_have_labels(self, method):
        self._must_be_favourable(method)
        if self.rows.target is None:
            raise ValueError(f"'{method}' needs labels, and audit was given none. Pass 'y'.")

    def intervals(self, n_boot=200, random_state=0) -> pd.DataFrame:
        """Tabulate every objective with bootstrap intervals, on validation rows and on these.

        Intervals show how much of a change is the noise of these rows. They do not account for the
        choice of the weights, which was made on the validation rows.

        Parameters
        ----------
        n_boot : int, default=200
            Bootstrap draws for the 95 % intervals.
        random_state : int, default=0
            Seed of the draws.

        Returns
        -------
        intervals : DataFrame of 2 m rows
            Indexed by "validation" or "rows" and by objective. Columns of two levels: "before",
            "after" and "gone" (the share of the value before that has gone), each with "value",
            "low" and "high"; nan where an objective is measured on rows of its own.

        Raises
        ------
        SoftUnlearnError
            If the report was stored: the rows are not stored with it.
        """
        check_draws(n_boot, at_least=1)
        if self.background is None:
            raise SoftUnlearnError(
                "'intervals' needs the rows of the audit, which a stored report does not take "
                "along. Call it on the report that 'audit' returns, or audit again."
            )
        draws = tell_callbacks(
            self,
            "intervals",
            2 * n_boot,
            lambda tasks: self.background.resample(
                n_boot, random_state, lambda draws: tasks.over(draws, n_boot, "draw")
            ),
        )
        return tabulate_intervals({"validation": self.validation, "rows": self.measured}, draws)

    def summary(self) -> pd.Series:
        """Summarise the correction in one row.

        Returns
        -------
        summary : Series
            `metric`; `delta_requested`, `delta_predicted`, `delta_validation` and `delta_rows`
            (shares of the metric's value before: asked, predicted, measured on the validation
            rows and on these rows); value before and after of every objective and of the
            accuracy on these rows; the `demographic_parity_ratio` on these rows before and after,
            and that of the metric where it is another; of a gap between groups `surrogate`, what
            it is a gap of, and `label_gap` and `probability_gap`, before and after; `case`,
            `solver` and `residual` (the KKT certificate) of the weights, and `rows_changed`, how
            many weights moved; of a tree ensemble `structure`, "held" or "grown anew", and
            `fidelity`.
        """
        return summarise(self)

    def check(self, *requirements) -> pd.DataFrame:
        """Check the numbers of these rows against limits.

        Parameters
        ----------
        *requirements : str
            Each a name, one of >=, <=, > and <, and a number. A name is a rate of `frame`, as
            "selection_rate", of all rows or, as "selection_rate[GROUP]", of one group; a rate
            followed by "_difference", "_ratio", "_group_min" or "_group_max"; or fairlearn's
            "demographic_parity", "equal_opportunity" or "equalized_odds" followed by "_difference"
            or "_ratio". Every group counts, however small it is, as in fairlearn.

        Returns
        -------
        checks : DataFrame
            Indexed by requirement, with the value "before" and "after", and whether it is within
            the limit: "passed_before" and "passed". A value that is not known is not.

        Raises
        ------
        ValueError
            If a requirement is none, names what the report does not have, or there is none.

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
        >>> checks = report.check("demographic_parity_ratio>=0.8", "accuracy>=0.9")
        >>> checks.round(2).rename_axis(None)
                                       before  after  passed_before  passed
        demographic_parity_ratio>=0.8    0.65   0.86          False    True
        accuracy>=0.9                    0.83   0.79          False   False
        >>> bool(checks["passed"].all())
        False
        """
        return check_requirements(self, requirements)
