"""The best score among the candidates that satisfy a constraint."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sk_softunlearn.exceptions import SoftUnlearnWarning, warn_caller

__all__ = ["ConstrainedRefit", "constrained_refit"]


def constrained_refit(
    score: str, constraint: str, at_most: float = 0.05
) -> Callable[[Mapping[str, ArrayLike]], int]:
    """Choose the best score among the candidates whose gap is small enough.

    Parameters
    ----------
    score : str
        Name of the scorer to maximise, a key of the search's `scoring`.
    constraint : str
        Name of the scorer that is constrained, a key of the search's `scoring`; a
        negated gap, as the scorers of this module return.
    at_most : float, default=0.05
        Largest mean gap over the test folds that is allowed.

    Returns
    -------
    refit : callable
        What the `refit` parameter of GridSearchCV and the like takes: from
        `cv_results_` to the position of the chosen candidate. When no candidate
        meets the constraint it is the one with the smallest gap, and a warning
        says so. It can be pickled.

    Examples
    --------
    >>> from sk_softunlearn.metrics import constrained_refit
    >>> choose = constrained_refit("accuracy", "parity", at_most=0.05)
    >>> choose(
    ...     {
    ...         "mean_test_accuracy": [0.85, 0.84, 0.82],
    ...         "mean_test_parity": [-0.18, -0.04, -0.01],
    ...     }
    ... )
    1
    """
    return ConstrainedRefit(score, constraint, at_most)


@dataclass(frozen=True)
class ConstrainedRefit:
    score: str
    constraint: str
    at_most: float

    def __call__(self, cv_results: Mapping[str, ArrayLike]) -> int:
        score = self._mean_of(cv_results, "score", self.score)
        gap = -self._mean_of(cv_results, "constraint", self.constraint)
        if (gap < 0).any():
            raise ValueError(
                "'constraint' must name a scorer that returns a negated gap, 0 or below; "
                f"{self.constraint!r} scored {-np.nanmin(gap):.6g}. Use a scorer of "
                "sk_softunlearn.metrics."
            )
        scored = np.isfinite(score) & np.isfinite(gap)
        if not scored.any():
            raise ValueError(
                f"No candidate has both a finite {self.score!r} and a finite "
                f"{self.constraint!r}. Run the search with error_score='raise' to see why."
            )
        allowed = scored & (gap <= self.at_most)
        if not allowed.any():
            allowed = scored & (gap == gap[scored].min())
            warn_caller(
                f"No candidate has {self.constraint!r} at most {self.at_most:.6g}; refitting "
                f"the nearest, with {gap[scored].min():.6g}. Widen the grid, or raise "
                "'at_most'.",
                SoftUnlearnWarning,
            )
        return int(np.argmax(np.where(allowed, score, -np.inf)))

    def _mean_of(self, cv_results, parameter, name):
        key = f"mean_test_{name}"
        if key not in cv_results:
            scorers = [k.removeprefix("mean_test_") for k in cv_results if "mean_test_" in k]
            raise ValueError(
                f"'{parameter}' must name a scorer of the search; got {name!r}, and the "
                f"search has {scorers}. Pass them as a dict to 'scoring'."
            )
        return np.asarray(cv_results[key], dtype=float)
