"""What a user asks for: objectives by name, slacks, and the favourable class."""

from dataclasses import dataclass
from numbers import Real

import numpy as np

from sk_softunlearn._steps._resolve import resolve
from sk_softunlearn.objectives import OBJECTIVES, CustomObjective, EvaluationRows, Objective

__all__ = ["Objectives", "evaluation_rows", "find_objectives"]


@dataclass(frozen=True)
class Objectives:
    """What a run improves, guards and reports.

    Parameters
    ----------
    named : dict of str to Objective
        All of them; the mean log loss is always among them.
    metric : str
        Name of the one to improve.
    guards : dict of str to float
        Slack of every guard.
    """

    named: dict
    metric: str
    guards: dict

    def measurable(self, rows):
        """Return the objectives that can be measured on rows, a dict by name."""
        return {
            name: objective
            for name, objective in self.named.items()
            if rows.groups is not None or not objective.needs_groups
        }

    @property
    def need_groups(self):
        """Whether the metric is a function of the sensitive features."""
        return self.named[self.metric].needs_groups


def find_objectives(metric, guards, surrogate="probability"):
    """Resolve the metric and the guards.

    Parameters
    ----------
    metric : str, Objective or callable
        What to improve.
    guards : tuple, list, dict or None
        What may not get worse: names, objectives or callables, in a dict with their slacks.
    surrogate : "probability", "label" or "loss", default="probability"
        What gaps between groups that are given by name are gaps of.

    Returns
    -------
    objectives : Objectives
        Instances, by name.

    Raises
    ------
    ValueError
        If a name is unknown or a slack is not a number of at least 0.
    """
    improved = _objective(metric, "metric", surrogate)
    named = {improved.name: improved}
    slacks = guards if isinstance(guards, dict) else dict.fromkeys(guards or (), 0.0)
    guarded = {}
    for spec, slack in slacks.items():
        if not isinstance(slack, Real) or not slack >= 0:
            raise ValueError(
                f"'guards' must map each objective to a slack of at least 0, got {slack!r} for "
                f"{spec!r}. Use 0 for 'no worse'."
            )
        objective = _objective(spec, "guards", surrogate)
        named[objective.name] = objective
        guarded[objective.name] = float(slack)
    named.setdefault("log_loss", OBJECTIVES["log_loss"]())
    return Objectives(named, improved.name, guarded)


def _objective(spec, parameter, surrogate):
    if callable(spec) and not isinstance(spec, type):
        spec = CustomObjective(spec)
    objective = resolve(spec, parameter, OBJECTIVES, Objective)
    if isinstance(spec, str) and "surrogate" in objective.get_params():
        objective.set_params(surrogate=surrogate)
    return objective


def evaluation_rows(view, rows, pos_label, named):
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
    )
