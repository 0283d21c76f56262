"""From weights to a corrected classifier that is no worse in what was asked."""

from dataclasses import dataclass, replace

import numpy as np

from sk_softunlearn._steps._weighed import Weighed
from sk_softunlearn.exceptions import DeltaNotReachedWarning, warn_caller

__all__ = ["Settled", "settle"]

# Below this share of the weights none of them is taken.
SMALLEST_SHARE = 1e-3


@dataclass(frozen=True)
class Settled:
    """Weights that were taken, and what they brought.

    Parameters
    ----------
    weighed : Weighed
        The weights.
    theta : ndarray of shape (d,)
        The corrected parameters.
    after : dict of str to float
        Every objective there, on the validation rows.
    """

    weighed: Weighed
    theta: np.ndarray
    after: dict


def settle(run, request, weighed) -> Settled:
    """Correct with the weights, or with the largest half of a half of them that does no harm.

    One step predicts to first order. Where that does not hold, the metric may end worse than it
    was: then half of the weights are taken, and half of these, at last none.

    Parameters
    ----------
    run : Run
        Influence at the fitted classifier.
    request : Request
        With the correction.
    weighed : Weighed
        What the request came to.

    Returns
    -------
    settled : Settled
        With a warning if not all of the weights were taken.
    """
    theta = run.correct(request, weighed.solution.epsilon, weighed.theta)
    after = run.panel.measure(theta)
    share, taken = 1.0, weighed
    while not run.hopeless and share and _worse(run, after):
        share = share / 2 if share > SMALLEST_SHARE else 0.0
        taken = _part(weighed, share)
        theta = run.correct(request, taken.solution.epsilon)
        after = run.panel.measure(theta)
    if taken is not weighed:
        warn_caller(
            f"These weights made {run.metric!r} worse on the validation rows: {share:.4g} of them "
            "were taken. Use several rounds (n_rounds=10), or ask for less.",
            DeltaNotReachedWarning,
        )
    return Settled(taken, theta, after)


def _worse(run, after):
    # Not `>`: what is not a number is worse.
    return not abs(after[run.metric]) <= run.before[run.metric]


def _part(weighed, share):
    """Return a share of the weights, with a share of what they promise."""
    solution = weighed.solution
    predicted = {name: share * change for name, change in solution.predicted.items()}
    solution = replace(solution, epsilon=share * solution.epsilon, predicted=predicted)
    return replace(weighed, solution=solution, iterate=None)
