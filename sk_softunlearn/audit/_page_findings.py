"""What a reader of the page must not miss, in sentences."""

from sk_softunlearn._steps._shortfalls import another_class
from sk_softunlearn._steps._verdicts import (
    MOVED,
    SHORT,
    WIDER,
    WORSE,
    exceeds,
    falls_short,
    goes_too_far,
)
from sk_softunlearn.audit._group_rates import large_differences, shown_rates
from sk_softunlearn.audit._requirements import PARITIES
from sk_softunlearn.audit._style import readable
from sk_softunlearn.audit._words import FULL_NAMES

__all__ = ["about_noise", "is_exceeded", "list_findings"]


def is_exceeded(report, name):
    """Say whether a guard got worse on the validation rows by more than it may."""
    before, after = (values[name] for values in report.validation)
    return exceeds(before, after, report.guards[name], report.grain.get(name, 0.0))


def list_findings(report):
    """Return what a reader must not miss, a list of str.

    Parameters
    ----------
    report : AuditReport
        The report.
    """
    summary, found = report.summary(), []
    asked, reached = summary["delta_requested"], summary["delta_validation"]
    if falls_short(reached, asked):
        found.append(
            f"Less than asked was reached on the validation rows: {asked:.0%} of the "
            f"{readable(report.metric)} was to go, and {_went(reached)}."
        )
    if goes_too_far(summary["delta_rows"]):
        found.append("On these rows the gap has turned round: it now favours the other side.")
    elif summary["delta_rows"] < SHORT * asked:
        found.append(
            f"On these rows {summary['delta_rows']:.0%} of the {readable(report.metric)} went, "
            f"where {asked:.0%} was asked."
            if summary["delta_rows"] >= 0
            else f"On these rows the {readable(report.metric)} got worse: "
            f"it {_went(summary['delta_rows'])}."
        )
    for name, slack in report.guards.items():
        if name in report.validation[0] and is_exceeded(report, name):
            before, after = (values[name] for values in report.validation)
            found.append(
                f"The guard on the {readable(name)} was exceeded on the validation rows: "
                f"{before:.4g} to {after:.4g}, where it may rise by {slack:g}."
            )
    return [*found, *_about_classes(report), *_what_got_worse(report), *_about_answers(report)]


def _went(gone):
    return f"{gone:.0%} went" if gone >= 0 else f"grew by {-gone:.0%}"


def _about_classes(report):
    """Say which class has the largest gap now, if it is not the favourable one."""
    other = another_class(report.rows, report.class_gaps)
    if other is None:
        return []
    before, after = report.class_gaps[other]
    return [
        f"The {readable(report.metric)} of the class {other} is the largest of all classes now: "
        f"{before:.3f} to {after:.3f}."
    ]


def _what_got_worse(report):
    """Say which objectives and which differences between groups got worse."""
    found = []
    for name, before in report.measured[0].items():
        after = report.measured[1][name]
        if name != report.metric and abs(after) > abs(before) * WORSE:
            found.append(
                f"The {readable(name)} got worse on these rows: {before:.4g} to {after:.4g}."
            )
    told = ()
    unit = {"label": "probability", "probability": "label"}.get(report.surrogate)
    before, after = map(abs, report.gaps.get(unit, (0.0, 0.0)))
    grew = after - before > WIDER
    if grew or (unit == "label" and after >= before > WIDER):
        told = PARITIES.get(report.metric, ()) if unit == "label" else ()
        name = FULL_NAMES.get((report.metric, unit), f"gap of {unit}s")
        verb = "grew" if grew else "has not fallen"
        found.append(f"The {name} {verb} on these rows: {before:.3f} to {after:.3f}.")
    rows, reference = report.rows, report.reference
    gaps = [large_differences(rows, raw, reference) for raw in report.raw_predictions]
    for rate in shown_rates(rows):
        before, after = (each[rate] for each in gaps)
        if after - before > WIDER and rate not in told:
            found.append(
                f"The difference between groups in the {readable(rate)} grew on these rows: "
                f"{before:.3f} to {after:.3f}."
            )
    return found


def _about_answers(report):
    """Say whether accuracy was lost, and whether many more or fewer get the favourable answer."""
    found, overall = [], report.frame(0).loc["overall"]
    if ("accuracy", "before") in overall:
        before, after = overall["accuracy"][["before", "after"]]
        if before - after > WIDER:
            found.append(f"The accuracy fell on these rows: {before:.3f} to {after:.3f}.")
    if report.rows.positive is None:
        return found
    answers = report.decisions().loc["overall"]
    before, after = answers[["favourable_before", "favourable_after"]]
    if abs(after - before) > MOVED:
        found.append(
            f"{'Fewer' if after < before else 'More'} rows get the favourable answer: {after:.1%} "
            f"now, {before:.1%} before."
        )
    if not answers["changed"] and report.solution.epsilon.any():
        same = " Every row gets the same answer." if after in (0, 1) else ""
        found.append(f"No decision has changed.{same}")
    return found


def about_noise(report, intervals):
    """Say how sure it is that the metric has gone down on these rows, a list of str.

    Parameters
    ----------
    report : AuditReport
        The report.
    intervals : DataFrame
        What its `intervals` returns.
    """
    if report.metric not in report.measured[0]:
        return []
    gone = intervals.loc[("rows", report.metric), "gone"]
    low, high = gone["low"], gone["high"]
    reach = f"the 95 % interval of the share that has gone reaches from {low:.0%} to {high:.0%}."
    if high < 0:
        return [
            f"The {readable(report.metric)} got worse on these rows by more than their noise: "
            f"{reach}"
        ]
    if low <= 0:
        return [
            f"The change of the {readable(report.metric)} on these rows cannot be told from their "
            f"noise: {reach}"
        ]
    return []
