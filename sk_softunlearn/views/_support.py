"""What an L1 penalty holds at 0, in sentences."""

import numpy as np

from sk_softunlearn.exceptions import (
    HeldAtZeroWarning,
    UnsupportedEstimatorError,
    warn_caller,
)

__all__ = ["refuse_other_support", "warn_of_held"]


def warn_of_held(classifier, movable):
    """Warn that some coefficients do not move, and refuse a model in which none does.

    Parameters
    ----------
    classifier : estimator
        Fitted.
    movable : ndarray of shape (K, p)
        Boolean: which of its coefficients may move.

    Raises
    ------
    UnsupportedEstimatorError
        If none may.
    """
    if movable.all():
        return
    if not movable.any():
        raise UnsupportedEstimatorError(
            f"'estimator' must have a coefficient that is not 0, got {classifier}, whose L1 "
            f"penalty has put all {movable.size} at 0: there is nothing to correct. Fit it with a "
            "weaker penalty: a larger C, or a smaller alpha."
        )
    warn_caller(
        f"{movable.sum()} of {movable.size} coefficients may move: the L1 penalty has put the "
        "others at 0, and a correction leaves them there. A fit with the new weights may not: "
        "correction='retrain' and validate('retrain') say if it does not. If all should move, fit "
        "with an L2 penalty.",
        HeldAtZeroWarning,
    )


def refuse_other_support(table, theta, tilt):
    """Refuse what a fit with other weights has come to if a correction cannot come to it.

    Parameters
    ----------
    table : ndarray of shape (m,)
        All coefficients and intercepts.
    theta : ndarray of shape (d,)
        Those of them that may move.
    tilt : ndarray of shape (d,)
        With the sign that they keep; 0 for those that keep none.

    Raises
    ------
    UnsupportedEstimatorError
        If it has left 0 where a correction holds it, or the side of 0 where a correction stops.
    """
    left = np.count_nonzero(table) - np.count_nonzero(theta)
    turned = np.count_nonzero(theta * tilt < 0.0)
    if left or turned:
        raise UnsupportedEstimatorError(
            f"Retraining (correction='retrain') with these weights moves {left} coefficients that "
            f"the L1 penalty held at 0, and turns the sign of {turned}: no correction does. Use "
            "correction='newton', which stops them at 0, ask for a smaller 'delta', or fit with an "
            "L2 penalty."
        )
