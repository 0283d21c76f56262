"""Everything that is asked, as one value."""

from dataclasses import dataclass, field, fields, replace
from inspect import signature
from typing import Any

from sklearn.base import BaseEstimator, clone

from sk_softunlearn._steps._objectives import Objectives, find_objectives
from sk_softunlearn._steps._resolve import resolve
from sk_softunlearn._steps._values import kept, same, snapshot
from sk_softunlearn.corrections import CORRECTIONS, Correction
from sk_softunlearn.curvature import CURVATURES, Curvature
from sk_softunlearn.weights import HardWeights, SoftWeights, Terms, Weighting

__all__ = ["Request", "read_request"]

WEIGHTINGS = {"soft": SoftWeights, "hard": HardWeights}
# What each step is the first to read: the steps before it need not be done again if it changes.
# `correction`, `random_state`, `n_jobs` and `verbose` take effect wherever they are read next.
READ_BY = {
    "fit_influence": (
        "estimator",
        "metric",
        "guards",
        "curvature",
        "layers",
        "surrogate",
        "min_group_rows",
        "pos_label",
        "validation_fraction",
    ),
    "compute_weights": (
        "delta",
        "max_improvement",
        "regularization",
        "bounds",
        "weighting",
        "n_rounds",
        "objective",
        "on_infeasible",
    ),
}
# Parameters that may be objects with parameters.
OBJECTS = ("metric", "curvature", "weighting", "correction")


@dataclass(frozen=True)
class Request:
    """What a user asked for, resolved and checked.

    Parameters
    ----------
    objectives : Objectives
        What is improved, guarded and reported.
    curvature : Curvature
        What inverts the curvature.
    weighting : Weighting
        What turns influence into weights.
    correction : Correction
        What turns weights into parameters.
    terms : Terms
        What the weights must bring.
    layers : "last", "all", "trainable" or sequence of str
        Which layers of a network are corrected.
    pos_label : label or None
        The favourable class.
    min_group_rows : int
        Validation rows that a group needs to count in a gap.
    n_rounds : int
        How many rounds at most; 1 for a weighting that cannot go on from its own weights.
    objective : "auto", "metric" or "utility"
        What the weights minimise; "auto": it is seen from the size of the model (`Run.minimises`).
    given : dict of str to object, default={}
        The parameters that it was read from, those of their objects included.
    """

    objectives: Objectives
    curvature: Curvature
    weighting: Weighting
    correction: Correction
    terms: Terms
    layers: str | list | tuple
    pos_label: Any
    min_group_rows: int
    n_rounds: int
    objective: str
    given: dict = field(default_factory=dict, repr=False)

    def asking(self, **terms):
        """Return the same request with other terms, as `delta=0.8`."""
        return replace(self, terms=replace(self.terms, **terms))

    def settled(self, panel):
        """Return the same request, as it is measured on other rows and kept in files.

        Gaps are of what they have become on the validation rows (labels or probabilities), and the
        parameters that the request was read from are left out.
        """
        return replace(self, objectives=self.objectives.settled(panel.bound), given={})

    def must_agree(self, earlier, *steps, only=None):
        """Refuse parameters that were changed since a step that has read them.

        Parameters
        ----------
        earlier : Request
            What the steps were done with.
        *steps : str
            Their names.
        only : str, optional
            The one parameter to look at, with what is nested in it.

        Raises
        ------
        ValueError
            Naming the innermost of them, and the step to do again.
        """

        def outwards(name):
            return name not in self.given or name not in earlier.given, -name.count("__"), name

        names = sorted(self.given.keys() | earlier.given.keys(), key=outwards)
        for step in steps:
            for name in names:
                parameter = name.partition("__")[0]
                if parameter not in READ_BY[step] or only not in (None, parameter):
                    continue
                now, then = self.given.get(name), earlier.given.get(name)
                estimators = isinstance(now, BaseEstimator) and type(now) is type(then)
                if parameter in OBJECTS and estimators:
                    # What its parameters are is looked at by their own names.
                    continue
                if not same(now, then):
                    raise ValueError(
                        f"{name!r} was changed after '{step}', which has read it: it was "
                        f"{_short(then)}, got {_short(now)}. "
                        f"Call '{step}' again (or 'fit'), or set it back."
                    )


def read_request(parameters, solver="auto", verify=False):
    """Resolve and check the parameters of a SoftUnlearner.

    Parameters
    ----------
    parameters : dict of str to object
        As its `get_params` returns them.
    solver, verify : str, bool
        As `compute_weights` takes them.

    Returns
    -------
    request : Request
        A value: what the parameters become later does not change it.

    Raises
    ------
    ValueError
        If a parameter, or a parameter of an object among them, is not what it must be.
    """
    # What is changed in a tuple, list, dict or object later is not asked here.
    asked = {name: snapshot(value) for name, value in parameters.items()}
    asked |= {name: kept(asked[name]) for name in OBJECTS}
    terms = Terms(
        asked["delta"],
        asked["max_improvement"],
        asked["regularization"],
        asked["bounds"],
        asked["on_infeasible"],
        solver,
        verify,
    )
    weighting = resolve(asked["weighting"], "weighting", WEIGHTINGS, Weighting)
    _refuse_contradiction(weighting, terms)
    objective = asked["objective"]
    if not weighting.in_rounds:
        if objective == "utility":
            raise ValueError(
                f"'weighting' must be one that minimises the utility with objective='utility', got "
                f"{weighting!r}. Use 'soft', or objective='metric'."
            )
        objective = "metric"
    correction = resolve(asked["correction"], "correction", CORRECTIONS, Correction)
    # A random state that is left open is the unlearner's own.
    if getattr(correction, "random_state", correction) is None:
        correction = clone(correction).set_params(random_state=asked["random_state"])
    return Request(
        find_objectives(asked["metric"], asked["guards"], asked["surrogate"]),
        resolve(asked["curvature"], "curvature", CURVATURES, Curvature),
        weighting,
        correction,
        terms,
        asked["layers"],
        asked["pos_label"],
        asked["min_group_rows"],
        asked["n_rounds"] if weighting.in_rounds else 1,
        objective,
        asked,
    )


def _refuse_contradiction(weighting, terms):
    """Raise if an object asks for something else than the request, which decides."""
    usual = signature(type(weighting)).parameters
    asked = {each.name for each in fields(terms)}
    for name, value in weighting.get_params(deep=False).items():
        if name not in asked or same(value, getattr(terms, name)):
            continue
        if not same(value, usual[name].default):
            step = name in ("solver", "verify")
            advice = "Pass it to 'compute_weights'" if step else "Set it there"
            raise ValueError(
                f"'weighting' must not contradict {name!r} of the "
                f"{'step that computes weights' if step else 'SoftUnlearner'}, got {name}="
                f"{value!r} in {weighting!r} beside {getattr(terms, name)!r}. {advice}, and leave "
                "it out here."
            )


def _short(value):
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
