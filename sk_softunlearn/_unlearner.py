"""SoftUnlearner: knows the order of the stages and no mathematics."""

from contextlib import contextmanager, nullcontext
from copy import deepcopy
from numbers import Integral, Real
from typing import ClassVar, Self

import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted, validate_data

from sk_softunlearn._callbacks import CallbackSupportMixin, Tasks, tells_callbacks
from sk_softunlearn._explanations import Explanations
from sk_softunlearn._narrow import frozen, reweighted
from sk_softunlearn._predictions import CorrectedPredictions
from sk_softunlearn._rows import check_known_labels, read_rows
from sk_softunlearn._sklearn import Interval, StrOptions, print_elapsed_time
from sk_softunlearn._steps._findings import warn_if_untransformed
from sk_softunlearn._steps._fitting import Fit, fit_base
from sk_softunlearn._steps._run import Run
from sk_softunlearn._steps._settling import settle
from sk_softunlearn._sweeps import SweepLines, fetched, followed_by, rows_of, takes_long
from sk_softunlearn._typing import Groups, Labels, Rows, Weights
from sk_softunlearn.views import find_head, is_frozen, unfreeze
from sk_softunlearn.views._checks import check_is_estimator, is_estimator

__all__ = ["SoftUnlearner"]

# What only the steps need, with the training rows: left out of pickles.
TRANSIENT = ("_run", "_weighed", "_described")
# What a new fit drops, whether it ends well or not.
FITTED = (
    "estimator_",
    "unlearned_estimator_",
    "influence_",
    "epsilon_",
    "sample_weight_",
    "solution_",
    "rounds_",
    "before_",
    "after_",
    "gaps_",
    "classes_",
    "groups_",
    "group_titles_",
    "surrogate_",
    "fidelity_",
    "_request",
    *TRANSIENT,
)


class SoftUnlearner(
    CallbackSupportMixin, CorrectedPredictions, Explanations, ClassifierMixin, BaseEstimator
):
    """Correct a fitted classifier with soft weights on its training rows.

    Influence functions predict what every training row does to a fairness or robustness metric and
    to utility. A convex quadratic program turns that into one small weight change per row. A
    correction moves the classifier to where these weights put it (arXiv 2505.18783).

    Parameters
    ----------
    estimator : estimator
        A linear classifier, a tree ensemble (also of LightGBM, XGBoost and CatBoost), an
        MLPClassifier, a network of PyTorch, a classifier that `register_view` adds, or a Pipeline
        that ends in one of them. `fit` fits a clone of it, unless it is a FrozenEstimator. The
        step methods take it as it is, fitted. It is never modified.
    metric : str, Objective or callable, default="demographic_parity"
        What to improve: "demographic_parity", "equal_opportunity", "equalized_odds",
        "worst_group_loss", "individual_fairness", "robustness", "target_loss", "log_loss", an
        `Objective` with its own parameters, or a function of the raw predictions
        (`CustomObjective` says how it is called).
    guards : str, tuple of str, dict or None, default=None
        What may not get worse. A dict gives each guard a slack in its own unit, such as
        `{"log_loss": 0.01}`. Without slack a guard holds to first order, in every round. With a
        positive slack the measured value holds, if the rounds allow it. The same is true of a gap
        of labels, with slack or without, to within one row's worth. A warning says if a guard is
        exceeded. None: no guard; `objective="utility"` minimises the log loss.
    delta : float, default=0.5
        Share of the metric's present value that must go, in (0, 1].
    max_improvement : float, default=1.0
        Largest share that may go; 1 is parity.
    regularization : float or "auto", default="auto"
        Price of the squared size of the weight changes. With `objective="metric"` it is lambda of
        the quadratic program, against the gain in the metric; "auto": the smallest changes that
        reach `delta`. With `objective="utility"` it stands beside the loss; "auto": a small price.
    bounds : tuple of (float or None, float or None) or None, default=(-1.0, None)
        Bounds on `epsilon_`; -1 removes a row.
    weighting : "soft", "hard" or object, default="soft"
        "hard" removes the most harmful fifth of the rows; `HardWeights(fraction=0.1)` another
        share.
    correction : str or Correction, default="auto"
        "newton", "influence", "replay", "retrain" or another of `CORRECTIONS`. "auto": "newton" on
        a convex head, "replay" for a tree ensemble, "influence" for all layers of a network.
        `Retrain(layers="all")` fits the whole network with the weights of its last layer.
    curvature : str or Curvature, default="auto"
        "exact", "conjugate_gradient", "dual", "ekfac", "diagonal" or "identity". "auto": exact if
        the number of parameters allows it; conjugate gradients for more parameters, and for all
        layers of an MLPClassifier.
    layers : "last", "all", "trainable" or sequence of str, default="last"
        Which layers of a network are corrected; the others stay as they are. "trainable" and names
        of parameters or modules are for networks of PyTorch.
    n_rounds : int, default=10
        Largest number of rounds. Each predicts the effect of the weights again, at the classifier
        that the last weights gave. With several rounds `delta` is reached as measured: they end if
        the measured share is `delta`, within a thousandth or one row's worth, and the weights have
        settled. 1: the paper's one shot. Hard weights have one round.
    objective : "auto", "utility" or "metric", default="auto"
        What the weights minimise beside reaching `delta`: "metric", their size, as the paper
        does; "utility", the loss of training and validation rows to second order, at a small
        price on their size. A guard on the log loss is then the objective itself. "auto":
        "utility" for a convex model of up to 500 parameters (fewer on very many rows: n d^2 up to
        2e10), "metric" beyond.
    surrogate : "auto", "label", "probability" or "loss", default="auto"
        What a gap between groups compares. "label": hard predictions, as fairlearn counts them.
        "probability": mean probabilities. "loss": the mean loss (FERM), for equal opportunity and
        equalized odds. "auto": labels if every group that counts has at least 100 validation rows
        in every rate; probabilities otherwise.
    min_group_rows : int, default=30
        How many validation rows a group needs in each of its rates to count in a gap. If fewer
        than two groups have so many, all groups count.
    pos_label : label, default=None
        The favourable class; None: `classes_[1]` of two classes.
    validation_fraction : float, default=0.25
        Share of the rows that `fit` holds out if it gets no `X_val`, stratified by class and
        group. For the step methods and a FrozenEstimator the model has seen all rows, so they
        measure on the training rows.
    on_infeasible : "raise" or "relax", default="raise"
        What to do if no weights reach `delta`: raise an error, or warn and go as far as possible.
    random_state : int, RandomState or None, default=None
        Draws the rows that are held out. It is also passed on to the estimator and to random
        corrections.
    n_jobs : int or None, default=None
        How many retrainings `validate` runs at a time, in threads.
    verbose : int, default=0
        Above 0: every stage prints how long it took. Above 1, so does every sweep over rows that
        are not in memory or take a gigabyte; on a terminal, it says how far it is.

    Attributes
    ----------
    estimator_ : estimator
        The fitted classifier, untouched.
    unlearned_estimator_ : estimator
        The corrected classifier, of the same type, usable alone.
    influence_ : dict of str to ndarray of shape (n,)
        Predicted change of every objective when a row is removed; 0 for rows held out. Read-only:
        the weights are computed from it.
    epsilon_ : ndarray of shape (n,)
        Relative change of every row's weight, in the order of X; 0 for rows held out. Read-only.
    sample_weight_ : ndarray of shape (n,)
        `sample_weight * (1 + epsilon_)`.
    solution_ : WeightSolution
        The weights with their certificate; `predicted` maps each objective to its predicted
        change.
    rounds_ : DataFrame
        What every round predicted and measured, as changes from the fitted classifier; `length`
        below 1 marks a round that was shortened. Empty with one round.
    before_, after_ : dict of str to float
        Value of every objective on the validation rows, measured.
    groups_ : tuple of str
        Names of the groups of the training rows, in their order; empty without groups.
    group_titles_ : tuple of str
        These names as figures and warnings show them: "race = 1" for the group "1" of a column
        "race".
    surrogate_ : str or None
        What the metric is a gap of: "label", "probability" or "loss"; None if it is no gap
        between groups.
    fidelity_ : float or None
        For a tree ensemble: its leaves are made again with the weights of the fit, and this is the
        largest difference to its raw predictions. None for other models.
    gaps_ : dict of str to tuple of two float
        If the metric is a gap between groups: the gap on the validation rows before and after,
        under "label" and under "probability", whichever was asked for.
    classes_ : ndarray of shape (n_classes,)
        Labels.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (p,)
        Their names, where X has names.

    See Also
    --------
    sk_softunlearn.weights.SoftWeights : The quadratic program.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sk_softunlearn import SoftUnlearner
    >>> rng = np.random.default_rng(0)
    >>> group = rng.integers(2, size=2000)
    >>> X = rng.normal(size=(2000, 3)) + group[:, None] * [1.0, 0.0, 0.0]
    >>> y = (X.sum(axis=1) + rng.normal(size=2000) > 0.5).astype(int)
    >>> soft = SoftUnlearner(LogisticRegression(), delta=0.5, random_state=0)
    >>> soft = soft.fit(X, y, sensitive_features=group)
    >>> soft.surrogate_, [round(gap, 2) for gap in soft.gaps_["label"]]
    ('label', [0.2, 0.1])
    """

    # Requested by default, so that Pipeline and GridSearchCV route them without set_fit_request.
    __metadata_request__fit: ClassVar[dict] = {
        "sample_weight": True,
        "sensitive_features": True,
        "X_val": True,
        "y_val": True,
        "sample_weight_val": True,
        "sensitive_features_val": True,
    }

    def __init__(
        self,
        estimator,
        metric="demographic_parity",
        guards=None,
        delta=0.5,
        max_improvement=1.0,
        regularization="auto",
        bounds=(-1.0, None),
        weighting="soft",
        correction="auto",
        curvature="auto",
        layers="last",
        n_rounds=10,
        objective="auto",
        surrogate="auto",
        min_group_rows=30,
        pos_label=None,
        validation_fraction=0.25,
        on_infeasible="raise",
        random_state=None,
        n_jobs=None,
        verbose=0,
    ):
        self.estimator = estimator
        self.metric = metric
        self.guards = guards
        self.delta = delta
        self.max_improvement = max_improvement
        self.regularization = regularization
        self.bounds = bounds
        self.weighting = weighting
        self.correction = correction
        self.curvature = curvature
        self.layers = layers
        self.n_rounds = n_rounds
        self.objective = objective
        self.surrogate = surrogate
        self.min_group_rows = min_group_rows
        self.pos_label = pos_label
        self.validation_fraction = validation_fraction
        self.on_infeasible = on_infeasible
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    _parameter_constraints: ClassVar[dict] = {
        "delta": [Interval(Real, 0, 1, closed="right")],
        "max_improvement": [Interval(Real, 0, None, closed="neither")],
        "regularization": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "bounds": [tuple, list, None],
        "guards": [str, tuple, list, dict, None],
        "n_rounds": [Interval(Integral, 1, None, closed="left")],
        "layers": [StrOptions({"last", "all", "trainable"}), list, tuple],
        "objective": [StrOptions({"auto", "metric", "utility"})],
        "surrogate": [StrOptions({"auto", "label", "probability", "loss"})],
        "min_group_rows": [Interval(Integral, 1, None, closed="left")],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "on_infeasible": [StrOptions({"raise", "relax"})],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    }

    @tells_callbacks
    def fit(
        self,
        X: Rows,
        y: Labels,
        sample_weight: Weights | None = None,
        *,
        sensitive_features: Groups | None = None,
        X_val: Rows | None = None,
        y_val: Labels | None = None,
        sample_weight_val: Weights | None = None,
        sensitive_features_val: Groups | None = None,
    ) -> Self:
        """Fit a clone of the estimator, weigh its rows, and correct it.

        Without sensitive features a fairness metric cannot be measured: `fit` then warns and
        leaves every weight as it is.

        Parameters
        ----------
        X : array-like, DataFrame or sparse of shape (n, p)
            Training rows, as the estimator takes them.
        y : array-like of shape (n,)
            Labels.
        sample_weight : array-like of shape (n,), default=None
            Weights of the rows in the fit.
        sensitive_features : Series, DataFrame, dict, list or ndarray, default=None
            One or more columns of n values. Every combination of values is a group.
        X_val, y_val, sample_weight_val, sensitive_features_val : default=None
            Validation rows, on which the objectives are measured. Without them `fit` holds out
            `validation_fraction` of X.

        Returns
        -------
        self : SoftUnlearner
            Fitted.

        Raises
        ------
        InfeasibleWeightsError
            If no weights reach `delta` and `on_infeasible` is "raise".
        UnsupportedEstimatorError
            If the estimator is of a kind that cannot be corrected.
        ValueError
            If an argument is not what it must be.
        """
        request, rows, validation = self._read(
            (X, y, sample_weight, sensitive_features),
            (X_val, y_val, sample_weight_val, sensitive_features_val),
            fits=not is_frozen(self.estimator),
        )
        tasks, sweeps = Tasks(self, count=4), takes_long(rows.X)
        with self._timed("fit"), tasks.task("training", sweeps=sweeps):
            fit = fit_base(
                request,
                self.estimator,
                rows,
                validation,
                self.validation_fraction,
                self.random_state,
            )
        with tasks.task("influence", sweeps=sweeps):
            self._begin(request, fit)
        with tasks.task("weights", sweeps=sweeps):
            self.compute_weights()
        with tasks.task("correction", sweeps=sweeps):
            self.unlearn()
        tasks.end()
        return self

    def fit_influence(
        self,
        X: Rows,
        y: Labels,
        sample_weight: Weights | None = None,
        *,
        sensitive_features: Groups | None = None,
        X_val: Rows | None = None,
        y_val: Labels | None = None,
        sample_weight_val: Weights | None = None,
        sensitive_features_val: Groups | None = None,
    ) -> Self:
        """Compute the influence of the rows on which `estimator` was fitted.

        Parameters
        ----------
        X : array-like, DataFrame or sparse of shape (n, p)
            The rows that the estimator was fitted on.
        y : array-like of shape (n,)
            Their labels.
        sample_weight : array-like of shape (n,), default=None
            The weights that it was fitted with.
        sensitive_features : Series, DataFrame, dict, list or ndarray, default=None
            One or more columns of n values; their cells are the groups.
        X_val, y_val, sample_weight_val, sensitive_features_val : default=None
            Validation rows, on which the objectives are measured; without them: X itself.

        Returns
        -------
        self : SoftUnlearner
            With `influence_` and `before_`.

        Raises
        ------
        NotFittedError
            If `estimator` is not fitted.
        UnsupportedEstimatorError
            If the estimator is of a kind that cannot be corrected.
        ValueError
            If an argument is not what it must be.
        """
        request, rows, validation = self._read(
            (X, y, sample_weight, sensitive_features),
            (X_val, y_val, sample_weight_val, sensitive_features_val),
        )
        return self._begin(request, Fit(unfreeze(self.estimator), rows, validation=validation))

    def compute_weights(self, *, solver: str = "auto", verify: bool = False) -> Self:
        """Turn influence into one weight per row.

        Parameters
        ----------
        solver : str, default="auto"
            "auto" or a name that `WeightProblem.solve` takes, as "cvxpy".
        verify : bool, default=False
            Solve again with cvxpy and compare the objectives.

        Returns
        -------
        self : SoftUnlearner
            With `solution_`, `epsilon_` and `sample_weight_`.

        Raises
        ------
        InfeasibleWeightsError
            If no weights reach `delta` and `on_infeasible` is "raise".
        ValueError
            If a parameter that influence depends on was changed since it was computed.
        """
        run, request = self._state(), self._asked(solver, verify)
        request.must_agree(run.request, "fit_influence")
        self._forget("unlearned_estimator_", "after_", "gaps_")
        with self._timed("weights"):
            self._weighed = run.weigh(request)
        self._keep(self._weighed.solution)
        return self

    def unlearn(self) -> Self:
        """Correct the classifier with the weights, and measure it on the validation rows.

        Returns
        -------
        self : SoftUnlearner
            With `unlearned_estimator_` and `after_`.

        Raises
        ------
        ValueError
            If the correction does not take these weights, or a parameter that they depend on was
            changed since they were computed.
        """
        run, request = self._state(), self._asked()
        check_is_fitted(self, "solution_", msg="Call compute_weights before unlearn.")
        request.must_agree(self._weighed.request, "fit_influence", "compute_weights")
        with self._timed("correction"):
            settled = settle(run, request, self._weighed)
        self._keep(settled.weighed.solution)
        self.unlearned_estimator_ = run.view.write(settled.theta)
        self.after_, self.gaps_ = settled.after, run.gaps(settled.theta)
        self._request, self._described = request.settled(run.panel), repr(self)
        run.warn_of(settled)
        return self

    def _keep(self, solution):
        """Keep weights and what they are in the order of X."""
        run, self.solution_ = self._state(), solution
        self.rounds_ = _table_of_rounds(self._weighed.records)
        self._forget("epsilon_", "sample_weight_")
        self.epsilon_ = run.scatter(solution.epsilon)
        self.sample_weight_ = reweighted(run.rows.weights(), self.epsilon_)

    def _read(self, training, validation, fits=False):
        """Return request, rows and validation rows, checked before anything is computed."""
        self._forget(*FITTED)
        self._validate_params()
        # Before its tags are asked for.
        check_is_estimator(self.estimator)
        request = self._asked()
        X, y, sample_weight, sensitive_features = training
        X, y = rows_of(X), fetched(y, "y")
        validate_data(self, X, y, skip_check_array=True)
        rows = read_rows(X, y, sample_weight, sensitive_features)
        if validation[0] is None:
            return request, rows, None
        if validation[1] is None:
            raise ValueError("'y_val' must be given with 'X_val', got None. Pass their labels.")
        measured, asked = read_rows(*validation, suffix="_val"), request.objectives
        classifier = None if fits else find_head(self.estimator).classifier
        check_known_labels(measured.y, getattr(classifier, "classes_", rows.y), "_val")
        if sensitive_features is not None and validation[3] is None and asked.need_groups:
            raise ValueError(
                "'sensitive_features_val' must be given with 'X_val' where the metric is measured "
                f"between groups, got None with metric {asked.metric!r}. Pass those of X_val; "
                "'sensitive_features' are those of X."
            )
        warn_if_untransformed(rows, measured)
        return request, rows, measured

    @contextmanager
    def _timed(self, stage):
        """Print how long a stage took, as scikit-learn's Pipeline does, and each of its sweeps."""
        name, message = type(self).__name__, f"Processing {stage}" if self.verbose else None
        lines = followed_by(SweepLines(name, stage)) if self.verbose > 1 else nullcontext()
        with print_elapsed_time(name, message), lines:
            yield

    def _forget(self, *attributes):
        """Drop what a later step left, which no longer belongs to this one."""
        for attribute in attributes:
            vars(self).pop(attribute, None)

    def _begin(self, request, fit):
        """Compute influence, and keep all of it or nothing."""
        with self._timed("influence"):
            run = Run.begin(request, fit)
            before = run.before
        self._run, self.estimator_, self.before_ = run, fit.estimator, before
        self.fidelity_ = run.view.fidelity
        self.surrogate_, self.groups_ = run.surrogate, run.rows.group_names
        self.group_titles_ = run.rows.group_titles
        self.classes_ = run.view.classifier.classes_
        self.influence_ = {name: run.scatter(scores) for name, scores in run.influence.items()}
        return self

    def __copy__(self):
        """Return a copy with the training rows at hand, which pickles leave out."""
        other = type(self).__new__(type(self))
        vars(other).update(vars(self))
        return other

    def __deepcopy__(self, memo):
        """Return a copy that shares nothing, with the training rows at hand."""
        other = type(self).__new__(type(self))
        memo[id(self)] = other
        vars(other).update({name: deepcopy(value, memo) for name, value in vars(self).items()})
        # A copy of an array can be written to, and the steps go on from these.
        for shown in (*getattr(other, "influence_", {}).values(), getattr(other, "epsilon_", None)):
            if shown is not None:
                frozen(shown)
        return other

    def __getstate__(self):
        """Leave the training rows out of pickles, and say `rounds_` in plain numbers."""
        state = {k: v for k, v in super().__getstate__().items() if k not in TRANSIENT}
        if "rounds_" in state:
            # skops writes no table that it could read.
            state["rounds_"] = state["rounds_"].to_dict("records")
        return state

    def __setstate__(self, state):
        """Make `rounds_` a table again."""
        super().__setstate__(state)
        if "rounds_" in state:
            self.rounds_ = _table_of_rounds(state["rounds_"])

    def __sklearn_tags__(self):
        """Accept what the wrapped classifier accepts."""
        tags = super().__sklearn_tags__()
        if not is_estimator(self.estimator):
            return tags
        inner = get_tags(unfreeze(self.estimator))
        tags.input_tags.sparse = inner.input_tags.sparse
        tags.input_tags.allow_nan = inner.input_tags.allow_nan
        if inner.classifier_tags is not None:
            tags.classifier_tags.multi_class = inner.classifier_tags.multi_class
        return tags


def _table_of_rounds(records):
    """Return one row per round, counted from 1."""
    return pd.DataFrame(records, index=pd.RangeIndex(1, len(records) + 1, name="round"))
