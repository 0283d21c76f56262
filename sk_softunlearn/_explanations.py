"""What a SoftUnlearner shows of what it did: paths, rows, checks and audits."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from numbers import Integral
from typing import Any, Literal

import narwhals as nw
import numpy as np
import pandas as pd
from sklearn.exceptions import NotFittedError
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from sk_softunlearn._callbacks import pass_callbacks_on, tell_callbacks
from sk_softunlearn._rows import read_rows, read_sensitive
from sk_softunlearn._sklearn import num_samples
from sk_softunlearn._steps._measuring import measure_on
from sk_softunlearn._steps._path import check_deltas, tabulate_path
from sk_softunlearn._steps._request import Request, read_request
from sk_softunlearn._steps._retraining import leave_one_out, retrained
from sk_softunlearn._steps._row_table import tabulate_rows
from sk_softunlearn._steps._run import Run
from sk_softunlearn._steps._scores import predicted_change
from sk_softunlearn._steps._weighed import Weighed
from sk_softunlearn._sweeps import fetched, is_elsewhere, rows_of
from sk_softunlearn._typing import Groups, Labels, Rows, Weights
from sk_softunlearn.audit import AuditReport
from sk_softunlearn.audit._background import Background
from sk_softunlearn.corrections import Replay, Retrain
from sk_softunlearn.objectives._units import gaps_by_class, in_both_units, pairs_of
from sk_softunlearn.weights import WeightSolution

__all__ = ["Explanations"]


class Explanations:
    """The methods of a SoftUnlearner that change nothing."""

    # Its parameters that they read, and what the steps leave.
    random_state: Any
    n_jobs: int | None
    get_params: Any
    _run: Run
    _weighed: Weighed
    _request: Request
    _described: str
    estimator_: Any
    unlearned_estimator_: Any
    influence_: dict[str, np.ndarray]
    epsilon_: np.ndarray
    sample_weight_: np.ndarray
    solution_: WeightSolution
    rounds_: pd.DataFrame
    fidelity_: float | None
    before_: dict[str, float]
    after_: dict[str, float]
    classes_: np.ndarray
    n_features_in_: int
    feature_names_in_: np.ndarray

    def _asked(self, solver="auto", verify=False) -> Request:
        """Return what the parameters ask now, as a value."""
        return read_request(self.get_params(), solver, verify)

    def _state(self) -> Run:
        if not hasattr(self, "_run"):
            raise NotFittedError(
                "This SoftUnlearner has no training rows: a file does not keep them. Call fit or "
                "fit_influence first."
            )
        return self._run

    def delta_path(
        self,
        deltas: Sequence[float] | np.ndarray,
        X: Rows | None = None,
        y: Labels | None = None,
        *,
        sensitive_features: Groups | None = None,
    ) -> pd.DataFrame | Any:
        """Compute weights and corrections for several `delta`, from one influence computation.

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
            Indexed by delta. The column `case`, and for every objective `f` the columns
            `predicted_f`, its predicted change on the validation rows, and `measured_f`, its
            measured change on X; for the metric also `requested_f`. Infeasible deltas have the case
            "infeasible" and no changes. If the training rows came as a polars DataFrame, so does
            this one, with a column `delta`.
        """
        run, request, panel = self._state(), self._asked(), None
        request.must_agree(run.request, "fit_influence")
        deltas = check_deltas(deltas)
        if X is not None:
            rows = read_rows(X, y, None, sensitive_features)
            *_, panel = measure_on(request.settled(run.panel), self.estimator_, rows)
        path = tell_callbacks(
            self,
            "delta_path",
            len(deltas),
            lambda tasks: tabulate_path(
                *(run, request, deltas, panel), lambda rows: tasks.over(rows, len(deltas), "delta")
            ),
        )
        return run.rows.in_kind(path)

    def explain_rows(self, n: int | None = 20) -> pd.DataFrame | Any:
        """List the rows whose weights changed most.

        Parameters
        ----------
        n : int or None, default=20
            How many; None: all.

        Returns
        -------
        rows : DataFrame of at most n rows
            Indexed like X, or by position if X has no index. The columns are `weight`, `epsilon`,
            `label`, `group`, and the influence on every objective. The largest epsilon comes first.
            If X is a polars DataFrame, so is this one, with the positions in a column `row`.

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
        run = self._state()
        check_is_fitted(self, "solution_", msg="Call compute_weights before explain_rows.")
        if n is not None and (not isinstance(n, Integral) or n < 0):
            raise ValueError(f"'n' must be a whole number of rows, or None for all, got {n!r}.")
        return run.rows.in_kind(tabulate_rows(run, self.solution_, n))

    def validate(
        self, method: Literal["loo", "retrain"] = "loo", n: int | None = None
    ) -> pd.DataFrame | Any:
        """Compare what influence predicts with what retraining measures.

        Parameters
        ----------
        method : "loo" or "retrain", default="loo"
            "loo": random rows are removed one at a time, and the fitted objective is minimised
            without each. A tree ensemble keeps its splits and gets new leaves. "retrain": the
            classifier is fitted again by its own solver, with growing shares of the weight changes
            `epsilon_`. If measured and predicted changes part, the first order no longer holds.
        n : int, default=None
            How many rows or shares; None: 100 rows (all, if there are fewer), 10 shares.

        Returns
        -------
        comparison : DataFrame of n rows
            Indexed like X, or by the share. For every objective `f` the columns `predicted_f` and
            `measured_f` are changes on the validation rows. A gap of labels moves in steps and has
            no slope. Both columns are then about the gap of probabilities, times the ratio of the
            two gaps at the fitted classifier. With "retrain" a tree ensemble grows other trees; a
            column `held_f` has the change with its own trees. If X is a polars DataFrame, so is
            this one, with a column `row` or `share`.

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
            measured = tell_callbacks(
                self,
                "validate",
                size,
                lambda tasks: leave_one_out(
                    run, chosen, self.n_jobs, lambda rows: tasks.over(rows, size, "row")
                ),
            )
            index = run.rows.index(chosen if run.training is None else run.training[chosen])
        else:
            check_is_fitted(self, "solution_", msg="Call compute_weights before validate.")
            epsilon = self.solution_.epsilon
            count = 10 if n is None else int(n)
            index = pd.Index(np.arange(1, count + 1) / count, name="share")
            gone = {k: predicted_change(scores, epsilon) for k, scores in run.influence.items()}
            predicted = [{k: share * change for k, change in gone.items()} for share in index]
            measured = tell_callbacks(
                self,
                "validate",
                count,
                lambda tasks: retrained(
                    *(run, epsilon, index, self.n_jobs),
                    follow=lambda fits: tasks.over(fits, count, "share"),
                ),
            )
        found = {"predicted": predicted, "measured": measured}
        if method == "retrain" and run.view.replays:
            found["held"] = retrained(run, epsilon, index, self.n_jobs, Replay())
        comparison = pd.concat(
            [pd.DataFrame(v, index=index).add_prefix(f"{name}_") for name, v in found.items()],
            axis=1,
        )
        return run.rows.in_kind(comparison)

    def audit(
        self,
        X: Rows,
        y: Labels | None,
        *,
        sensitive_features: Groups | None = None,
        sample_weight: Weights | None = None,
        reference: str | None = None,
    ) -> AuditReport:
        """Compare the classifier before and after on other rows.

        Parameters
        ----------
        X : array-like, DataFrame or sparse of shape (n, p)
            Rows that neither the fit nor the weights have seen.
        y : array-like of shape (n,) or None
            Their labels. None: they are not known. Only what needs no label is then reported, such
            as selection rates and demographic parity.
        sensitive_features : Series, DataFrame, dict, list or ndarray, default=None
            One or more columns of n values; needed by fairness metrics.
        sample_weight : array-like of shape (n,), default=None
            Weights of the rows.
        reference : str, default=None
            The group that the others are compared with, in differences and ratios of rates. None:
            the lowest rate is compared with the highest. The metric does not change.

        Returns
        -------
        report : AuditReport
            By group, before and after.

        Raises
        ------
        ValueError
            If no row is of the group `reference`, or the wrapped classifier itself was changed with
            `set_params` after `fit_influence`.
        """
        check_is_fitted(self, "unlearned_estimator_", msg="Call unlearn before audit.")
        if hasattr(self, "_run") and self.estimator_ is self.get_params(deep=False)["estimator"]:
            self._asked().must_agree(self._run.request, "fit_influence", only="estimator")
        X, labelled = rows_of(X), y is not None
        sensitive_features = fetched(sensitive_features, "sensitive_features")
        if not labelled:
            # Stand-ins that nothing is counted by.
            y = self.classes_[np.arange(num_samples(X)) % len(self.classes_)]
        request, rows = self._request, read_rows(X, y, sample_weight, sensitive_features)
        if reference is not None and str(reference) not in rows.group_names:
            raise ValueError(
                f"'reference' must be one of the groups of these rows, {list(rows.group_names)}, "
                f"got {reference!r}."
            )
        columns = None
        if sensitive_features is not None:
            columns = read_sensitive(sensitive_features, len(rows.y))
        before, evaluated, panel = measure_on(request, self.estimator_, rows, labelled)
        if evaluated.positive is None and not labelled:
            raise ValueError(
                "'y' must hold one label per row of 'X', got None: without labels only rates of a "
                "favourable class are reported, and 'pos_label' names none."
            )
        after = before.moved_to(self.unlearned_estimator_, X, y)
        background = None
        if hasattr(self, "_run"):
            background = Background(
                self._run,
                # With the weights that the correction took, and with that correction.
                replace(
                    self._weighed,
                    solution=self.solution_,
                    request=replace(self._weighed.request, correction=request.correction),
                ),
                before,
                panel,
                after.theta,
                self.unlearned_estimator_,
                self._described,
            )
        metric, raws = request.objectives.metric, (before.raw_prediction, after.raw_prediction)
        objective = request.objectives.named[metric] if metric in panel.bound else None
        counted = panel.bound[metric].group_sizes() if metric in panel.bound else None
        report = AuditReport(
            evaluated if labelled else replace(evaluated, target=None),
            raw_predictions=raws,
            measured=(panel.measure(before.theta), panel.measure(after.theta)),
            validation=(self.before_, self.after_),
            solution=self.solution_,
            metric=metric,
            delta=request.terms.delta,
            guards=request.objectives.guards,
            gaps=in_both_units(objective, evaluated, raws),
            surrogate=getattr(panel.bound.get(metric), "surrogate", None),
            class_gaps=gaps_by_class(objective, evaluated, raws),
            fidelity=self.fidelity_,
            structure=self._structure(request),
            reference=None if reference is None else str(reference),
            columns=columns,
            features_seen=_among_features(columns, rows.X),
            pairs=pairs_of(objective, evaluated, raws),
            grain=self._run.start.look.grain if background else None,
            counted=counted,
            date=datetime.now(UTC).date().isoformat(),
            background=background,
        )
        pass_callbacks_on(self, report)
        return report

    def _structure(self, request):
        """Return whether the trees of an ensemble keep their splits, None of other models."""
        if self.fidelity_ is None:
            return None
        grown = isinstance(request.correction, Retrain) and self.epsilon_.any()
        return "grown anew" if grown else "held"


def _among_features(columns, X):
    """Return which sensitive columns are among the features, None of features without names."""
    names = getattr(nw.from_native(X, eager_only=True, pass_through=True), "columns", None)
    names = getattr(X, "names", names) if is_elsewhere(X) else names
    if columns is None or names is None:
        return None
    # Groups by "age>40" are made of a column "age".
    return [name for name in columns if {name, re.split("[<>=]", name)[0].strip()} & set(names)]
