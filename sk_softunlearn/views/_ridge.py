"""RidgeClassifier and RidgeClassifierCV as linearised views."""

import numpy as np
from sklearn.linear_model import RidgeClassifier, RidgeClassifierCV

from sk_softunlearn._sklearn import has_several_labels
from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.losses import OneVersusRestLoss, SquaredLoss
from sk_softunlearn.views._linear import LinearView
from sk_softunlearn.views._reading import refuse_several_labels

__all__ = ["RidgeView"]


class RidgeView(LinearView):
    r"""RidgeClassifier or RidgeClassifierCV: least squares on targets of -1 and +1.

    There is one column per class if there are several. In sum form scikit-learn minimises

    .. math:: \tfrac12 \sum_i s_i (z_i - y_i)^2 + \tfrac{\alpha}{2} |w|^2,

    with a free intercept; `alpha` may be an array, one per class.

    Raises
    ------
    UnsupportedEstimatorError
        By `read`, for `positive=True` or several labels per row.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.linear_model import RidgeClassifier
    >>> from sk_softunlearn.views import RidgeView
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> RidgeView.read(RidgeClassifier().fit(X, y), X, y).theta.shape
    (31,)
    """

    balances_weights = False

    @staticmethod
    def accepts(classifier):
        """Say whether `classifier` is a RidgeClassifier or RidgeClassifierCV."""
        return isinstance(classifier, RidgeClassifier | RidgeClassifierCV)

    @classmethod
    def check(cls, classifier):
        """Refuse coefficients that are held above 0."""
        if getattr(classifier, "positive", False):
            raise UnsupportedEstimatorError(
                f"'estimator' is {classifier}, whose coefficients are held at 0 or above: a "
                "correction would leave that. Supported: positive=False; refit with it."
            )

    @classmethod
    def check_fitted(cls, classifier):
        if has_several_labels(classifier):
            refuse_several_labels(classifier)

    def make_loss(self):
        return SquaredLoss() if self.n_outputs == 1 else OneVersusRestLoss(SquaredLoss())

    def penalties(self):
        return self._alpha(), 0.0

    def _alpha(self):
        alpha = getattr(self.classifier, "alpha_", self.classifier.get_params().get("alpha"))
        return alpha if np.ndim(alpha) else float(alpha)

    def fit_clone(self, y, weight):
        settings = {"alpha": self._alpha(), "fit_intercept": self.intercept}
        own = self.classifier.get_params()
        shared = ("copy_X", "max_iter", "tol", "solver", "random_state")
        settings |= {name: own[name] for name in shared if name in own}
        return RidgeClassifier(**settings).fit(self.features, y, sample_weight=weight)
