"""Linear classifiers as linearised views."""

from abc import abstractmethod
from functools import cached_property

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sk_softunlearn.views._attack import crossing, dense
from sk_softunlearn.views._base import View
from sk_softunlearn.views._head import find_head
from sk_softunlearn.views._jacobian import LinearJacobian
from sk_softunlearn.views._linear_look import LinearLook
from sk_softunlearn.views._linear_offset import LinearOffset
from sk_softunlearn.views._reading import class_weight_factor, read_rows
from sk_softunlearn.views._support import refuse_other_support, warn_of_held
from sk_softunlearn.views._support_jacobian import SupportJacobian
from sk_softunlearn.views._table import LinearTable

__all__ = ["LinearView"]


class LinearView(LinearTable, LinearOffset, LinearLook, View):
    r"""A classifier whose raw predictions are linear in its parameters.

    With W the table of coefficients, b the intercepts and o the offset,

    .. math:: z_i = o_i + W x_i + b = o_i + J_i \theta.

    A subclass says in `accepts` which classifiers it reads, and writes three methods: `make_loss`,
    `penalties` and `fit_clone`. If the coefficients are kept elsewhere than in `coef_` and
    `intercept_`, it also writes `fitted_table` and `store`, and `intercept` if the classifier has
    no `fit_intercept`. `check` and `check_fitted` refuse settings that cannot be read;
    `make_offset` says what is added to the linear part and not corrected.

    A classifier with an L1 penalty says so in `l1_penalties`. That penalty has no derivative at 0:
    what it has put there stays there, and `theta` has the other parameters. On their side of 0 it
    is linear, with the slope `tilt`, so that the objective is smooth in `theta`.

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
        Parameters that may move; None takes the fitted ones.
    shift : tuple, default=None
        Passed on to `LinearJacobian`.
    """

    computed = ("known",)
    streams = True

    # Whether class_weight="balanced" counts the weights of rows, or the rows.
    balances_weights = True

    def __init__(self, estimator, features, target, sample_weight, theta=None, shift=None):
        self.estimator = estimator
        self.classifier = find_head(estimator).classifier
        self.features = features
        self.target = target
        self.sample_weight = sample_weight
        self.theta = self._fitted(self.classifier)[self.support] if theta is None else theta
        self.shift = shift
        self.loss = self.make_loss()

    @abstractmethod
    def make_loss(self):
        """Return the pointwise `Loss` that the classifier was fitted with."""

    @abstractmethod
    def penalties(self):
        """Return the penalty of a coefficient and of an intercept, in sum form.

        Each a float, or an array of shape (K,) where outputs differ; 0.0 for what is not penalised.
        """

    @abstractmethod
    def fit_clone(self, y, weight):
        """Return a clone of the classifier, fitted on `features` with other weights.

        Parameters
        ----------
        y : ndarray of shape (n,)
            Labels.
        weight : ndarray of shape (n,)
            Total weight of every row: `class_weight` is in it already.

        Returns
        -------
        classifier : estimator
            Fitted; with what `fitted_table` reads.
        """

    @classmethod
    def check_fitted(cls, classifier):
        """Refuse what only the fit tells, as the number of classes; by default nothing.

        Parameters
        ----------
        classifier : estimator
            Fitted.

        Raises
        ------
        UnsupportedEstimatorError
            If what it minimises cannot be read.
        """

    @classmethod
    def read_rows(cls, estimator, X, y, sample_weight=None):
        """Return features, class indices and weights of rows, as the function `read_rows` does."""
        return read_rows(estimator, X, y, sample_weight)

    @classmethod
    def read(cls, estimator, X, y, sample_weight=None):
        classifier = find_head(estimator).classifier
        cls.check(classifier)
        check_is_fitted(classifier)
        cls.check_fitted(classifier)
        features, target, sample_weight = cls.read_rows(estimator, X, y, sample_weight)
        if getattr(classifier, "class_weight", None) is not None:
            counted = sample_weight if cls.balances_weights else np.ones_like(sample_weight)
            sample_weight = sample_weight * class_weight_factor(classifier, target, counted)
        view = cls(estimator, features, target, sample_weight)
        warn_of_held(classifier, view.movable)
        return view

    def on(self, X, y, sample_weight=None):
        rows = self.read_rows(self.estimator, X, y, sample_weight)
        return type(self)(self.estimator, *rows, theta=self.theta)

    def attacked_inputs(self, move):
        self._need_memory("'metric' 'robustness' with attack='inf' or '2'", "Use attack='boundary'")
        coef = self._table()[:, : self.features.shape[1]]

        def gradient(inputs):
            there = self._over(inputs)
            return there.slope @ coef + there.offset_gradient(there.slope)

        return self._over(move(dense(self.features), gradient))

    def _over(self, features):
        """Return this view on other features, with their offset."""
        other = self.replace(features=features, shift=None, jacobian=self._jacobian(features))
        vars(other).pop("offset", None)
        return other

    def adversarial(self, overshoot):
        r"""Return the view of the rows moved across the nearest decision boundary.

        With a the predicted class and b the class whose boundary is nearest,

        .. math:: x' = x - \mathtt{overshoot} \frac{z_a - z_b}{|w_a - w_b|^2} (w_a - w_b)

        (DeepFool, Moosavi-Dezfooli et al. 2016, eq. 8). With two classes the step is
        :math:`\mathtt{overshoot}\; z\, w / |w|^2`. The points are held as a low-rank shift of the
        rows, not as a copy; every row keeps its offset.
        """
        coef = self._table()[:, : self.features.shape[1]]
        shift = (crossing(self.raw_prediction, coef, overshoot), coef)
        return self.replace(shift=shift, jacobian=self._jacobian(self.features, shift))

    @property
    def convex(self):
        """True: the loss is convex, and the raw predictions are linear."""
        return True

    @cached_property
    def jacobian(self):
        return self._jacobian(self.features, self.shift)

    @property
    def layers(self):
        return self.jacobian.layers

    def layer_blocks(self, bend):
        return self.jacobian.layer_blocks(bend)

    def _jacobian(self, features, shift=None):
        if isinstance(self.support, slice):
            return LinearJacobian(features, self.n_outputs, self.intercept, shift)
        return SupportJacobian(features, self.n_outputs, self.intercept, self.support, shift)

    @cached_property
    def penalty(self):
        """Diagonal of the quadratic penalty, of shape (d,)."""
        return self._per_parameter(self.penalties())[self.support]

    def respond(self, gradients, inverse):
        directions = inverse.matmat(np.column_stack(list(gradients.values())))
        scores = self.jacobian.answers(directions, self.slope, self.sample_weight)
        return dict(zip(gradients, scores, strict=True))

    def refitted(self, weight):
        self._need_memory("Retraining (correction='retrain')", "Use correction='newton'")
        table = self._fitted(self.fit_clone(self.classifier.classes_[self.target], weight))
        theta = table[self.support]
        refuse_other_support(table, theta, self.tilt)
        return self.at(theta)

    def moved_to(self, estimator, X, y):
        return self.at(self._fitted(find_head(estimator).classifier)[self.support])
