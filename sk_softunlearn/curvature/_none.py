"""Where no curvature is inverted."""

from sk_softunlearn.curvature._base import Curvature, InverseCurvature
from sk_softunlearn.exceptions import UnsupportedEstimatorError

__all__ = ["NoCurvature"]


class NoCurvature(Curvature):
    """Of a model that answers to weights in its own way (`View.respond`), as tree ensembles do.

    Examples
    --------
    >>> from sk_softunlearn.curvature._none import NoCurvature
    >>> NoCurvature()
    NoCurvature()
    """

    def invert(self, view, weight):
        """Return an inverse that is never applied."""
        return InverseCurvature(_refuse, len(view.theta))


def _refuse(right):
    raise UnsupportedEstimatorError(
        "'estimator' has no curvature that could be inverted. Leave 'correction' and 'curvature' "
        "at 'auto'."
    )
