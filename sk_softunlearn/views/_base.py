"""What the rest of the package knows of a classifier."""

from abc import ABC, abstractmethod
from copy import deepcopy
from functools import cached_property

import numpy as np

from sk_softunlearn.views._head import find_head

__all__ = ["View"]


class View(ABC):
    """A fitted classifier seen as a linearised model on some rows.

    The fitted objective is `sum_i s_i loss(z_i, y_i) + 1/2 theta^T diag(penalty) theta`.

    Parameters
    ----------
    estimator : estimator
        The fitted classifier or Pipeline. Never modified.
    theta : ndarray of shape (d,)
        The parameters at which the view is taken.
    X : array-like or sparse of shape (n, p)
        The rows, as the estimator takes them.
    y : array-like of shape (n,)
        Their labels.
    sample_weight : ndarray of shape (n,), default=None
        Their weights, without `class_weight`; None is 1 everywhere.

    Attributes
    ----------
    classifier : estimator
        The classifier at the end of `estimator`.
    target : ndarray of shape (n,)
        Class index of every row.
    sample_weight : ndarray of shape (n,)
        Weight of every row in the fitted objective, `class_weight` included.
    loss : Loss
        The pointwise loss.
    penalty : ndarray of shape (d,)
        Diagonal of the quadratic penalty.
    """

    @staticmethod
    @abstractmethod
    def accepts(classifier):
        """Say whether this view can read `classifier`; no fitted attribute is needed."""

    @classmethod
    @abstractmethod
    def read(cls, estimator, X, y, sample_weight=None):
        """Return the view of a fitted estimator on the rows of its training set."""

    @property
    @abstractmethod
    def convex(self):
        """Whether the fitted objective is convex in theta."""

    @property
    @abstractmethod
    def jacobian(self):
        """Derivative of the raw predictions in theta, a LinearOperator of shape (n * K, d).

        Beside its products it has `gram(bend)` and `gram_diagonal(bend)`.
        """

    @property
    @abstractmethod
    def raw_prediction(self):
        """Decision values at theta, of shape (n, K)."""

    @property
    @abstractmethod
    def gauge(self):
        """Directions of theta, of shape (q, d), that change neither prediction nor penalty."""

    @abstractmethod
    def at(self, theta):
        """Return the view of the same rows at other parameters."""

    @abstractmethod
    def on(self, X, y, sample_weight=None):
        """Return the view of other rows at the same parameters."""

    @abstractmethod
    def adversarial(self, overshoot):
        """Return the view of the rows moved across the decision boundary by `overshoot`."""

    @abstractmethod
    def store(self, classifier, theta):
        """Write parameters into a classifier, in place."""

    @abstractmethod
    def refit(self, weight):
        """Return the theta of a clone of the classifier fitted with total weights, shape (n,)."""

    def write(self, theta):
        """Return a copy of the estimator with other parameters.

        Parameters
        ----------
        theta : ndarray of shape (d,)
            The new parameters.

        Returns
        -------
        estimator : estimator
            Independent of the wrapped one, of the same type.
        """
        copy = deepcopy(self.estimator)
        self.store(find_head(copy).classifier, theta)
        return copy

    @cached_property
    def slope(self):
        """Derivative of every row's loss in its raw prediction, of shape (n, K)."""
        return self.loss.slope(self.raw_prediction, self.target)

    def bend(self, weight):
        """Return the rows' second derivatives times `weight`, of shape (n,), as a `Bend`."""
        return self.loss.bend(self.raw_prediction, self.target).scaled(weight)

    def gradient(self, weight):
        """Return the gradient of the objective with total weights `weight`, of shape (d,)."""
        return self.pull(self.slope * weight[:, None]) + self.penalty * self.theta

    def value(self, weight):
        """Return the objective with total weights `weight`, a float."""
        losses = self.loss.value(self.raw_prediction, self.target)
        return weight @ losses + 0.5 * self.penalty @ self.theta**2

    def pull(self, cotangent):
        """Return `J^T r` for r of shape (n, K), of shape (d,)."""
        return self.jacobian.rmatvec(np.ascontiguousarray(cotangent).reshape(-1))
