"""OneVsRestClassifier of LogisticRegression as a linearised view."""

import numpy as np
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.losses import LogisticLoss, OneVersusRestLoss
from sk_softunlearn.views._coefficients import as_it_was
from sk_softunlearn.views._linear import LinearView
from sk_softunlearn.views._logistic import LogisticView
from sk_softunlearn.views._reading import refuse_several_labels

__all__ = ["OneVersusRestView"]


class OneVersusRestView(LinearView):
    r"""OneVsRestClassifier(LogisticRegression()), a logistic regression per class.

    In sum form the classifiers together minimise

    .. math::

        \sum_k \Big(\sum_i s_i\, \ell(z_{ik}, [y_i = k]) + \frac{|w_k|^2}{2 C_k}\Big),

    where LogisticRegressionCV has chosen a C for every class; with an L1 part as in `LogisticView`.

    Raises
    ------
    UnsupportedEstimatorError
        By `read`, for another classifier inside, `class_weight`, or several labels per row.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.multiclass import OneVsRestClassifier
    >>> from sk_softunlearn.views import OneVersusRestView
    >>> X, y = load_iris(return_X_y=True)
    >>> model = OneVsRestClassifier(LogisticRegression()).fit(X, y)
    >>> OneVersusRestView.read(model, X, y).theta.shape
    (15,)
    """

    @staticmethod
    def accepts(classifier):
        """Say whether `classifier` is a OneVsRestClassifier; `check` looks inside."""
        return isinstance(classifier, OneVsRestClassifier)

    @classmethod
    def check(cls, classifier):
        """Refuse another classifier than LogisticRegression inside, or one with `class_weight`."""
        inner = classifier.estimator
        if not isinstance(inner, LogisticRegression):
            raise UnsupportedEstimatorError(
                f"'estimator' must be one-versus-rest of LogisticRegression, got {classifier}. "
                "LinearSVC, SGDClassifier and RidgeClassifier are one-versus-rest by themselves: "
                "use them alone; transformers go before OneVsRestClassifier, in a Pipeline."
            )
        if inner.class_weight is not None:
            raise UnsupportedEstimatorError(
                f"'estimator' is {classifier}, with 'class_weight' inside: a row then has another "
                "weight in every column. Supported: class_weight=None; pass sample_weight instead."
            )

    @classmethod
    def check_fitted(cls, classifier):
        if classifier.multilabel_:
            refuse_several_labels(classifier)
        for inner in classifier.estimators_:
            if not isinstance(inner, LogisticRegression):
                raise UnsupportedEstimatorError(
                    f"'estimator' is {classifier}, fitted on rows that all or none have some "
                    "class, which then has no model of its own. Supported: two or more classes "
                    "with rows; fit it on those."
                )
            LogisticView.check_fitted(inner)

    @property
    def intercept(self):
        """Whether the head has an intercept."""
        return self.classifier.estimator.fit_intercept

    def make_loss(self):
        return LogisticLoss() if self.n_outputs == 1 else OneVersusRestLoss(LogisticLoss())

    def penalties(self):
        strengths = [self._view_of(inner).penalties() for inner in self.classifier.estimators_]
        return tuple(np.array(strengths).T)

    def l1_penalties(self):
        strengths = [self._view_of(inner).l1_penalties() for inner in self.classifier.estimators_]
        return tuple(np.array(strengths).T)

    def _view_of(self, inner):
        return LogisticView(inner, self.features, self.target, self.sample_weight)

    @staticmethod
    def fitted_table(classifier):
        return np.vstack([LinearView.fitted_table(inner) for inner in classifier.estimators_])

    def store(self, classifier, theta):
        """Write parameters into the classifier of every class, in place."""
        table = self._table(theta)
        for inner, row in zip(classifier.estimators_, table, strict=True):
            inner.coef_ = as_it_was(row[: inner.coef_.shape[1]], inner.coef_)
            if self.intercept:
                inner.intercept_ = row[-1:].astype(inner.intercept_.dtype)

    def fit_clone(self, y, weight):
        classes = self.classifier.classes_
        columns = classes[1:] if self.n_outputs == 1 else classes
        refitted = clone(self.classifier)
        refitted.classes_ = classes
        # With the C that every class has, not one that is chosen anew.
        refitted.estimators_ = [
            self._view_of(inner).fit_clone(y == label, weight)
            for inner, label in zip(self.classifier.estimators_, columns, strict=True)
        ]
        return refitted
