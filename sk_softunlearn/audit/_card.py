"""The report as a section of a skops model card."""

from sk_softunlearn.audit._group_rates import shown_rates
from sk_softunlearn.audit._text import about_trees, no_markup, sentence, short_frame
from sk_softunlearn.audit._words import name_rows
from sk_softunlearn.views import find_head

__all__ = ["model_card"]

LIMITS = (
    "The weights were chosen on validation rows; on other rows the metric differs by their noise, "
    "and the figures below are those of the rows of the audit. Unlearning here is correction, not "
    "privacy: nothing certifies that a training row can no longer be inferred from the model. "
    "Which gap is the right one to close is not a technical question."
)


def model_card(report, model):
    """Return a model card of a corrected classifier.

    Parameters
    ----------
    report : AuditReport
        What was corrected, and what came of it.
    model : estimator
        The corrected classifier.

    Returns
    -------
    card : skops.card.Card
        Rendered by its `save`.

    Raises
    ------
    ImportError
        If skops is missing.
    """
    try:
        from skops.card import Card
    except ImportError as error:
        raise ImportError(
            "AuditReport.to_model_card needs skops. Run pip install skops."
        ) from error
    summary = report.summary()
    card = Card(model, model_diagram=False, template=None)
    card.add(
        **{
            "Model description": "A classifier corrected after its training, by soft weights on "
            "its training rows (arXiv 2505.18783).",
            "Model description/Correction": no_markup(
                " ".join(filter(None, [sentence(report), about_trees(report)]))
            ),
            "Model description/Limitations": LIMITS,
        }
    )
    classifier = find_head(model).classifier
    settings = classifier.get_params(deep=False)
    card.add_table(
        folded=True,
        description=f"Of the {type(classifier).__name__} that decides.",
        **{
            "Model description/Hyperparameters": {
                "parameter": list(settings),
                "value": [no_markup(str(value)) for value in settings.values()],
            }
        },
    )
    card.add_table(
        folded=False,
        description="Asked, predicted and measured; objectives before and after on the rows of "
        "the audit; certificate of the weights.",
        **{"Evaluation": {"entry": list(summary.index), "value": [_text(v) for v in summary]}},
    )
    shown = ["count", *shown_rates(report.rows)]
    frame = name_rows(report, short_frame(report.frame(n_boot=0)))[shown]
    frame = frame.rename(index=no_markup).reset_index()
    card.add_table(
        folded=False,
        description="Rates of hard predictions, before -> after.",
        **{"Evaluation/Rates by group": frame},
    )
    return card


def _text(value):
    return f"{value:.4g}" if isinstance(value, float) else str(value)
