"""Linear classifiers as linearised views."""

from abc import abstractmethod
from functools import cached_property

import numpy as np
from scipy import sparse
from sklearn.utils.validation import check_is_fitted

from sk_softunlearn.views._attack import crossing
from sk_softunlearn.views._base import View
from sk_softunlearn.views._coefficients import as_it_was
from sk_softunlearn.views._head import find_head
from sk_softunlearn.views._jacobian import LinearJacobian
from sk_softunlearn.views._reading import class_weight_factor, read_rows

__all__ = ["LinearView"]


class LinearView(View):
    """A classifier whose raw predictions are linear in its parameters.

    A subclass names the loss, the penalty and how a clone is fitted; where the coefficients are
    kept elsewhere than in `coef_` and `intercept_`, also that.

    Parameters
    ----------
    estimator : estimator
        The fitted classifier, alone or at the end of a Pipeline.
    features : ndarray or CSR of shape (n, p)
        The rows as the linear head sees them.
    target : ndarray of shape (n,)
        Class indices.
    sample_weight : ndarray of shape (n,)
        Weights in the fitted objective.
    theta : ndarray of shape (d,), default=None
        Parameters; None takes the fitted ones.
    shift : tuple, default=None
        Passed on to `LinearJacobian`.
    """

    # Whether class_weight="balanced" counts the weights of rows, or the rows.
    balances_weights = True

    def __init__(self, estimator, features, target, sample_weight, theta=None, shift=None):
        self.estimator = estimator
        self.classifier = find_head(estimator).classifier
        self.features = features
        self.target = target
        self.sample_weight = sample_weight
        self.theta = self._fitted_theta() if theta is None else theta
        self.shift = shift
        self.loss = self._loss()

    @abstractmethod
    def _loss(self):
        """Return the pointwise loss."""

    @abstractmethod
    def _strength(self):
        """Return the penalty of a coefficient and of an intercept, in sum form.

        Each a float, or an array of shape (K,) where outputs differ.
        """

    @abstractmethod
    def _refitted(self, y, weight):
        """Return a clone of the classifier fitted on the features with total weights."""

    @classmethod
    def _check_fitted(cls, classifier):
        """Refuse what only the fit tells, as the number of classes."""

    @classmethod
    def _read_rows(cls, estimator, X, y, sample_weight):
        """Return features, class indices and weights of rows."""
        return read_rows(find_head(estimator), X, y, sample_weight)

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
        view : LinearView
            At the fitted parameters.

        Raises
        ------
        UnsupportedEstimatorError
            If the classifier was fitted with settings that cannot be read.
        """
        classifier = find_head(estimator).classifier
        cls.check(classifier)
        check_is_fitted(classifier)
        cls._check_fitted(classifier)
        features, target, sample_weight = cls._read_rows(estimator, X, y, sample_weight)
        counted = sample_weight if cls.balances_weights else np.ones_like(sample_weight)
        sample_weight = sample_weight * class_weight_factor(classifier, target, counted)
        return cls(estimator, features, target, sample_weight)

    def on(self, X, y, sample_weight=None):
        """Return the view of other rows at the same parameters."""
        rows = self._read_rows(self.estimator, X, y, sample_weight)
        return type(self)(self.estimator, *rows, theta=self.theta)

    def attacked_inputs(self, move):
        """Return the view of rows moved by a function of them and of their loss's gradient."""
        coef = self._table()[:, : self.features.shape[1]]

        def gradient(inputs):
            moved = self._but(features=inputs, shift=None, jacobian=self._jacobian(inputs))
            return moved.slope @ coef

        inputs = move(self._dense(self.features), gradient)
        return self._but(features=inputs, shift=None, jacobian=self._jacobian(inputs))

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
        view : LinearView
            The moved rows with the labels of the original ones.
        """
        coef = self._table()[:, : self.features.shape[1]]
        shift = (crossing(self.raw_prediction, coef, overshoot), coef)
        return self._but(shift=shift, jacobian=self._jacobian(self.features, shift))

    @property
    def convex(self):
        """True: the loss is convex, and the raw predictions are linear."""
        return True

    @property
    def intercept(self):
        """Whether the head has an intercept."""
        return self.classifier.fit_intercept

    @cached_property
    def n_outputs(self):
        """K, the number of raw predictions of a row."""
        return len(self._fitted_table(self.classifier))

    @cached_property
    def jacobian(self):
        """Derivative of the raw predictions in theta, of shape (n * K, d)."""
        return self._jacobian(self.features, self.shift)

    @property
    def layers(self):
        """The only layer, as a list of `Layer`."""
        return self.jacobian.layers

    def layer_blocks(self, bend):
        """Yield, block by block of rows, `[(inputs, deltas)]` of every layer, and weights."""
        return self.jacobian.layer_blocks(bend)

    def _jacobian(self, features, shift=None):
        return LinearJacobian(features, self.n_outputs, self.intercept, shift)

    @staticmethod
    def _dense(features):
        dense = features.toarray() if sparse.issparse(features) else features
        return np.asarray(dense, dtype=float)

    @cached_property
    def raw_prediction(self):
        """Decision values at theta, of shape (n, K)."""
        return self.jacobian.matvec(self.theta).reshape(len(self.target), -1)

    @cached_property
    def penalty(self):
        """Diagonal of the quadratic penalty, of shape (d,)."""
        coefficient, intercept = self._strength()
        penalty = np.empty_like(self._table())
        penalty.T[:] = coefficient
        if self.intercept:
            penalty[:, -1] = intercept
        return penalty.reshape(-1)

    @property
    def gauge(self):
        """Unpenalised shifts common to all classes, of shape (q, d), where they change nothing."""
        n_columns = len(self.theta) // self.n_outputs
        if not self.loss.shift_invariant:
            return np.zeros((0, len(self.theta)))
        free = np.flatnonzero(self.penalty[:n_columns] == 0)
        return np.tile(np.eye(n_columns)[free], self.n_outputs)

    def store(self, classifier, theta):
        """Write parameters into a classifier, in place, in the type of its coefficients."""
        table = theta.reshape(self.n_outputs, -1)
        classifier.coef_ = as_it_was(table[:, : classifier.coef_.shape[-1]], classifier.coef_)
        if self.intercept:
            intercept = np.asarray(classifier.intercept_)
            classifier.intercept_ = table[:, -1].astype(intercept.dtype).reshape(intercept.shape)

    def refit(self, weight):
        """Return the theta of a clone of the classifier fitted with total weights.

        The clone has the same settings; `class_weight` is in `weight` already.

        Parameters
        ----------
        weight : ndarray of shape (n,)
            Total weight of every row.

        Returns
        -------
        theta : ndarray of shape (d,)
            The refitted parameters.
        """
        refitted = self._refitted(self.classifier.classes_[self.target], weight)
        return type(self)(refitted, self.features, self.target, weight).theta

    @staticmethod
    def _fitted_table(classifier):
        """Return coefficients and intercepts of a classifier, of shape (K, p + intercept)."""
        coef = np.atleast_2d(LinearView._dense(classifier.coef_))
        if not classifier.fit_intercept:
            return coef
        return np.column_stack([coef, np.reshape(classifier.intercept_, -1)])

    def _fitted_theta(self):
        return self._fitted_table(self.classifier).reshape(-1)

    def _table(self):
        return self.theta.reshape(self.n_outputs, -1)
