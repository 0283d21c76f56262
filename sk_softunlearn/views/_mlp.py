"""All layers of an MLPClassifier as a linearised view."""

from functools import cached_property

import numpy as np
from sklearn.neural_network import MLPClassifier
from sklearn.utils.validation import check_is_fitted

from sk_softunlearn.views._attack import deepfool, dense
from sk_softunlearn.views._base import View
from sk_softunlearn.views._head import find_head
from sk_softunlearn.views._mlp_head import (
    fit_network,
    network_layers,
    network_loss,
    network_theta,
    penalty_factor,
)
from sk_softunlearn.views._network import NetworkJacobian, unpack
from sk_softunlearn.views._reading import read_rows

__all__ = ["MLPView"]


class MLPView(View):
    r"""All layers of an MLPClassifier.

    Its curvature is the Gauss-Newton matrix

    .. math:: \sum_i s_i J_i^\top B_i J_i + \operatorname{diag}(\Lambda),

    with :math:`B_i` the bend of the loss: the Hessian of a network is indefinite where scikit-learn
    leaves it. The objective in sum form is that of `MLPHeadView`, its penalty on the coefficients
    of all layers.

    Parameters
    ----------
    estimator : estimator
        A fitted MLPClassifier, alone or at the end of a Pipeline.
    features : ndarray or CSR of shape (n, p)
        The rows as the network sees them.
    target : ndarray of shape (n,)
        Class indices.
    sample_weight : ndarray of shape (n,)
        Weights in the fitted objective.
    theta : ndarray of shape (d,), default=None
        Parameters; None takes the fitted ones.

    Raises
    ------
    UnsupportedEstimatorError
        By `read`, for several labels per row.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neural_network import MLPClassifier
    >>> from sk_softunlearn.views import MLPView
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier((8,), solver="lbfgs", max_iter=2000, random_state=0).fit(X, y)
    >>> MLPView.read(model, X, y).theta.shape
    (67,)
    """

    depths = ("all",)
    computed = ("jacobian",)

    def __init__(self, estimator, features, target, sample_weight, theta=None):
        self.estimator = estimator
        self.classifier = find_head(estimator).classifier
        self.features = features
        self.target = target
        self.sample_weight = sample_weight
        self.theta = network_theta(self.classifier) if theta is None else theta
        self.loss = network_loss(self.classifier)

    @staticmethod
    def accepts(classifier):
        """Say whether `classifier` is an MLPClassifier."""
        return isinstance(classifier, MLPClassifier)

    @classmethod
    def read(cls, estimator, X, y, sample_weight=None):
        classifier = find_head(estimator).classifier
        check_is_fitted(classifier)
        network_loss(classifier)
        return cls(estimator, *read_rows(estimator, X, y, sample_weight))

    def on(self, X, y, sample_weight=None):
        rows = read_rows(self.estimator, X, y, sample_weight)
        return type(self)(self.estimator, *rows, theta=self.theta)

    def adversarial(self, overshoot):
        """Return the view of the rows moved across the nearest boundary, linearised.

        One step of DeepFool (Moosavi-Dezfooli et al. 2016, eq. 8) in the inputs, times `overshoot`;
        the points are held densely.
        """
        gradient = self.jacobian.input_gradient
        return self.replace(
            features=deepfool(dense(self.features), self.raw_prediction, gradient, overshoot)
        )

    def attacked_inputs(self, move):

        def gradient(inputs):
            moved = self.replace(features=inputs)
            return moved.jacobian.input_gradient(moved.slope)

        return self.replace(features=move(dense(self.features), gradient))

    @property
    def convex(self):
        """False: hidden layers make the objective non-convex."""
        return False

    @cached_property
    def jacobian(self):
        layers = network_layers(self.classifier)
        return NetworkJacobian(self.features, self.theta, layers, self.classifier.activation)

    @property
    def layers(self):
        return self.jacobian.layers

    def layer_blocks(self, bend):
        return self.jacobian.layer_blocks(bend)

    @cached_property
    def raw_prediction(self):
        return self.jacobian.raw_prediction

    @cached_property
    def penalty(self):
        """Diagonal of the quadratic penalty, of shape (d,): none on intercepts."""
        factor = penalty_factor(self.classifier, len(self.target))
        penalty = np.full(len(self.theta), factor * self.classifier.alpha)
        for _, intercepts in unpack(penalty, network_layers(self.classifier)):
            intercepts[:] = 0.0
        return penalty

    @property
    def gauge(self):
        """None, of shape (0, d): those that there are do not hinder a damped curvature."""
        return np.zeros((0, len(self.theta)))

    def store(self, classifier, theta):
        """Write all layers into a classifier, in place, in the dtype of its coefficients."""
        dtype = classifier.coefs_[-1].dtype
        layers = unpack(theta, network_layers(classifier))
        classifier.coefs_ = [np.ascontiguousarray(weight, dtype=dtype) for weight, _ in layers]
        classifier.intercepts_ = [intercept.astype(dtype) for _, intercept in layers]

    def refitted(self, weight):
        """Return the view at the parameters of a clone of the network that is fitted anew.

        Its minimum is another one where `random_state` is left open.
        """
        network = fit_network(self.classifier, self.features, self.target, weight)
        return self.at(network_theta(network))
