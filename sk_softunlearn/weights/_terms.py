"""What is asked of the weights, whoever computes them."""

from dataclasses import dataclass
from numbers import Real

import numpy as np

__all__ = ["Terms"]


@dataclass(frozen=True)
class Terms:
    """The request, as far as it concerns the weights: checked once, never changed.

    Parameters
    ----------
    delta : float, default=0.5
        Share of the metric that must go, in (0, 1].
    max_improvement : float, default=1.0
        Share that must not be passed; at least `delta`.
    regularization : float or "auto", default="auto"
        Price of ``|e|^2``; "auto": the smallest ``|e|`` that satisfies the constraints.
    bounds : tuple of two (float or None) or None, default=(-1.0, None)
        Bounds on every e.
    on_infeasible : {"raise", "relax", "nearest"}, default="raise"
        "relax": go as far as the guards and bounds allow, with a warning; "nearest": without one.
    solver : str, default="auto"
        As `WeightProblem.solve` takes it.
    verify : bool, default=False
        Solve again with cvxpy, and compare.

    Raises
    ------
    ValueError
        If one of them is not what it must be.

    Examples
    --------
    >>> from sk_softunlearn.weights import Terms
    >>> Terms(delta=0.75).interval(0.2)
    (0.0, 0.05)
    """

    delta: float = 0.5
    max_improvement: float = 1.0
    regularization: float | str = "auto"
    bounds: tuple | None = (-1.0, None)
    on_infeasible: str = "raise"
    solver: str = "auto"
    verify: bool = False

    def __post_init__(self):
        if not (isinstance(self.delta, Real) and 0 < self.delta <= 1):
            raise ValueError(
                f"'delta' must be in (0, 1], got {self.delta!r}. 0.5 takes half the metric away."
            )
        if not self.max_improvement >= self.delta:
            raise ValueError(
                f"'max_improvement' must be at least 'delta' ({self.delta:g}), got "
                f"{self.max_improvement!r}. 1.0 stops at parity."
            )
        if self.bounds is not None:
            _check_bounds(self.bounds)
        if self.on_infeasible not in ("raise", "relax", "nearest"):
            raise ValueError(
                "'on_infeasible' must be 'raise', 'relax' or 'nearest', got "
                f"{self.on_infeasible!r}. Choose one."
            )

    def interval(self, initial, delta=None) -> tuple[float, float]:
        """Return the smallest and largest value that the metric may end at.

        Parameters
        ----------
        initial : float
            The metric without any weight changes.
        delta : float, default=None
            Another share that must go.

        Returns
        -------
        low, high : float
            In the unit of the metric.
        """
        delta = self.delta if delta is None else delta
        return (1.0 - max(self.max_improvement, delta)) * initial, (1.0 - delta) * initial

    def clip(self, epsilon):
        """Return weight changes, cut off at the bounds.

        Parameters
        ----------
        epsilon : ndarray of shape (n,)
            Weight changes.

        Returns
        -------
        epsilon : ndarray of shape (n,)
            A new array.

        Examples
        --------
        >>> import numpy as np
        >>> from sk_softunlearn.weights import Terms
        >>> Terms().clip(np.array([-2.0, 2.0]))
        array([-1.,  2.])
        """
        low, high = self.bounds or (None, None)
        return np.clip(epsilon, -np.inf if low is None else low, np.inf if high is None else high)


def _check_bounds(bounds):
    if np.ndim(bounds) != 1 or len(bounds) != 2:
        raise ValueError(
            "'bounds' must be None or a pair (lower, upper) with None for no bound, got "
            f"{bounds!r}. Use (-1.0, None)."
        )
    low, high = bounds
    if not all(b is None or (isinstance(b, Real) and not np.isnan(b)) for b in bounds):
        raise ValueError(
            f"'bounds' must be numbers, or None for no bound, got {bounds!r}. Use (-1.0, None)."
        )
    if (low is not None and low > 0) or (high is not None and high < 0):
        raise ValueError(
            f"'bounds' must have 0 between them, got {bounds!r}: a weight that does "
            "not change must be allowed. Use (-1.0, None)."
        )
