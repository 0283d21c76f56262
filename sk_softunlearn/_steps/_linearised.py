"""The effect of further weight changes, to first order."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from sk_softunlearn._steps._scores import influence_scores
from sk_softunlearn._steps._utility_term import SweptUtilityTerm, UtilityTerm
from sk_softunlearn.curvature import InverseCurvature
from sk_softunlearn.views import View
from sk_softunlearn.weights._subproblem import rival

__all__ = ["Linearised", "linearise"]

# A key that is the name of no objective.
_UTILITY = object()


@dataclass(frozen=True)
class Linearised:
    """Everything that is known of the effect of weight changes from an iterate on.

    Parameters
    ----------
    view : View
        Whose rows' slopes a further change acts through.
    inverse : InverseCurvature
        At that view, with the weights so far.
    influence : dict of str to ndarray of shape (n,)
        On every objective.
    rivals : dict of str to tuple of (float, ndarray of shape (n,))
        Value of what may become the largest gap instead, and influence on it.
    gain : dict
        What a `Subproblem` wants to know of the utility: what it gains from the weights in total,
        its curvature and its unit; empty where it plays no part.
    """

    view: View
    inverse: InverseCurvature
    influence: dict
    rivals: dict
    gain: dict


def linearise(run, request, utility, here, rivalled, seen) -> Linearised:
    """Linearise the effect of weight changes at an iterate.

    Everything that pulls at the parameters is asked for together, and so is everything that follows
    from that for the rows: the rows are read once for each, where they can be.

    Parameters
    ----------
    run : Run
        Influence at the fitted classifier.
    request : Request
        With the correction.
    utility : Utility or None
        What is minimised; None: it plays no part.
    here : Iterate
        The weights so far, and where they have led.
    rivalled : sequence of str
        Of which objectives the rivals are asked for.
    seen : list of Look
        What was measured wherever weights have led.
    """
    view, inverse, moved = run.view, run.inverse, here.epsilon.any()
    if moved:
        given = (view, here.epsilon, here.theta, run.curvature, inverse)
        view, inverse = request.correction.linearise(*given)
    term: Any = None if utility is None else utility.term(view, inverse)
    others = {} if utility is None else utility.cotangents(here.theta)
    if isinstance(term, UtilityTerm) and moved:
        others["so far"] = view, partial(term.cotangent, here.epsilon)
    # What is known at the fit already is still asked for where that costs no sweep.
    swept = isinstance(term, SweptUtilityTerm)
    names = tuple(run.influence) if moved or swept else ()
    gradients, found, pulled = run.panel.slopes(here.theta, names, rivalled, seen, others)
    found = {rival(*key): each for key, each in found.items()}
    gradients |= {name: slope for name, (_, slope) in found.items()}
    if utility is not None:
        gradients[_UTILITY] = utility.gradient(here.theta, pulled)
    if "so far" in pulled:
        gradients[_UTILITY] += term.bent(pulled["so far"])
    if swept:
        scores = term.respond(gradients)
    else:
        scores = influence_scores(view, inverse, gradients) if gradients else {}
    influence = {name: scores.get(name, first) for name, first in run.influence.items()}
    rivals = {name: (value, scores[name]) for name, (value, _) in found.items()}
    return Linearised(view, inverse, influence, rivals, _gain(utility, term, scores, here))


def _gain(utility, term, scores, here):
    """Return the utility's part of a problem."""
    if utility is None:
        return {}
    reward = scores[_UTILITY]
    if not isinstance(term, UtilityTerm) and here.epsilon.any():
        reward = reward + term.rmatvec(term.matvec(here.epsilon))
    return {"reward": reward, "quadratic": term, "unit": utility.unit}
