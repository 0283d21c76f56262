"""The figures of the page."""

import io
import re

from sk_softunlearn.audit._style import BLUE, GREY, ORANGE, readable

__all__ = ["as_svg", "draw_tradeoff"]


def draw_tradeoff(report, points):
    """Draw log loss against the metric, each delta's mark with an id of its own.

    Parameters
    ----------
    report : AuditReport
        The report.
    points : list of dict
        As `Background.path` returns them.

    Returns
    -------
    svg : str
        As `as_svg` returns it.
    """
    import matplotlib.pyplot as plt

    before, after = ((values[report.metric], values["log_loss"]) for values in report.measured)
    line = [before] + [(p["measured"][report.metric], p["measured"]["log_loss"]) for p in points]
    figure, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
    ax.plot(*zip(*line, strict=True), color=BLUE, marker=".", zorder=1)
    ax.plot(*before, "s", color=GREY, label="before")
    ax.plot(*after, "D", color="black", label="after")
    for k, place in enumerate(line[1:]):
        ax.plot(*place, "o", color=ORANGE, markersize=13, fillstyle="none", gid=f"mark-{k}")
    ax.axvline(0, color=GREY, linewidth=0.6)
    ax.set(xlabel=f"{readable(report.metric)} on these rows", ylabel="log loss")
    ax.legend()
    return as_svg(figure, "Log loss against the metric, for every delta")


def as_svg(figure, title):
    """Return a figure as an svg element that says what it shows, and close it.

    Parameters
    ----------
    figure : matplotlib Figure
        The figure.
    title : str
        What it shows, without markup.

    Returns
    -------
    svg : str
        With a caption after it.
    """
    import matplotlib.pyplot as plt

    file = io.StringIO()
    # The same figure is the same text: ids are drawn from a seed.
    with plt.rc_context({"svg.fonttype": "path", "svg.hashsalt": "sk_softunlearn"}):
        figure.savefig(file, format="svg", dpi=110, metadata={"Date": None, "Creator": None})
    plt.close(figure)
    text = file.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = text.replace("<svg ", f'<svg role="img" aria-label="{title}" ', 1)
    figcaption = f"<figcaption>{title}.</figcaption>"
    return re.sub(r"(<svg [^>]*>)", rf"\1<title>{title}</title>", text, count=1) + figcaption
