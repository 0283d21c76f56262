"""The mean loss on adversarial points."""

from sk_softunlearn.objectives._base import Objective
from sk_softunlearn.objectives._mean_loss import MeanLoss

__all__ = ["Robustness"]


class Robustness(Objective):
    """Mean log loss on points moved across the fitted classifier's decision boundary.

    The points are `x' = x - overshoot z / |w|^2 w` (arXiv 2505.18783, after DeepFool), in the
    space of features that the head sees. They are made once, for the fitted classifier, and
    held: this measures how an attack on the old model transfers to the corrected one. A new
    attack of the same kind crosses the boundary of any linear model.

    Parameters
    ----------
    overshoot : float, default=1.3
        Length of the move, in distances to the boundary; above 1 it is crossed.

    Examples
    --------
    >>> from sk_softunlearn.objectives import Robustness
    >>> Robustness(overshoot=1.1)
    Robustness(overshoot=1.1)
    """

    name = "robustness"

    def __init__(self, overshoot=1.3):
        self.overshoot = overshoot

    def place(self, view):
        """Return the view of the adversarial points.

        Parameters
        ----------
        view : View
            Of the validation rows, at the fitted parameters.

        Returns
        -------
        view : View
            Of the moved rows; they stay there when the parameters change.
        """
        return view.adversarial(self.overshoot)

    def bind(self, raw, rows):
        """Fix the rows.

        Parameters
        ----------
        raw : ndarray of shape (n, K)
            Not used: a mean has no orientation.
        rows : EvaluationRows
            The rows.

        Returns
        -------
        bound : BoundObjective
            The mean loss on them.
        """
        return MeanLoss(rows)
