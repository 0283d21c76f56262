"""The fit that a correction starts from."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from sk_softunlearn._rows import Rows, hold_out
from sk_softunlearn._sweeps import is_elsewhere
from sk_softunlearn.corrections import Newton, Reweighted
from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.views import fit_head, is_frozen, read_view, seeded_clone, unfreeze, view_type

__all__ = ["Fit", "fit_base"]

# To so many rows a classifier is fitted by its own solver where there are more than fit in memory.
FIRST_ROWS = 100_000


@dataclass(frozen=True)
class Fit:
    """A fitted classifier, the rows that it was fitted on, and those to measure on.

    Parameters
    ----------
    estimator : estimator
        Fitted.
    rows : Rows
        All rows, as the user gave them.
    training : ndarray of shape (q,), default=None
        Positions of the rows that it was fitted on; None: all.
    validation : Rows, default=None
        Rows to measure on; None: those that it was fitted on.
    """

    estimator: Any
    rows: Rows
    training: np.ndarray | None = None
    validation: Rows | None = None


def fit_base(request, estimator, rows, validation=None, fraction=0.25, random_state=None) -> Fit:
    """Fit a clone of an estimator, unless it is frozen.

    Parameters
    ----------
    request : Request
        What is asked of it later.
    estimator : estimator
        Left as it is. A FrozenEstimator is not fitted: the estimator inside it is used.
    rows : Rows
        Training rows.
    validation : Rows, default=None
        Rows to measure on; None: a share of `rows` is held out of the fit.
    fraction : float, default=0.25
        That share.
    random_state : int, RandomState or None, default=None
        For the rows held out, and for the random states that the estimator leaves open.

    Returns
    -------
    fit : Fit
        Of the clone.

    Raises
    ------
    UnsupportedEstimatorError
        Before the fit, if the estimator is of a kind that cannot be corrected.
    """
    view_type(estimator, request.layers)
    if is_frozen(estimator):
        return Fit(unfreeze(estimator), rows, validation=validation)
    source, training, fitted_on = check_random_state(random_state), None, rows
    measurable = rows.groups is not None or not request.objectives.need_groups
    if validation is None and measurable:
        training, held_out = hold_out(rows, fraction, source)
        fitted_on, validation = rows.take(training), rows.take(held_out)
    estimator = seeded_clone(estimator, None if random_state is None else source)
    if is_elsewhere(rows.X):
        estimator = _fitted_elsewhere(request, estimator, fitted_on)
    else:
        fit_head(estimator, fitted_on.X, fitted_on.y, fitted_on.sample_weight)
    return Fit(estimator, rows, training, validation)


def _fitted_elsewhere(request, estimator, rows):
    """Return an estimator that is fitted to rows which are not in memory.

    It is fitted to the first of them, its transformers too. From there Newton's method takes the
    classifier to the minimum of its objective on all.
    """
    first, count = rows.X.first(FIRST_ROWS)
    lacking = sorted(set(rows.y.tolist()) - set(rows.y[:count].tolist()))
    if lacking:
        raise ValueError(
            f"'X' must have rows of every class among the first {count:,}, which the classifier is "
            f"first fitted to, got none of {lacking[:5]}. Mix the rows, or fit the classifier "
            "elsewhere and call fit_influence."
        )
    weight = None if rows.sample_weight is None else rows.sample_weight[:count]
    fit_head(estimator, first, rows.y[:count], weight)
    view = read_view(estimator, rows.X, rows.y, rows.sample_weight, request.layers)
    if np.any(view.tilt):
        raise UnsupportedEstimatorError(
            "'estimator' must be without an L1 penalty to be fitted to rows that are not in memory:"
            " which coefficients it puts at 0 cannot be told from the first of them. Fit it "
            "elsewhere and call fit_influence."
        )
    inverse = request.curvature.invert(view, view.sample_weight)
    objective = Reweighted(view.sample_weight)
    return view.write(Newton().minimise(view, objective, request.curvature, inverse))
