"""What a run finds amiss, in plain sentences."""

import numpy as np

from sk_softunlearn._rows import look_untransformed
from sk_softunlearn._steps._verdicts import (
    NOISE,
    UNFAITHFUL,
    exceeds,
    exceeds_grossly,
    falls_short,
    goes_too_far,
    leaves_open,
    small_groups,
)
from sk_softunlearn.exceptions import (
    DegenerateMetricWarning,
    DeltaNotReachedWarning,
    FidelityWarning,
    GuardExceededWarning,
    NotStationaryWarning,
    SmallGroupWarning,
    SoftUnlearnWarning,
    warn_caller,
)

__all__ = [
    "ROUGH",
    "another_class",
    "listed",
    "metric_is_lost",
    "nothing_to_improve",
    "warn_if_left_open",
    "warn_if_missed",
    "warn_if_untransformed",
    "warn_of_another_class",
    "warn_of_exceeded",
    "warn_of_lost_classes",
    "warn_of_small_groups",
    "warn_of_the_fit",
]

# Mean loss in nats that could be gained, and gradient per row, above which a model is called not
# stationary. scikit-learn's default tol leaves up to 5e-4 and 1e-4 on its own data sets; a fit
# whose weights were not passed on is told by the gradient.
EXCESS_LOSS = 1e-3
SUSPECT_LOSS, SUSPECT_GRADIENT = 1e-4, 3e-4
# Relative residual that is enough for a comparison with these.
ROUGH = 1e-3


def metric_is_lost(objectives, named):
    """Say whether the metric is not among the objectives that can be measured, and warn of it."""
    lost = [name for name in objectives.named if name not in named]
    guarded = [name for name in lost if name in objectives.guards]
    if guarded and objectives.metric not in lost:
        raise ValueError(
            f"'sensitive_features' must be given for the guards {guarded}, got None. Pass them, "
            "or drop these guards."
        )
    if lost:
        warn_caller(
            f"'sensitive_features' must be given to measure {objectives.metric!r}, got None: "
            "every weight stays as it is and the classifier is not corrected. Pass "
            "sensitive_features (and sensitive_features_val with X_val).",
            DegenerateMetricWarning,
        )
    return bool(lost)


def warn_if_untransformed(rows, validation):
    """Warn of validation rows that did not go through the preprocessing of the others.

    Parameters
    ----------
    rows, validation : Rows
        Those of the fit, and those to measure on.
    """
    if look_untransformed(rows.X, validation.X):
        warn_caller(
            "'X_val' has other columns than 'X', or most of its columns are far from those of 'X'. "
            "Probably it did not go through the same preprocessing. Inside a Pipeline pass "
            "transform_input=['X_val'] to the Pipeline, with metadata routing enabled, or give "
            "SoftUnlearner the whole Pipeline as 'estimator'.",
            SoftUnlearnWarning,
        )


def nothing_to_improve(metric, panel, theta):
    if metric not in panel.bound:
        return True
    value = panel.measure(theta)[metric]
    if value < -NOISE:
        raise ValueError(
            f"'metric' must be at least 0 at the fitted classifier, a quantity to bring down to "
            f"0; {metric!r} is {value:.4g}. Return its absolute value or its negative."
        )
    # A gap below the rounding of the predictions is none.
    if value > (NOISE if panel.bound[metric].signed else 0.0):
        return False
    warn_caller(
        f"'metric' {metric!r} is 0 already on the validation rows, or cannot be measured because "
        "fewer than two groups have rows that count: every weight stays as it is.",
        DegenerateMetricWarning,
    )
    return True


def warn_of_small_groups(panel, objectives, titles):
    """Warn of groups that do not count, or hardly, in what is improved or guarded.

    Parameters
    ----------
    panel : Panel
        The objectives on the validation rows.
    objectives : Objectives
        Which of them is the metric, and which are guards.
    titles : sequence of str
        The groups as a reader is shown them.
    """
    rows = panel.rows
    if rows.groups is None:
        return
    least, told = rows.min_group_rows, set()
    for name in (objectives.metric, *objectives.guards):
        sizes = panel.bound[name].group_sizes() if name in panel.bound else None
        all_count = sizes is None
        if all_count:
            sizes = np.bincount(rows.groups[rows.counting()], minlength=len(rows.group_names))
        small = small_groups(titles, sizes, max(least, 1))
        if not small or tuple(small) in told:
            continue
        told.add(tuple(small))
        few = len(sizes) - len(small) < 2
        effect = "They do not count"
        if few:
            effect = "All groups count, because fewer than two have so many"
        if all_count:
            effect = "They count all the same, and what is measured of them is mostly noise"
        warn_caller(
            f"Groups with fewer than {least} validation rows among those that {name!r} is taken "
            f"of: {listed(small)}. {effect}. Merge them, give more validation rows, or change "
            "'min_group_rows'.",
            SmallGroupWarning,
        )


def listed(texts, most=200):
    """Return texts in one line, with semicolons, because names of groups hold commas.

    Parameters
    ----------
    texts : list of str
        What is listed.
    most : int, default=200
        Characters beyond which the others are counted only.

    Returns
    -------
    line : str
        "a; b and 3 more".
    """
    shown, length = [], 0
    for text in texts:
        length += len(text) + 2
        if shown and length > most:
            break
        shown.append(text if len(text) <= most else f"{text[:most]}...")
    rest = len(texts) - len(shown)
    return "; ".join(shown) + (f" and {rest} more" if rest else "")


def warn_of_the_fit(view, inverse):
    """Warn of a fit that is no minimum, or not understood, and say whether it was."""
    if view.stops_early:
        return True
    if view.fidelity is None:
        return _warn_if_not_stationary(view, inverse)
    amiss = not view.fidelity <= UNFAITHFUL
    if amiss:
        warn_caller(
            f"The leaves of this {type(view.classifier).__name__}, made anew with the weights of "
            f"its fit, differ from its own by up to {view.fidelity:.2g} in the raw prediction. The "
            "correction is then less exact. Pass the rows, in their order, and the sample_weight "
            "that it was fitted on. Subsampling, early stopping on a random split and constraints "
            "on leaves cannot be repeated.",
            FidelityWarning,
        )
    return amiss


def _warn_if_not_stationary(view, inverse):
    gradient = view.remainder
    total = view.sample_weight.sum()
    excess = 0.5 * (gradient @ (inverse.to(ROUGH) @ gradient)) / total
    per_row = np.abs(gradient).max() / total
    suspect = excess > SUSPECT_LOSS and per_row > SUSPECT_GRADIENT
    amiss = bool(excess > EXCESS_LOSS or suspect)
    if amiss:
        warn_caller(
            f"The classifier is not at the minimum of its objective on these rows: the gradient "
            f"per row is {per_row:.1e}, and a mean loss of {excess:.1e} "
            "could be gained. Influence is measured from where training stopped, and a "
            "correction does not finish the training. Unless it stopped early on purpose, fit it "
            "with a smaller 'tol' and a larger 'max_iter', and pass the rows and the sample_weight "
            "that it was fitted on.",
            NotStationaryWarning,
        )
    return amiss


def warn_if_left_open(metric, change, value):
    """Warn if the fit stopped where the metric still depends on where.

    If classes can be separated, the loss is almost 0, and so is its gradient. The fit stops, but
    the metric and the weights would still change in a longer one.

    Parameters
    ----------
    metric : str
        Its name.
    change, value : float
        What it would change by, to first order, were the fit taken to its minimum, and what it is.
    """
    if leaves_open(change, value):
        warn_caller(
            f"The classifier stopped short of the minimum of its objective, and {metric!r} "
            f"({value:.2g}) would change by {change / value:.0%} on the way there. A longer fit "
            "would give other weights. Fit it with a smaller 'tol' and a larger "
            "'max_iter'.",
            NotStationaryWarning,
        )


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
    n_classes = len(view.classifier.classes_)
    before, after = (
        np.bincount(view.target, weight, n_classes)
        for weight in (view.sample_weight, view.sample_weight * (1.0 + epsilon))
    )
    lost = [repr(c) for c in view.classifier.classes_[(before > 0) & (after <= 0)].tolist()]
    if view.replays and lost:
        warn_caller(
            f"The weights leave no row of the class {listed(lost)}, and the trees hardly predict "
            "it any more. Weights move little else where leaves hold a row or two: fit the model "
            "with more rows in a leaf, or give 'guards' the log loss.",
            SoftUnlearnWarning,
        )
