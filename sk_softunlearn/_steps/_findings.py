"""What a run finds amiss before it weighs, in plain sentences."""

import numpy as np

from sk_softunlearn._rows import look_untransformed
from sk_softunlearn._steps._verdicts import (
    NOISE,
    UNFAITHFUL,
    leaves_open,
    small_groups,
)
from sk_softunlearn.exceptions import (
    DegenerateMetricWarning,
    FidelityWarning,
    NotStationaryWarning,
    SmallGroupWarning,
    SoftUnlearnWarning,
    warn_caller,
)

__all__ = [
    "ROUGH",
    "listed",
    "metric_is_lost",
    "nothing_to_improve",
    "warn_if_left_open",
    "warn_if_untransformed",
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
