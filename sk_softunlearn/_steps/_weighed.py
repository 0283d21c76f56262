"""What a request for weights came to."""

from dataclasses import dataclass, field, replace

import numpy as np

from sk_softunlearn._steps._request import Request
from sk_softunlearn.objectives._panel import Look
from sk_softunlearn.weights import HardWeights, SoftWeights, WeightSolution

__all__ = ["Iterate", "Weighed", "answer_of"]

# They leave alone what they are given, and what they have answered.
CAREFUL = (HardWeights, SoftWeights)


@dataclass(frozen=True)
class Iterate:
    """Weight changes so far, and where they led.

    Parameters
    ----------
    epsilon : ndarray of shape (n,)
        Weight changes.
    theta : ndarray of shape (d,)
        The corrected parameters.
    look : Look
        What the objectives are there.
    """

    epsilon: np.ndarray
    theta: np.ndarray
    look: Look

    @property
    def measured(self):
        """Value of every objective there, a dict of floats."""
        return self.look.measured


@dataclass(frozen=True)
class Weighed:
    """The weights that a request came to.

    Parameters
    ----------
    request : Request
        What was asked.
    solution : WeightSolution
        The weights, with predictions and costs named by objective.
    iterate : Iterate, default=None
        Where several rounds ended; None after one round, which measures nothing.
    records : list of dict, default=[]
        What every round predicted and measured.
    lowered : bool, default=False
        Whether less was asked of the weights in the end than of the unlearner, and it was said.
    """

    request: Request
    solution: WeightSolution
    iterate: Iterate | None = None
    records: list = field(default_factory=list)
    lowered: bool = False

    @property
    def theta(self):
        """Parameters near those that a correction makes of the weights, None if unknown."""
        return None if self.iterate is None else self.iterate.theta


def answer_of(weighting, problem, terms) -> WeightSolution:
    """Return what a weighting answers, which may be one of a user's own.

    Parameters
    ----------
    weighting : Weighting
        Whom to ask.
    problem : Subproblem
        Of n rows.
    terms : Terms
        What is asked.

    Returns
    -------
    solution : WeightSolution
        With an array of n finite weight changes.

    Raises
    ------
    ValueError
        If it answers anything else.
    """
    careful = type(weighting) in CAREFUL
    solution = weighting.weigh(problem if careful else _copied(problem), terms)
    name, n = type(weighting).__name__, len(problem.epsilon)
    if not isinstance(solution, WeightSolution):
        raise ValueError(
            f"'weigh' of {name} must return a WeightSolution, got {type(solution).__name__}. "
            "Return WeightSolution(epsilon)."
        )
    shape = np.shape(solution.epsilon)
    if shape != (n,) or not np.isfinite(solution.epsilon).all():
        raise ValueError(
            f"'epsilon' of {name} must be {n} finite numbers, one per row that the classifier was "
            f"fitted on, got shape {shape}{' with nan or inf' if shape == (n,) else ''}. Return "
            "the weight changes in total."
        )
    if careful:
        return solution
    # A copy: the next answer may be written into the same array.
    return replace(solution, epsilon=np.array(solution.epsilon, dtype=float))


def _copied(problem):
    """Return a problem whose arrays may be changed in place."""
    guards, rivals = (
        {name: replace(each, influence=each.influence.copy()) for name, each in limits.items()}
        for limits in (problem.guards, problem.rivals)
    )
    influence, epsilon = problem.influence.copy(), problem.epsilon.copy()
    return replace(problem, influence=influence, epsilon=epsilon, guards=guards, rivals=rivals)
