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
    """SGDClassifier with a smooth loss and an L2 penalty or none.

    The losses are "log_loss", "modified_huber", "squared_hinge" and "squared_error". What
    scikit-learn's updates are the gradient of, in sum form:
    `sum_i s_i loss(z_i, y_i) + n alpha / 2 |coef|^2`, with a free intercept, one column per class
    where there are several. The weights do not enter the penalty.

    Raises
    ------
    UnsupportedEstimatorError
        By `read`, for another loss or penalty, or `class_weight` with several classes.

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
        """Refuse other losses and penalties."""
        smooth = classifier.penalty in ("l2", None) or _is_l2(classifier)
        if classifier.loss not in LOSSES or not smooth:
            raise UnsupportedEstimatorError(
                f"'estimator' is {classifier}, whose objective has no second derivative. "
                f"Supported: loss one of {sorted(LOSSES)}, penalty 'l2' or None; refit with these."
            )

    @classmethod
    def check_fitted(cls, classifier):
        refuse_class_weight(classifier)

    def make_loss(self):
        loss = LOSSES[self.classifier.loss]()
        return loss if self.n_outputs == 1 else OneVersusRestLoss(loss)

    def penalties(self):
        penalised = self.classifier.penalty is not None
        return self.classifier.alpha * len(self.target) if penalised else 0.0, 0.0

    def fit_clone(self, y, weight):
        unweighted = clone(self.classifier).set_params(class_weight=None)
        return unweighted.fit(self.features, y, sample_weight=weight)


def _is_l2(classifier):
    """Say whether an elastic net has no L1 part."""
    return classifier.penalty == "elasticnet" and classifier.l1_ratio == 0
