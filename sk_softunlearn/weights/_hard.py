"""Removal of the most harmful rows."""

from numbers import Real

import numpy as np

from sk_softunlearn.weights._base import Weighting
from sk_softunlearn.weights._solution import WeightSolution

__all__ = ["HardWeights"]


class HardWeights(Weighting):
    """Weight 0 for the rows whose removal lowers the metric most; the others keep their weight.

    This is the usual method, here for comparison. It removes good rows with the bad ones and
    disregards utility.

    Parameters
    ----------
    fraction : float, default=0.2
        Share of the rows that is removed, in [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.weights import HardWeights
    >>> HardWeights(fraction=0.5).solve(np.array([0.1, -0.3, 0.2, -0.1]), value=1.0).epsilon
    array([ 0., -1.,  0., -1.])
    """

    # Rows that are removed stay removed: there is nothing to go on from.
    in_rounds = False

    def __init__(self, fraction: float = 0.2):
        self.fraction = fraction

    def weigh(self, subproblem, terms) -> WeightSolution:
        """Choose the rows; `terms` say nothing of removal."""
        guards = {k: (limit.influence, limit.slack) for k, limit in subproblem.guards.items()}
        return self.solve(subproblem.influence, subproblem.value, guards)

    def solve(self, influence, value, guards=None) -> WeightSolution:
        """Choose the rows.

        Parameters
        ----------
        influence : ndarray of shape (n,)
            Predicted change of the metric when a row is removed.
        value : float
            The metric now; not used.
        guards : dict, default=None
            Not used, but for the predictions.

        Returns
        -------
        solution : WeightSolution
            epsilon is -1 or 0; ties go by row order.

        Raises
        ------
        ValueError
            If `fraction` is not in [0, 1].
        """
        if not (isinstance(self.fraction, Real) and 0 <= self.fraction <= 1):
            raise ValueError(
                f"'fraction' must be in [0, 1], got {self.fraction!r}. 0.2 removes a fifth."
            )
        influence = np.asarray(influence, dtype=float)
        epsilon = np.zeros(len(influence))
        removed = round(self.fraction * len(influence))
        epsilon[np.argsort(influence, kind="stable")[:removed]] = -1.0
        predicted = {"metric": -float(epsilon @ influence)}
        predicted |= {
            name: -float(epsilon @ scores) for name, (scores, *_) in (guards or {}).items()
        }
        return WeightSolution(
            epsilon=epsilon,
            case="hard",
            solver="hard",
            predicted=predicted,
        )
