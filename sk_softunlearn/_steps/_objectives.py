"""The objectives of a request, by name."""

from dataclasses import dataclass, replace
from numbers import Real

from sklearn.base import clone

from sk_softunlearn._steps._resolve import resolve
from sk_softunlearn._steps._values import same
from sk_softunlearn.objectives import OBJECTIVES, CustomObjective, Objective

__all__ = ["Objectives", "find_objectives"]

# Objectives for the metrics of fairlearn that begin so.
OF_FAIRLEARN = {
    "demographic_parity": "demographic_parity",
    "selection_rate": "demographic_parity",
    "equal_opportunity": "equal_opportunity",
    "true_positive_rate": "equal_opportunity",
    "false_negative_rate": "equal_opportunity",
    "equalized_odds": "equalized_odds",
}


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

    def settled(self, bound):
        """Return the same with every gap a gap of what it has become on the validation rows.

        Parameters
        ----------
        bound : dict of str to BoundObjective
            The objectives there; a gap knows what it is a gap of.
        """
        named = dict(self.named)
        for name, each in bound.items():
            if getattr(named[name], "surrogate", None) == "auto":
                named[name] = clone(named[name]).set_params(surrogate=each.surrogate)
        return replace(self, named=named)

    @property
    def need_groups(self):
        """Whether the metric is a function of the sensitive features."""
        return self.named[self.metric].needs_groups


def find_objectives(metric, guards, surrogate="auto"):
    """Resolve the metric and the guards.

    Parameters
    ----------
    metric : str, Objective or callable
        What to improve.
    guards : str, tuple, list, dict or None
        What may not get worse: a name, or names, objectives or callables, in a dict with their
        slacks.
    surrogate : "auto", "label", "probability" or "loss", default="auto"
        What gaps between groups that are given by name are gaps of.

    Returns
    -------
    objectives : Objectives
        Instances, by name.

    Raises
    ------
    ValueError
        If a name is unknown, a metric is one of fairlearn's, two objectives have one name or one
        has two slacks, a slack is not a number of at least 0, a guard is called "metric", or an
        objective has the name of the log loss, which is always reported.
    """
    improved = _objective(metric, "metric", surrogate)
    named = {improved.name: improved}
    guards = (guards,) if isinstance(guards, str) else guards
    slacks = guards.items() if isinstance(guards, dict) else [(each, 0.0) for each in guards or ()]
    guarded = {}
    for spec, slack in slacks:
        if not isinstance(slack, Real) or not slack >= 0:
            raise ValueError(
                f"'guards' must map each objective to a slack of at least 0, got {slack!r} for "
                f"{spec!r}. Use 0 for 'no worse'."
            )
        objective = _objective(spec, "guards", surrogate)
        if objective.name == "metric":
            raise ValueError(
                f"'guards' must not have an objective called 'metric', got {objective!r}: that is "
                "the name of what is improved. Give it another name."
            )
        _refuse_another(objective, named.setdefault(objective.name, objective))
        if guarded.setdefault(objective.name, float(slack)) != slack:
            raise ValueError(
                f"'guards' must give {objective.name!r} one slack, got "
                f"{guarded[objective.name]!r} and {slack!r}. Keep one of them."
            )
    # It is always reported.
    loss = OBJECTIVES["log_loss"]()
    _refuse_another(loss, named.setdefault("log_loss", loss))
    return Objectives(named, improved.name, guarded)


def _refuse_another(objective, known):
    """Raise if another objective has this one's name: values are reported by name."""
    own, other = objective.get_params(), known.get_params()
    if type(objective) is type(known) and all(same(own[name], other[name]) for name in own):
        return
    raise ValueError(
        f"'metric' and 'guards' must have objectives of different names, got {known!r} and "
        f"{objective!r}, both called {objective.name!r}. Ask for one of them, or give one a class "
        "with another 'name'."
    )


def _objective(spec, parameter, surrogate):
    if _is_of_fairlearn(spec):
        raise ValueError(_advice(spec, parameter))
    if callable(spec) and not isinstance(spec, type):
        spec = CustomObjective(spec)
    objective = resolve(spec, parameter, OBJECTIVES, Objective)
    if isinstance(spec, str) and "surrogate" in objective.get_params():
        objective.set_params(surrogate=surrogate)
    return objective


def _is_of_fairlearn(spec):
    module = getattr(spec, "__module__", None) or type(spec).__module__
    return module.startswith("fairlearn.")


def _advice(spec, parameter):
    """Return what to name in place of a metric of fairlearn."""
    called = getattr(spec, "__name__", None) or repr(spec)
    names = [name for start, name in OF_FAIRLEARN.items() if called.startswith(start)]
    meant = repr(names[0]) if names else f"one of {', '.join(sorted(OBJECTIVES))}"
    return (
        f"'{parameter}' must be an objective that has a gradient, got fairlearn's {called}, which "
        f"counts labels. Name {meant} instead."
    )
