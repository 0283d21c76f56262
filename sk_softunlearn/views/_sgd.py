"""SGDClassifier as a linearised view."""

from sklearn.base import clone
from sklearn.linear_model import SGDClassifier

from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.losses import (
    LogisticLoss,
    ModifiedHuberLoss,
    OneVersusRestLoss,
    SquaredHingeLoss,
    SquaredLoss,
)
from sk_softunlearn.views._linear import LinearView
from sk_softunlearn.views._linear_svc import refuse_class_weight

__all__ = ["SGDView"]

LOSSES = {
    "log_loss": LogisticLoss,
    "modified_huber": ModifiedHuberLoss,
    "squared_error": SquaredLoss,
    "squared_hinge": SquaredHingeLoss,
}


class SGDView(LinearView):
    r"""SGDClassifier with a smooth loss, and an L2, L1 or elastic-net penalty or none.

    The losses are "log_loss", "modified_huber", "squared_hinge" and "squared_error".
    scikit-learn's updates are in sum form gradients of

    .. math::

        \sum_i s_i\, \ell(z_i, y_i)
        + n \alpha \Big(\frac{1 - \rho}{2} |w|^2 + \rho\, |w|_1\Big),

    with :math:`\rho` the `l1_ratio`, 0 for L2 and 1 for L1, and n the number of rows, whatever they
    weigh. The intercept is free. There is one column per class if there are several.

    Raises
    ------
    UnsupportedEstimatorError
        By `read`, for another loss, `class_weight` with several classes, an L1 penalty with
        `average`, or one that has put all coefficients at 0.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import SGDClassifier
    >>> from sk_softunlearn.views import SGDView
    >>> X, y = load_iris(return_X_y=True)
    >>> SGDView.read(SGDClassifier(loss="log_loss").fit(X, y), X, y).theta.shape
    (15,)
    """

    balances_weights = False

    @staticmethod
    def accepts(classifier):
        """Say whether `classifier` is an SGDClassifier."""
        return isinstance(classifier, SGDClassifier)

    @classmethod
    def check(cls, classifier):
        """Refuse other losses, and averages under an L1 penalty."""
        if classifier.loss not in LOSSES:
            raise UnsupportedEstimatorError(
                f"'estimator' is {classifier}, whose objective has no second derivative. "
                f"Supported: loss one of {sorted(LOSSES)}; refit with one of these."
            )
        if classifier.average and _l1_ratio(classifier):
            raise UnsupportedEstimatorError(
                f"'estimator' is {classifier}, whose average scikit-learn takes without the L1 "
                "penalty: it is no minimum. Supported: average=False, or penalty 'l2' or None; "
                "refit with these."
            )

    @classmethod
    def check_fitted(cls, classifier):
        refuse_class_weight(classifier)

    def make_loss(self):
        loss = LOSSES[self.classifier.loss]()
        return loss if self.n_outputs == 1 else OneVersusRestLoss(loss)

    def penalties(self):
        return self._strength() * (1.0 - _l1_ratio(self.classifier)), 0.0

    def l1_penalties(self):
        return self._strength() * _l1_ratio(self.classifier), 0.0

    def _strength(self):
        return 0.0 if self.classifier.penalty is None else self.classifier.alpha * len(self.target)

    def fit_clone(self, y, weight):
        unweighted = clone(self.classifier).set_params(class_weight=None)
        return unweighted.fit(self.features, y, sample_weight=weight)


def _l1_ratio(classifier):
    """Return which share of the penalty is L1."""
    return {"l1": 1.0, "elasticnet": classifier.l1_ratio}.get(classifier.penalty, 0.0)
