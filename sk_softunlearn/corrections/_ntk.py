"""The difference of two linearised trainings."""

from sk_softunlearn.corrections._base import Correction
from sk_softunlearn.corrections._descent import weigh

__all__ = ["NTK"]


class NTK(Correction):
    r"""From the minimum of the linearised model with the old weights to that with the new ones.

    The model is linearised at the fitted parameters and its loss taken to second order; both
    minima are then closed forms, and their difference is the shift (Golatkar et al. 2020b,
    section 4, in the space of the parameters):

    .. math:: \theta - H_w^{-1} g_w + H^{-1} g,

    with the curvature and gradient under weights `s (1 + epsilon)` and under s. Of a fit that is
    not stationary, what training would still have moved is left out.

    Raises
    ------
    ValueError
        By `correct`, if an epsilon is below -1.

    Examples
    --------
    >>> from sk_softunlearn.corrections import NTK
    >>> NTK()
    NTK()
    """

    def move(self, view, epsilon, curvature, inverse, start):
        weight = weigh(view, epsilon, "ntk")
        moved = curvature.invert(view, weight) @ view.gradient(weight)
        return view.theta - moved + inverse @ view.remainder
