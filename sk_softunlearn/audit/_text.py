"""A report in words: one sentence, one table, Markdown."""

import numpy as np
import pandas as pd

from sk_softunlearn.audit._style import readable
from sk_softunlearn.audit._words import (
    about_decisions,
    about_small_groups,
    full_name,
    name_rows,
    pair_in_words,
    share_gone,
)

__all__ = ["about_trees", "as_markdown", "no_markup", "sentence", "short_frame"]


def sentence(report):
    """Return what was asked, predicted and measured, a str."""
    summary = report.summary()
    start = f"AuditReport of {len(report.rows.groups)} rows: {report.metric}{_unit(report)}"
    said = full_name(report)
    end = "."
    if said != readable(report.metric):
        start += f" ({said})"
    pair = pair_in_words(report)
    if pair:
        end += f" {pair}."
    if report.rows.positive is None:
        end += " Rates of a favourable class are left out: 'pos_label' names none."
    if report.rows.target is None:
        end += " Labels are not given: what needs them is left out."
    small = about_small_groups(report)
    if small:
        end += f" {small}"
    if np.isnan(summary["delta_rows"]):
        return f"{start} could not be measured on these rows{end}"
    before, after = (values[report.metric] for values in report.measured)
    return (
        f"{start} {_arrow(before, after)} ({share_gone(summary['delta_rows'])}; "
        f"{summary['delta_requested']:.0%} asked, {_percent(summary['delta_predicted'])} predicted "
        f"and {_percent(summary['delta_validation'])} measured on the validation rows)"
        f"{_other(report)}{_accuracy(summary)}{end}"
    )


def about_trees(report):
    """Return what has become of the trees, a str; empty if there are none."""
    if report.structure is None:
        return ""
    if report.structure != "held":
        return "The trees were grown anew with the weights: their splits may be others."
    return (
        "The trees keep their splits, and their leaves follow the weights. Leaves made anew with "
        f"the weights of the fit miss the model's raw predictions by at most {report.fidelity:.1g}."
    )


def _accuracy(summary):
    if "accuracy_before" not in summary:
        return ""
    return f", accuracy {summary['accuracy_before']:.4f} -> {summary['accuracy_after']:.4f}"


def _percent(share):
    return "not known" if np.isnan(share) else f"{share:.0%}"


def _unit(report):
    """Return what a gap is a gap of, in words."""
    return {"label": " of labels", "probability": " of probabilities"}.get(report.surrogate, "")


def _other(report):
    """Return the gap in the other unit, before and after, in words."""
    other = {"label": "probability", "probability": "label"}.get(report.surrogate)
    if other not in report.gaps:
        return ""
    before, after = report.gaps[other]
    plural = {"label": "labels", "probability": "probabilities"}[other]
    return f", of {plural} {_arrow(before, after)}"


def _arrow(before, after):
    """Return two numbers with four decimals, without the sign of a rounded 0."""
    return " -> ".join(f"{round(value, 4) + 0.0:.4f}" for value in (before, after))


def short_frame(frame):
    """Return the table by group with one text per rate, before -> after.

    Parameters
    ----------
    frame : DataFrame
        What `AuditReport.frame` returns.

    Returns
    -------
    short : DataFrame of str
        With the columns "count" and the rates.
    """
    # A difference of counts, or their ratio, says nothing.
    below = [name in ("difference", "ratio") for name in frame.index]
    short = {"count": frame["count", "rows"].map("{:.0f}".format).mask(below, "")}
    for rate in dict.fromkeys(frame.columns.get_level_values(0)):
        if rate != "count":
            parts = frame[rate]
            text = [_cell(parts.iloc[i]) for i in range(len(parts))]
            short[rate] = pd.Series(text, index=frame.index)
    return pd.DataFrame(short)


def no_markup(text):
    """Return a text that Markdown shows as it is: without tags, and without ends of cells.

    Parameters
    ----------
    text : str
        As names of groups and labels are.
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")


def as_markdown(report, n_boot):
    """Return a report as Markdown, a str.

    Parameters
    ----------
    report : AuditReport
        The report.
    n_boot : int
        Bootstrap draws for the 95 % intervals; 0: no intervals.
    """
    shown = report.summary().map(
        lambda value: f"{value:.4g}" if isinstance(value, float) else value
    )
    rates = name_rows(report, short_frame(report.frame(n_boot)))
    return "\n\n".join(
        [
            "# Audit of a soft-weighted correction",
            no_markup(" ".join(filter(None, [sentence(report), about_trees(report)]))),
            shown.to_frame().to_markdown(),
            f"Rates by group, before and after{', with 95 % intervals' if n_boot else ''}:",
            rates.rename(index=no_markup).to_markdown(disable_numparse=True),
            no_markup(about_decisions(report)),
        ]
    )


def _cell(part):
    texts = []
    for when in ("before", "after"):
        text = f"{part[when]:.3f}"
        if f"{when}_low" in part:
            text += f" [{part[f'{when}_low']:.3f}, {part[f'{when}_high']:.3f}]"
        texts.append(text)
    return " -> ".join(texts)
