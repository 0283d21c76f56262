"""What the weights of a run have not brought, in plain sentences."""

import numpy as np

from sk_softunlearn._narrow import reweighted
from sk_softunlearn._steps._findings import listed
from sk_softunlearn._steps._verdicts import (
    NOISE,
    exceeds,
    exceeds_grossly,
    falls_short,
    goes_too_far,
)
from sk_softunlearn.exceptions import (
    DeltaNotReachedWarning,
    GuardExceededWarning,
    SoftUnlearnWarning,
    warn_caller,
)

__all__ = [
    "another_class",
    "warn_if_missed",
    "warn_of_another_class",
    "warn_of_exceeded",
    "warn_of_lost_classes",
]


def warn_if_missed(
    metric, delta, furthest, promised, before, after, rounds=False, grain=0.0, guarded=False
):
    """Warn if the measured metric is not where the weights were to bring it.

    It warns of too little if the weights promised the asked improvement or came from rounds. It
    warns of too much if more than `furthest`, a share of the value before, has gone. `grain` is
    what one row is worth; `guarded` says whether there are guards that could be loosened.
    """
    start, end = before[metric], after[metric]
    gone, told = (start - end) / start, grain / start
    loosened = "'bounds' or 'guards'" if guarded else "'bounds'"
    if not np.isfinite(end):
        finding = (
            "the correction has diverged. Use correction='newton' or 'influence', or ask for less."
        )
    elif (rounds or promised >= delta * start * (1 - 1e-6)) and falls_short(gone + told, delta):
        finding = (
            f"these rounds have found no weights that bring more. Loosen {loosened}, allow more "
            "rounds, or ask for less."
            if rounds
            else "the prediction does not hold this far. Use several rounds (n_rounds=10), or ask "
            "for less."
        )
    elif goes_too_far(gone - told, max(furthest, delta)):
        side = "on the other side of 0" if end < 0 else f"past {max(furthest, delta):g}"
        finding = (
            f"that is {side}, further than 'max_improvement' allows. Use several rounds "
            "(n_rounds=10), which stop where they should, or ask for less."
        )
    else:
        return
    warn_caller(
        f"'delta'={delta:g} of {metric} was asked, {gone:.3g} was measured on the validation rows "
        f"({start:.4g} -> {end:.4g}): {finding}",
        DeltaNotReachedWarning,
    )


def another_class(rows, gaps):
    """Return the class whose gap has become the largest, None if there is none.

    Parameters
    ----------
    rows : EvaluationRows
        With the favourable class.
    gaps : dict of label to tuple of two float
        By class, its gap before and after.

    Returns
    -------
    label : label or None
        Of a class that is not the favourable one, whose gap has grown, too.
    """
    if not gaps:
        return None
    label = max(gaps, key=lambda each: gaps[each][1])
    own = rows.classes[rows.positive]
    return label if label != own and gaps[label][1] > gaps[label][0] + NOISE else None


def warn_of_another_class(metric, rows, gaps):
    """Warn if closing the gap of one class has opened that of another."""
    label = another_class(rows, gaps)
    if label is not None:
        before, after = gaps[label]
        warn_caller(
            f"{metric!r} of the class {label!r} is the largest of all classes now: it went from "
            f"{before:.4g} to {after:.4g}. Use DemographicParity(per_class=True), or guard it.",
            SoftUnlearnWarning,
        )


def warn_of_exceeded(guards, before, after, grain, least_loss=False):
    """Warn of guards that got worse, as measured, by more than their slack.

    Parameters
    ----------
    guards : dict of str to float
        Slack of every guard. One without slack holds to first order: only much more is said.
    before, after : dict of str to float
        Every objective on the validation rows.
    grain : dict of str to float
        What one row is worth in each.
    least_loss : bool, default=False
        Whether rounds have sought the weights with the least loss: then more of them, or a guard
        on it, would not lower it.
    """
    exceeded = {
        name: slack
        for name, slack in guards.items()
        if (exceeds if slack else exceeds_grossly)(before[name], after[name], slack, grain[name])
    }
    if exceeded:
        changes = ", ".join(
            f"{name!r} went from {before[name]:.4g} to {after[name]:.4g} (slack {slack:g})"
            for name, slack in exceeded.items()
        )
        advice = "Ask for a smaller 'delta' or a larger slack"
        if exceeded.keys() - ({"log_loss"} if least_loss else set()):
            advice += ", or use more rounds ('n_rounds')"
        if any(not slack and not grain[name] for name, slack in exceeded.items()):
            advice += ". A guard without slack holds to first order only"
        if least_loss and "log_loss" in exceeded:
            advice += (
                ". Of the weights that bring as much these were chosen for the least loss of "
                "training and validation rows: more rounds do not lower it"
            )
        warn_caller(
            f"'guards' were exceeded on the validation rows: {changes}. {advice}.",
            GuardExceededWarning,
        )


def warn_of_lost_classes(view, epsilon):
    """Warn of trees whose weights leave nothing of a class: they predict that it does not exist.

    Parameters
    ----------
    view : View
        Of the training rows.
    epsilon : ndarray of shape (n,)
        Relative change of their weights.
    """
    if not view.replays:
        return
    n_classes = len(view.classifier.classes_)
    before, after = (
        np.bincount(view.target, weight, n_classes)
        for weight in (view.sample_weight, reweighted(view.sample_weight, epsilon))
    )
    lost = [repr(c) for c in view.classifier.classes_[(before > 0) & (after <= 0)].tolist()]
    if lost:
        warn_caller(
            f"The weights leave no row of the class {listed(lost)}, and the trees hardly predict "
            "it any more. Weights move little else where leaves hold a row or two: fit the model "
            "with more rows in a leaf, or give 'guards' the log loss.",
            SoftUnlearnWarning,
        )
