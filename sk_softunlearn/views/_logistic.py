"""LogisticRegression and LogisticRegressionCV as linearised views."""

from functools import cached_property

import numpy as np
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.losses import LogisticLoss, MultinomialLoss
from sk_softunlearn.views._base import View
from sk_softunlearn.views._head import find_head
from sk_softunlearn.views._jacobian import LinearJacobian
from sk_softunlearn.views._reading import class_weight_factor, read_rows

__all__ = ["LogisticView"]


class LogisticView(View):
    """Binary or multinomial logistic regression.

    In sum form scikit-learn minimises `sum_i s_i loss(z_i, y_i) + |coef|^2 / (2 C)`, with a
    free intercept; `liblinear` also penalises `(intercept / intercept_scaling)^2`.

    Parameters
    ----------
    estimator : estimator
        A fitted LogisticRegression or LogisticRegressionCV with an L2 penalty or none, alone
        or at the end of a Pipeline.
    features : ndarray or CSR of shape (n, p)
        The rows as the classifier sees them.
    target : ndarray of shape (n,)
        Class indices.
    sample_weight : ndarray of shape (n,)
        Weights in the fitted objective.
    theta : ndarray of shape (d,), default=None
        Parameters; None takes the fitted ones.
    shift : tuple, default=None
        Passed on to `LinearJacobian`.

    Raises
    ------
    UnsupportedEstimatorError
        If the classifier was fitted with an L1 penalty or as one-versus-rest.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sk_softunlearn.views import LogisticView
    >>> X, y = load_iris(return_X_y=True)
    >>> LogisticView.read(LogisticRegression(max_iter=1000).fit(X, y), X, y).theta.shape
    (15,)
    """

    def __init__(self, estimator, features, target, sample_weight, theta=None, shift=None):
        self.estimator = estimator
        self.classifier = find_head(estimator).classifier
        self.features = features
        self.target = target
        self.sample_weight = sample_weight
        self.theta = self._fitted_theta() if theta is None else theta
        self.shift = shift
        n_outputs = len(self.classifier.coef_)
        self.loss = LogisticLoss() if n_outputs == 1 else MultinomialLoss()

    @staticmethod
    def accepts(classifier):
        """Say whether `classifier` is a LogisticRegression or LogisticRegressionCV."""
        return isinstance(classifier, LogisticRegression)

    @classmethod
    def read(cls, estimator, X, y, sample_weight=None):
        """Return the view of a fitted estimator on the rows of its training set.

        Parameters
        ----------
        estimator : estimator
            The fitted classifier or Pipeline.
        X : array-like or sparse of shape (n, p)
            Training rows, as the estimator takes them.
        y : array-like of shape (n,)
            Their labels.
        sample_weight : array-like of shape (n,), default=None
            The weights that `fit` was given; `class_weight` is added here.

        Returns
        -------
        view : LogisticView
            At the fitted parameters.
        """
        head = find_head(estimator)
        check_is_fitted(head.classifier)
        _check_penalty(head.classifier)
        features, target, sample_weight = read_rows(head, X, y, sample_weight)
        sample_weight = sample_weight * class_weight_factor(head.classifier, target, sample_weight)
        return cls(estimator, features, target, sample_weight)

    def on(self, X, y, sample_weight=None):
        """Return the view of other rows at the same parameters."""
        rows = read_rows(find_head(self.estimator), X, y, sample_weight)
        return LogisticView(self.estimator, *rows, theta=self.theta)

    def at(self, theta):
        """Return the view of the same rows at other parameters."""
        rows = (self.features, self.target, self.sample_weight)
        return LogisticView(self.estimator, *rows, theta=theta, shift=self.shift)

    def adversarial(self, overshoot):
        """Return the view of the rows moved across the nearest decision boundary.

        `x' = x - overshoot (z_a - z_b) / |w_a - w_b|^2 (w_a - w_b)`, with a the predicted class
        and b the class whose boundary is nearest (DeepFool, Moosavi-Dezfooli et al. 2016, eq. 8;
        with two classes: `x - overshoot z / |w|^2 w`). The points stay where they are when the
        parameters change. They are held as a low-rank shift of the rows, not as a copy.

        Parameters
        ----------
        overshoot : float
            Length of the move in units of the distance to the boundary.

        Returns
        -------
        view : LogisticView
            The moved rows with the labels of the original ones.
        """
        coef = self._table()[:, : self.features.shape[1]]
        z = self.raw_prediction
        if len(coef) == 1:
            amount = overshoot * z / (coef @ coef.T)
        else:
            rows = np.arange(len(z))
            top = z.argmax(axis=1)
            squares = np.sum((coef[:, None, :] - coef[None, :, :]) ** 2, axis=2)
            margin = z[rows, top][:, None] - z
            with np.errstate(invalid="ignore", divide="ignore"):
                distance = margin / np.sqrt(squares[top])
            distance[rows, top] = np.inf
            other = np.nan_to_num(distance, nan=np.inf).argmin(axis=1)
            length = overshoot * margin[rows, other] / squares[top, other]
            amount = np.zeros_like(z)
            amount[rows, top] = length
            amount[rows, other] = -length
        rows = (self.features, self.target, self.sample_weight)
        return LogisticView(self.estimator, *rows, theta=self.theta, shift=(amount, coef))

    @property
    def convex(self):
        """True: the log loss of a linear model is convex."""
        return True

    @cached_property
    def jacobian(self):
        """Derivative of the raw predictions in theta, of shape (n * K, d)."""
        classifier = self.classifier
        n_outputs = len(classifier.coef_)
        return LinearJacobian(self.features, n_outputs, classifier.fit_intercept, self.shift)

    @cached_property
    def raw_prediction(self):
        """Decision values at theta, of shape (n, K)."""
        return self.jacobian.matvec(self.theta).reshape(len(self.target), -1)

    @cached_property
    def penalty(self):
        """Diagonal of the quadratic penalty, of shape (d,)."""
        strength = _inverse_C(self.classifier)
        penalty = np.full_like(self._table(), strength)
        if self.classifier.fit_intercept:
            scaling = self.classifier.intercept_scaling
            liblinear = self.classifier.solver == "liblinear"
            penalty[:, -1] = strength / scaling**2 if liblinear else 0.0
        return penalty.reshape(-1)

    @property
    def gauge(self):
        """Unpenalised shifts common to all classes, of shape (q, d); none for two classes."""
        n_outputs = len(self.classifier.coef_)
        n_columns = len(self.theta) // n_outputs
        free = np.flatnonzero(self.penalty[:n_columns] == 0)
        shared = np.eye(n_columns)[free] if n_outputs > 1 else np.zeros((0, n_columns))
        return np.tile(shared, n_outputs)

    def store(self, classifier, theta):
        """Write parameters into a classifier, in place, in the dtype of its coefficients."""
        n_outputs, n_columns = classifier.coef_.shape
        table = theta.reshape(n_outputs, -1)
        classifier.coef_ = table[:, :n_columns].astype(classifier.coef_.dtype)
        if classifier.fit_intercept:
            classifier.intercept_ = table[:, n_columns].astype(classifier.intercept_.dtype)

    def refit(self, weight):
        """Return the theta of a clone of the classifier fitted with total weights.

        The clone has the same C, solver and tolerance; `class_weight` is in `weight` already.

        Parameters
        ----------
        weight : ndarray of shape (n,)
            Total weight of every row.

        Returns
        -------
        theta : ndarray of shape (d,)
            The refitted parameters.
        """
        strength = _inverse_C(self.classifier)
        settings = {
            name: value
            for name, value in clone(self.classifier).get_params().items()
            if name in _SOLVER_SETTINGS
        }
        refitted = LogisticRegression(C=1 / strength if strength else np.inf, **settings)
        refitted.fit(self.features, self.classifier.classes_[self.target], sample_weight=weight)
        return LogisticView(refitted, self.features, self.target, weight).theta

    def _fitted_theta(self):
        coef = np.asarray(self.classifier.coef_, dtype=float)
        if self.classifier.fit_intercept:
            coef = np.column_stack([coef, self.classifier.intercept_])
        return coef.reshape(-1)

    def _table(self):
        return self.theta.reshape(len(self.classifier.coef_), -1)


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


def _check_penalty(classifier):
    """Refuse what has no quadratic penalty or is not one joint model of all classes."""
    penalty = getattr(classifier, "penalty", "deprecated")
    l1_ratio = getattr(classifier, "l1_ratio_", getattr(classifier, "l1_ratio", None))
    # LogisticRegressionCV says None, or an array of it, where it has no L1 part.
    l1_ratio = max(ratio or 0.0 for ratio in np.atleast_1d(l1_ratio))
    without_l1 = penalty in (None, "l2") or (penalty == "deprecated" and l1_ratio == 0)
    if not without_l1 and _inverse_C(classifier) > 0:
        raise UnsupportedEstimatorError(
            f"'estimator' is {classifier}, fitted with an L1 penalty, at whose solution the "
            "objective has no derivative. Supported: L2 penalty or none; refit with l1_ratio=0."
        )
    one_versus_rest = (
        classifier.solver == "liblinear" or getattr(classifier, "multi_class", None) == "ovr"
    )
    if len(classifier.classes_) > 2 and one_versus_rest:
        raise UnsupportedEstimatorError(
            f"'estimator' is {classifier}, fitted one-versus-rest on "
            f"{len(classifier.classes_)} classes. Supported: binary and multinomial models; "
            "refit with solver='lbfgs'."
        )
