"""What every way of computing weights answers for."""

from abc import ABC, abstractmethod
from typing import ClassVar

from sklearn.base import BaseEstimator

from sk_softunlearn.weights._solution import WeightSolution

__all__ = ["Weighting"]


class Weighting(BaseEstimator, ABC):
    """A way to turn influence into one weight change per row.

    A subclass writes `weigh`. Every call brings the request (delta, bounds and the rest) as
    `Terms`; the constructor has only further parameters. `in_rounds` says whether the weighting can
    go on from weights that it gave before. If not, there is one round.

    Examples
    --------
    Half of what is asked, taken from every row alike:

    >>> import numpy as np
    >>> from sk_softunlearn.weights import Subproblem, Terms, Weighting, WeightSolution
    >>> class Alike(Weighting):
    ...     def weigh(self, subproblem, terms):
    ...         _, high = terms.interval(subproblem.initial)
    ...         step = (subproblem.value - high) * np.sign(subproblem.influence)
    ...         return WeightSolution(
    ...             subproblem.epsilon + step / np.abs(subproblem.influence).sum()
    ...         )
    >>> problem = Subproblem(np.array([0.1, -0.1]), 0.2, 0.2, epsilon=np.zeros(2))
    >>> Alike().weigh(problem, Terms(delta=0.5)).epsilon
    array([ 0.5, -0.5])
    """

    in_rounds: ClassVar[bool] = True

    @abstractmethod
    def weigh(self, subproblem, terms) -> WeightSolution:
        """Compute the weight changes.

        Parameters
        ----------
        subproblem : Subproblem
            The effect of further weight changes from where the weights so far have led.
        terms : Terms
            What is asked.

        Returns
        -------
        solution : WeightSolution
            `epsilon` are the new weight changes in total, not the step from
            `subproblem.epsilon`. `costs` are the multipliers by name ("metric", then guards and
            rivals). Rounds weigh a missed target against the objective by them; without any,
            rounds only look at how far the target is missed.

        Raises
        ------
        InfeasibleWeightsError
            If no weights meet the request. Rounds then ask for a half, a quarter and an eighth of
            the way, and at last for the nearest weights, with `terms.on_infeasible` set to
            "nearest". A single round does not ask again. If its `terms.on_infeasible` is "relax",
            the answer must go as far as it can.
        """
