"""What a SoftUnlearner shows of what it did: paths, rows, checks and audits."""

from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from sklearn.exceptions import NotFittedError
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from sk_softunlearn._rows import read_rows
from sk_softunlearn._steps._request import evaluation_rows, find_objectives
from sk_softunlearn._steps._retraining import leave_one_out, retrained
from sk_softunlearn._steps._run import Run
from sk_softunlearn._steps._scores import predicted_change
from sk_softunlearn.audit import AuditReport, Background
from sk_softunlearn.exceptions import InfeasibleWeightsError
from sk_softunlearn.objectives import Panel
from sk_softunlearn.views import read_view
from sk_softunlearn.weights import WeightSolution

__all__ = ["Explanations"]


class Explanations:
    """The methods of a SoftUnlearner that look and change nothing."""

    # Its parameters that they read, and what the steps leave.
    metric: Any
    guards: Any
    delta: Any
    layers: Any
    surrogate: Any
    pos_label: Any
    random_state: Any
    n_jobs: int | None
    _run: Run
    estimator_: Any
    unlearned_estimator_: Any
    influence_: dict[str, np.ndarray]
    epsilon_: np.ndarray
    sample_weight_: np.ndarray
    solution_: WeightSolution
    rounds_: pd.DataFrame
    before_: dict[str, float]
    after_: dict[str, float]
    classes_: np.ndarray
    n_features_in_: int
    feature_names_in_: np.ndarray

    def _state(self) -> Run:
        if not hasattr(self, "_run"):
            raise NotFittedError(
                "This SoftUnlearner has no training rows at hand: call fit or fit_influence first, "
                "as a saved one does not take them along."
            )
        return self._run

    def delta_path(self, deltas, X=None, y=None, *, sensitive_features=None) -> pd.DataFrame | Any:
        """Weigh and correct for several `delta`, from the one influence computation.

        Parameters
        ----------
        deltas : array-like of shape (k,)
            Shares of the metric's present value, each in (0, 1].
        X : array-like, DataFrame or sparse of shape (n, p), default=None
            Rows to measure on; None: the validation rows.
        y : array-like of shape (n,), default=None
            Their labels.
        sensitive_features : Series, DataFrame, dict, list or ndarray, default=None
            Their sensitive columns.

        Returns
        -------
        path : DataFrame of k rows
            Indexed by delta: `case`, and for every objective `f` the columns `predicted_f`, its
            change on the validation rows, and `measured_f`, on these rows; for the metric also
            `requested_f`. Infeasible deltas have the case "infeasible" and no changes. A polars
            DataFrame, with a column `delta`, where the training rows came as one.
        """
        return self._state().rows.in_kind(self._path(deltas, X, y, sensitive_features))

    def _path(self, deltas, X=None, y=None, sensitive_features=None) -> pd.DataFrame:
        """Return the path as a pandas DataFrame, whatever X is."""
        run = self._state()
        panel, before = run.panel, self.before_
        if X is not None:
            view, _, panel = self._measure_on(X, y, None, sensitive_features)
            before = panel.measure(view.theta)
        records = []
        for delta, solution, theta in self._along(deltas):
            record = {f"requested_{run.metric}": -delta * self.before_[run.metric]}
            if solution is None:
                records.append({"case": "infeasible", **record})
                continue
            after = panel.measure(theta)
            record |= {f"predicted_{name}": change for name, change in solution.predicted.items()}
            record |= {f"measured_{name}": after[name] - before[name] for name in after}
            records.append({"case": solution.case, **record})
        return pd.DataFrame(records, index=pd.Index(deltas, name="delta"))

    def _along(self, deltas):
        """Yield every delta with its weights and parameters, None where there are none."""
        run, standpoint = self._state(), None
        for delta in deltas:
            try:
                solution, standpoint, _ = run.solve(self, delta, start=standpoint)
            except InfeasibleWeightsError:
                yield delta, None, None
                continue
            yield delta, solution, run.correct(self, solution.epsilon, standpoint)

    def explain_rows(self, n=20) -> pd.DataFrame | Any:
        """List the rows whose weights changed most.

        Parameters
        ----------
        n : int or None, default=20
            How many; None: all.

        Returns
        -------
        rows : DataFrame of at most n rows
            Indexed like X, by position where X has no index: `weight`, `epsilon`, `label`,
            `group`, and the influence on every objective; sorted by the size of epsilon. A polars
            DataFrame, with the positions in the column `row`, where X is one.

        Examples
        --------
        Polars in, polars out; in the order of X it is the table of all weights:

        >>> import numpy as np
        >>> import polars as pl
        >>> from sklearn.linear_model import LogisticRegression
        >>> from sk_softunlearn import SoftUnlearner
        >>> rng = np.random.default_rng(0)
        >>> group = pl.Series("group", rng.integers(2, size=500))
        >>> X = pl.DataFrame({"a": rng.normal(size=500) + group, "b": rng.normal(size=500)})
        >>> y = (X["a"] + X["b"] - rng.normal(size=500) > 0.5).cast(int)
        >>> soft = SoftUnlearner(LogisticRegression(), delta=0.2, random_state=0)
        >>> soft = soft.fit(X, y, sensitive_features=group)
        >>> weights = soft.explain_rows(None).sort("row")
        >>> bool((weights["weight"].to_numpy() == soft.sample_weight_).all())
        True
        """
        rows = self._explained(n)
        return self._state().rows.in_kind(rows)

    def _explained(self, n) -> pd.DataFrame:
        """Return the rows that moved most as a pandas DataFrame, whatever X is."""
        check_is_fitted(self, "epsilon_", msg="Call compute_weights before explain_rows.")
        run = self._state()
        order = np.argsort(-np.abs(self.epsilon_), kind="stable")[:n]
        columns = {"weight": self.sample_weight_, "epsilon": self.epsilon_, "label": run.rows.y}
        if run.rows.groups is not None:
            columns["group"] = run.rows.named_groups().astype(object)
        columns |= {f"influence_{name}": scores for name, scores in self.influence_.items()}
        return pd.DataFrame(
            {name: values[order] for name, values in columns.items()}, index=run.rows.index(order)
        )

    def validate(self, method="loo", n=None) -> pd.DataFrame | Any:
        """Compare predictions with what really retraining brings.

        Parameters
        ----------
        method : "loo" or "retrain", default="loo"
            "loo": random rows are removed one at a time, and the fitted objective is minimised
            without each. "retrain": the classifier is fitted anew, by its own solver, with growing
            shares of the weight changes `epsilon_`: where the measured change leaves the predicted
            one, the first order no longer holds.
        n : int, default=None
            How many rows or shares; None: 100 rows (all, if there are fewer), 10 shares.

        Returns
        -------
        comparison : DataFrame of n rows
            For every objective `f` the columns `predicted_f` and `measured_f`, changes on the
            validation rows; indexed like X, or by the share. A polars DataFrame, with the
            positions in a column `row`, or a column `share`, where X is one.

        Raises
        ------
        ValueError
            If an argument is not what it must be.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.linear_model import LogisticRegression
        >>> from sk_softunlearn import SoftUnlearner
        >>> rng = np.random.default_rng(0)
        >>> group = rng.integers(2, size=500)
        >>> X = rng.normal(size=(500, 3)) + group[:, None]
        >>> y = (X.sum(axis=1) + rng.normal(size=500) > 1).astype(int)
        >>> soft = SoftUnlearner(LogisticRegression(), random_state=0)
        >>> soft = soft.fit(X, y, sensitive_features=group)
        >>> table = soft.validate(n=20)
        >>> predicted, measured = (table[f"{k}_log_loss"] for k in ("predicted", "measured"))
        >>> bool(predicted.corr(measured, method="spearman") > 0.99)
        True
        """
        run = self._state()
        if method not in ("loo", "retrain"):
            raise ValueError(f"'method' must be 'loo' or 'retrain', got {method!r}. Choose one.")
        if n is not None and (not isinstance(n, Integral) or n < 1):
            raise ValueError(f"'n' must be a positive integer, got {n!r}. None chooses one.")
        if method == "loo" and not run.view.convex:
            raise ValueError(
                "'method' must be 'retrain' for all layers of a network, got 'loo': it has no one "
                "minimum to compare with. Use 'retrain', or layers='last'."
            )
        if method == "loo":
            count = len(run.view.target)
            size = min(n or 100, count)
            chosen = check_random_state(self.random_state).choice(count, size, replace=False)
            predicted = [{k: scores[i] for k, scores in run.influence.items()} for i in chosen]
            measured = leave_one_out(run, chosen, self.n_jobs)
            index = run.rows.index(chosen if run.training is None else run.training[chosen])
        else:
            check_is_fitted(self, "solution_", msg="Call compute_weights before validate.")
            epsilon = self.solution_.epsilon
            count = 10 if n is None else int(n)
            index = pd.Index(np.arange(1, count + 1) / count, name="share")
            gone = {k: predicted_change(scores, epsilon) for k, scores in run.influence.items()}
            predicted = [{k: share * change for k, change in gone.items()} for share in index]
            measured = retrained(run, epsilon, index, self.n_jobs)
        comparison = pd.concat(
            [
                pd.DataFrame(predicted, index=index).add_prefix("predicted_"),
                pd.DataFrame(measured, index=index).add_prefix("measured_"),
            ],
            axis=1,
        )
        return run.rows.in_kind(comparison)

    def audit(self, X, y, *, sensitive_features=None, sample_weight=None) -> AuditReport:
        """Compare the classifier before and after on other rows.

        Parameters
        ----------
        X : array-like, DataFrame or sparse of shape (n, p)
            Rows that neither the fit nor the weights have seen.
        y : array-like of shape (n,)
            Their labels.
        sensitive_features : Series, DataFrame, dict, list or ndarray, default=None
            One or more columns of n values; needed by fairness metrics.
        sample_weight : array-like of shape (n,), default=None
            Weights of the rows.

        Returns
        -------
        report : AuditReport
            By group, before and after.
        """
        check_is_fitted(self, "unlearned_estimator_", msg="Call unlearn before audit.")
        before, evaluated, panel = self._measure_on(X, y, sample_weight, sensitive_features)
        after = before.at(read_view(self.unlearned_estimator_, X, y, layers=self.layers).theta)
        asked = find_objectives(self.metric, self.guards, self.surrogate)
        return AuditReport(
            evaluated,
            raw_predictions=(before.raw_prediction, after.raw_prediction),
            measured=(panel.measure(before.theta), panel.measure(after.theta)),
            validation=(self.before_, self.after_),
            solution=self.solution_,
            metric=asked.metric,
            delta=self.delta,
            guards=asked.guards,
            background=self._background(before, panel, after.theta),
        )

    def _background(self, view, panel, corrected):
        """Return what a page looks up, as it stands now; None where the rows are not at hand."""
        if not hasattr(self, "_run"):
            return None
        snapshot = object.__new__(type(self))
        vars(snapshot).update(vars(self))
        return Background(snapshot, view, panel, corrected)

    def _measure_on(self, X, y, sample_weight, sensitive_features):
        """Return view, evaluation rows and objectives of other rows, before the correction."""
        rows = read_rows(X, y, sample_weight, sensitive_features)
        before = read_view(self.estimator_, rows.X, rows.y, rows.sample_weight, self.layers)
        named = find_objectives(self.metric, self.guards, self.surrogate).measurable(rows)
        evaluated = evaluation_rows(before, rows, self.pos_label, named)
        return before, evaluated, Panel(named, before, evaluated)
