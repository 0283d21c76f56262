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

# A key that no objective has as its name.
_UTILITY = object()


@dataclass(frozen=True)
class Linearised:
    """First-order effects of weight changes from an iterate on.

    Parameters
    ----------
    view : View
        A further change acts through the slopes of the rows of this view.
    inverse : InverseCurvature
        Inverse curvature at that view, with the weights so far.
    influence : dict of str to ndarray of shape (n,)
        Influence on every objective.
    rivals : dict of str to tuple of (float, ndarray of shape (n,))
        Values of gaps that may become the largest, and the influence on them.
    gain : dict
        The utility for a `Subproblem`: its gain from the weights in total, its curvature and its
        unit. The dict is empty if the utility plays no part.
    """

    view: View
    inverse: InverseCurvature
    influence: dict
    rivals: dict
    gain: dict


def linearise(run, request, utility, here, rivalled, seen) -> Linearised:
    """Linearise the effect of weight changes at an iterate.

    All gradients in the parameters are computed together. So are all responses of the rows to them.
    If possible, each of these two steps reads the rows once.

    Parameters
    ----------
    run : Run
        Influence at the fitted classifier.
    request : Request
        Gives the correction.
    utility : Utility or None
        The utility to minimise. None leaves it out.
    here : Iterate
        The weights so far, and the parameters that they have led to.
    rivalled : sequence of str
        Objectives whose rivals are needed.
    seen : list of Look
        Measurements at all parameters that weights have led to.
    """
    view, inverse, moved = run.view, run.inverse, here.epsilon.any()
    if moved:
        given = (view, here.epsilon, here.theta, run.curvature, inverse)
        view, inverse = request.correction.linearise(*given)
    term: Any = None if utility is None else utility.term(view, inverse)
    others = {} if utility is None else utility.cotangents(here.theta)
    if isinstance(term, UtilityTerm) and moved:
        others["so far"] = view, partial(term.cotangent, here.epsilon)
    # Influence at the fit is known. It is computed again only if that costs no sweep.
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
    """Return the part of the utility in a problem."""
    if utility is None:
        return {}
    reward = scores[_UTILITY]
    if not isinstance(term, UtilityTerm) and here.epsilon.any():
        reward = reward + term.rmatvec(term.matvec(here.epsilon))
    return {"reward": reward, "quadratic": term, "unit": utility.unit}
