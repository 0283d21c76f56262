"""LinearSVC as a linearised view."""

from sklearn.base import clone
from sklearn.svm import LinearSVC

from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.losses import OneVersusRestLoss, SquaredHingeLoss
from sk_softunlearn.views._linear import LinearView

__all__ = ["LinearSVCView"]


class LinearSVCView(LinearView):
    r"""LinearSVC with squared hinge loss and L2 penalty, one column per class if there are several.

    scikit-learn's objective, divided by C, is in sum form

    .. math::

        \sum_i s_i \max(0, 1 - y_i z_i)^2
        + \frac{1}{2C} \Big(|w|^2 + \frac{b^2}{\mathtt{intercept\_scaling}^2}\Big).

    Raises
    ------
    UnsupportedEstimatorError
        By `read`, for another loss or penalty, or `class_weight` with several classes.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import LinearSVC
    >>> from sk_softunlearn.views import LinearSVCView
    >>> X, y = load_iris(return_X_y=True)
    >>> LinearSVCView.read(LinearSVC().fit(X, y), X, y).theta.shape
    (15,)
    """

    @staticmethod
    def accepts(classifier):
        """Say whether `classifier` is a LinearSVC."""
        return isinstance(classifier, LinearSVC)

    @classmethod
    def check(cls, classifier):
        """Refuse other losses and penalties."""
        smooth = classifier.loss == "squared_hinge" and classifier.penalty == "l2"
        if not smooth or classifier.multi_class != "ovr":
            raise UnsupportedEstimatorError(
                f"'estimator' is {classifier}, whose objective has no second derivative or is not "
                "one-versus-rest. Supported: loss='squared_hinge', penalty='l2', "
                "multi_class='ovr'; refit with these."
            )

    @classmethod
    def check_fitted(cls, classifier):
        refuse_class_weight(classifier)

    def make_loss(self):
        loss = SquaredHingeLoss()
        return loss if self.n_outputs == 1 else OneVersusRestLoss(loss)

    def penalties(self):
        return 1 / self.classifier.C, 1 / (self.classifier.C * self.classifier.intercept_scaling**2)

    def fit_clone(self, y, weight):
        unweighted = clone(self.classifier).set_params(class_weight=None)
        return unweighted.fit(self.features, y, sample_weight=weight)


def refuse_class_weight(classifier):
    """Refuse `class_weight` in one-versus-rest, where it weighs a row in its own class only."""
    if classifier.class_weight is not None and len(classifier.classes_) > 2:
        raise UnsupportedEstimatorError(
            f"'estimator' is {classifier}, fitted one-versus-rest with 'class_weight' on "
            f"{len(classifier.classes_)} classes: a row then has another weight in every column. "
            "Pass sample_weight instead, or fit a multinomial LogisticRegression."
        )
