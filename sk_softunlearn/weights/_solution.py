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
    multipliers : ndarray of shape (m,), default=empty
        Price of every constraint row: positive where its lower end holds epsilon, negative where
        its upper end does.
    residual : float, default=nan
        KKT certificate: the largest of the relative violations of stationarity, of the
        constraints, of the signs of the multipliers, and of complementary slackness. nan where
        no problem was solved.
    objective : float, default=nan
        Value of the problem's objective.
    case : str, default="chosen"
        Which constraints hold epsilon: "unconstrained", "metric" (row 0), "utility" (the guard on
        the log loss), any other guard by its name, several joined by "+", or "bounded" where a
        bound on epsilon does. "hard" for removal; "chosen" where no problem was solved.
    solver : str, default="none"
        What answered.
    predicted : dict of str to float
        Predicted change of every objective; filled by whoever knows their names.
    costs : dict of str to float
        The multipliers by name: what the problem's objective would gain per unit of slack of the
        metric or a guard.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.weights import WeightProblem
    >>> problem = WeightProblem(np.ones(4), np.ones((1, 4)), [2.0], [np.inf])
    >>> problem.solve().case
    'unconstrained'
    """

    epsilon: np.ndarray
    multipliers: np.ndarray = field(default_factory=lambda: np.zeros(0))
    residual: float = float("nan")
    objective: float = float("nan")
    case: str = "chosen"
    solver: str = "none"
    predicted: dict[str, float] = field(default_factory=dict)
    costs: dict[str, float] = field(default_factory=dict)
