"""Errors and warnings: one tree, so that a caller can catch all or one."""

import sys
import warnings

__all__ = [
    "DegenerateMetricWarning",
    "DeltaNotReachedWarning",
    "FidelityWarning",
    "GuardExceededWarning",
    "HeldAtZeroWarning",
    "InfeasibleWeightsError",
    "NotStationaryWarning",
    "RoughCurvatureWarning",
    "SmallGroupWarning",
    "SoftUnlearnError",
    "SoftUnlearnWarning",
    "UnsupportedEstimatorError",
]


class SoftUnlearnError(Exception):
    """Base of every error that is particular to this package."""


class InfeasibleWeightsError(SoftUnlearnError, ValueError):
    """No weights satisfy all the constraints together.

    Parameters
    ----------
    message : str
        What was asked, and what can be had instead.
    max_delta : float, default=nan
        The largest `delta` that is feasible with the present guards and bounds.
    min_slack : float, default=nan
        The smallest guard slack with which the asked `delta` is feasible; `inf`
        where no slack makes it so.
    """

    def __init__(
        self,
        message: str,
        max_delta: float = float("nan"),
        min_slack: float = float("nan"),
    ):
        super().__init__(message)
        self.max_delta = max_delta
        self.min_slack = min_slack

    @classmethod
    def of(cls, terms, guards, max_delta, min_slack=float("inf"), reached=False):
        """Return the error of a request, with what can be had instead.

        Parameters
        ----------
        terms : Terms
            What was asked.
        guards : dict of str to Limit
            What was not to get worse.
        max_delta, min_slack : float
            As in the class; a slack that is infinite, or that the guards have, is not mentioned.
        reached : bool, default=False
            Whether `max_delta` was measured; else it is a prediction.
        """
        slacks = [limit.slack for limit in guards.values()]
        kept = ", ".join(f"{name!r} (slack {limit.slack:g})" for name, limit in guards.items())
        measured = ", as measured in several rounds" if reached else ""
        text = (
            f"'delta'={terms.delta:g} cannot be reached with bounds {terms.bounds} and "
            f"{'the guards ' + kept if kept else 'no guards'}: the largest feasible "
            f"delta is {max_delta:.6g}{measured}"
        )
        if max([*slacks, 0.0]) < min_slack < float("inf"):
            text += f", and a guard slack of {min_slack:.6g} would make it feasible"
        also = " or 'guards'" if guards else ""
        return cls(f"{text}. Lower 'delta', or loosen 'bounds'{also}.", max_delta, min_slack)

    def __reduce__(self):
        return type(self), (self.args[0], self.max_delta, self.min_slack)


class UnsupportedEstimatorError(SoftUnlearnError, TypeError):
    """The wrapped classifier is of a kind that cannot be corrected."""


def warn_caller(message, category):
    """Warn at the line outside of this package that led here.

    Parameters
    ----------
    message : str
        What was found, and what to do.
    category : type
        Of the warning.
    """
    frame, depth = sys._getframe(1), 2
    while frame.f_back is not None and _leads_here(frame.f_globals.get("__name__", "")):
        frame, depth = frame.f_back, depth + 1
    warnings.warn(message, category, stacklevel=depth)


def _leads_here(module):
    # scikit-learn wraps methods that tell callbacks.
    return module.partition(".")[0] == "sk_softunlearn" or module.startswith("sklearn.callback")


class SoftUnlearnWarning(UserWarning):
    """Base of every warning that is particular to this package."""


class NotStationaryWarning(SoftUnlearnWarning):
    """The classifier is not at the minimum of its objective."""


class RoughCurvatureWarning(SoftUnlearnWarning):
    """An approximate curvature is far below the exact one along what it solved for."""


class FidelityWarning(SoftUnlearnWarning):
    """The leaves of a tree ensemble are not made as its library has made them."""


class HeldAtZeroWarning(SoftUnlearnWarning):
    """Coefficients that an L1 penalty has put at 0 stay there: the others are corrected."""


class DegenerateMetricWarning(SoftUnlearnWarning):
    """The metric has nothing left to improve, or cannot be measured."""


class SmallGroupWarning(SoftUnlearnWarning):
    """A group has fewer validation rows than it needs to count in a gap."""


class DeltaNotReachedWarning(SoftUnlearnWarning):
    """The measured change of the metric falls short of the asked one, or goes too far."""


class GuardExceededWarning(SoftUnlearnWarning):
    """What was guarded got worse, as measured, by more than its slack."""
