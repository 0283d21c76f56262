"""LogisticRegression and LogisticRegressionCV as linearised views."""

import numpy as np
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from sk_softunlearn._sklearn import UNPENALISED, l1_penalty
from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.losses import LogisticLoss, MultinomialLoss
from sk_softunlearn.views._linear import LinearView

__all__ = ["LogisticView"]


class LogisticView(LinearView):
    r"""Binary or multinomial LogisticRegression or LogisticRegressionCV, with any penalty or none.

    In sum form scikit-learn minimises

    .. math::

        \sum_i s_i\, \ell(z_i, y_i)
        + \frac1C \Big(\frac{1 - \rho}{2} |w|^2 + \rho\, |w|_1\Big),

    with :math:`\rho` the `l1_ratio`, 0 for L2 and 1 for L1. The intercept b is free, but for
    `liblinear`, which penalises :math:`b / \mathtt{intercept\_scaling}` as a coefficient.

    Raises
    ------
    UnsupportedEstimatorError
        By `read`, if the classifier was fitted as one-versus-rest, as a multinomial model of two
        classes, or with an L1 penalty that has put all of its coefficients at 0.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sk_softunlearn.views import LogisticView
    >>> X, y = load_iris(return_X_y=True)
    >>> LogisticView.read(LogisticRegression(max_iter=1000).fit(X, y), X, y).theta.shape
    (15,)
    """

    @staticmethod
    def accepts(classifier):
        """Say whether `classifier` is a LogisticRegression or LogisticRegressionCV."""
        return isinstance(classifier, LogisticRegression)

    @classmethod
    def check_fitted(cls, classifier):
        _refuse_multi_class(classifier)

    def make_loss(self):
        return LogisticLoss() if self.n_outputs == 1 else MultinomialLoss()

    def penalties(self):
        strength = _inverse_C(self.classifier) * (1.0 - _l1_ratio(self.classifier))
        liblinear = self.classifier.solver == "liblinear"
        return strength, strength / self.classifier.intercept_scaling**2 if liblinear else 0.0

    def l1_penalties(self):
        strength = _inverse_C(self.classifier) * _l1_ratio(self.classifier)
        liblinear = self.classifier.solver == "liblinear"
        return strength, strength / self.classifier.intercept_scaling if liblinear else 0.0

    def fit_clone(self, y, weight):
        strength, l1_ratio = _inverse_C(self.classifier), _l1_ratio(self.classifier)
        settings = {
            name: value
            for name, value in clone(self.classifier).get_params().items()
            if name in _SOLVER_SETTINGS
        }
        if strength and l1_ratio:
            settings |= l1_penalty(l1_ratio)
        refitted = LogisticRegression(C=1 / strength if strength else UNPENALISED, **settings)
        return refitted.fit(self.features, y, sample_weight=weight)


_SOLVER_SETTINGS = {
    "dual",
    "fit_intercept",
    "intercept_scaling",
    "max_iter",
    "random_state",
    "solver",
    "tol",
}


def _inverse_C(classifier):
    """Return 1 / C of the fitted model: 0 where there is no penalty."""
    if getattr(classifier, "penalty", "deprecated") is None:
        return 0.0
    strengths = np.unique(classifier.C_ if hasattr(classifier, "C_") else classifier.C)
    if len(strengths) > 1:
        raise UnsupportedEstimatorError(
            f"'estimator' has one C per class, {strengths}: it was fitted as one-versus-rest, "
            "which is not supported. Fit it as a multinomial model: with solver='lbfgs'."
        )
    return 1.0 / float(strengths[0])


def _l1_ratio(classifier):
    """Return which share of the penalty is L1."""
    penalty = getattr(classifier, "penalty", "deprecated")
    if penalty in ("l1", "l2", None):
        return float(penalty == "l1")
    l1_ratio = getattr(classifier, "l1_ratio_", getattr(classifier, "l1_ratio", None))
    # LogisticRegressionCV says it once per class, or None where it has no L1 part.
    return float(max(ratio or 0.0 for ratio in np.atleast_1d(l1_ratio)))


def _refuse_multi_class(classifier):
    # A parameter until scikit-learn 1.7.
    multi_class = getattr(classifier, "multi_class", None)
    if len(classifier.classes_) == 2 and multi_class == "multinomial":
        raise UnsupportedEstimatorError(
            f"'estimator' is {classifier}, fitted on two classes as a softmax of z and -z. "
            "Supported: binary models with one raw prediction; refit without 'multi_class'."
        )
    one_versus_rest = classifier.solver == "liblinear" or multi_class == "ovr"
    if len(classifier.classes_) > 2 and one_versus_rest:
        raise UnsupportedEstimatorError(
            f"'estimator' is {classifier}, fitted one-versus-rest on "
            f"{len(classifier.classes_)} classes. Supported: binary and multinomial models; "
            "refit with solver='lbfgs'."
        )
