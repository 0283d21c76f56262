"""Objectives on rows: what they need to know of them, and where they are measured."""

import numpy as np

from sk_softunlearn.objectives import EvaluationRows, Panel
from sk_softunlearn.views import read_view

__all__ = ["evaluation_rows", "measure_on"]


def evaluation_rows(view, rows, pos_label, named, min_group_rows=1):
    """Return what objectives need to know of rows.

    Parameters
    ----------
    view : View
        Of these rows.
    rows : Rows
        The rows.
    pos_label : label or None
        The favourable class; None: the second of two.
    named : dict of str to Objective
        Those objectives: they say whether the favourable class must be known.
    min_group_rows : int, default=1
        Rows that a group needs to count in a gap.

    Returns
    -------
    rows : EvaluationRows
        With the index of the favourable class; None where it is neither needed nor given.

    Raises
    ------
    ValueError
        If `pos_label` is not one of the classes, or is needed and not given.
    """
    classes = view.classifier.classes_
    listed = f"{classes.tolist()}, got {pos_label!r}"
    need_positive = any(objective.needs_positive for objective in named.values())
    if pos_label is None and len(classes) > 2 and need_positive:
        raise ValueError(
            f"'pos_label' must be one of the classes {listed}. With more than two classes, say "
            "which one is favourable."
        )
    if pos_label is not None and pos_label not in classes:
        raise ValueError(f"'pos_label' must be one of the classes {listed}. Use one of these.")
    if pos_label is not None:
        positive = int(np.flatnonzero(classes == pos_label)[0])
    else:
        positive = 1 if len(classes) <= 2 else None
    return EvaluationRows(
        view.loss,
        view.target,
        rows.weights(),
        classes,
        positive,
        rows.groups,
        rows.group_names,
        rows.X,
        min_group_rows,
    )


def measure_on(request, estimator, rows, labelled=True):
    """Bind the objectives of a request to other rows.

    Parameters
    ----------
    request : Request
        With the objectives, the layers and the favourable class.
    estimator : estimator
        The fitted classifier, before the correction.
    rows : Rows
        Where to measure.
    labelled : bool, default=True
        Whether their labels are known; if not, only what needs none is measured.

    Returns
    -------
    view : View
        Of these rows, at the fitted parameters.
    evaluated : EvaluationRows
        What the objectives know of them.
    panel : Panel
        The objectives that can be measured there.
    """
    view = read_view(estimator, rows.X, rows.y, rows.sample_weight, request.layers)
    named = request.objectives.measurable(rows)
    if not labelled:
        named = {name: each for name, each in named.items() if not each.needs_labels}
    evaluated = evaluation_rows(view, rows, request.pos_label, named, request.min_group_rows)
    return view, evaluated, Panel(named, view, evaluated)
