"""Weights with their certificate."""

from dataclasses import dataclass, field

import numpy as np

__all__ = ["WeightSolution"]


@dataclass(frozen=True)
class WeightSolution:
    """Weight changes, and how it can be checked that they solve their problem.

    Parameters
    ----------
    epsilon : ndarray of shape (n,)
        Relative change of every row's weight: 0 unchanged, -1 removed, 1 counted twice.
    multipliers : ndarray of shape (m,)
        Price of every constraint row: positive where its lower end holds epsilon, negative where
        its upper end does.
    residual : float
        KKT certificate: the largest of the relative violations of stationarity, of the
        constraints, of the signs of the multipliers, and of complementary slackness. nan where
        no problem was solved.
    objective : float
        Value of the problem's objective.
    case : str
        Which constraints hold epsilon: "unconstrained", "metric" (row 0), "utility" (any other
        row), "metric+utility", or "bounded" where a bound on epsilon does; "hard" for removal.
    solver : str
        What answered.
    predicted : dict of str to float
        Predicted change of every objective; filled by whoever knows their names.
    costs : dict of str to float
        The multipliers by name: what the problem's objective would gain per unit by which the
        metric or a guard were let off.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.weights import WeightProblem
    >>> problem = WeightProblem(np.ones(4), np.ones((1, 4)), [2.0], [np.inf])
    >>> problem.solve().case
    'unconstrained'
    """

    epsilon: np.ndarray
    multipliers: np.ndarray
    residual: float
    objective: float
    case: str
    solver: str
    predicted: dict[str, float] = field(default_factory=dict)
    costs: dict[str, float] = field(default_factory=dict)
