"""The last layer of an MLPClassifier as a linearised view."""

import numpy as np
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from sk_softunlearn._sklearn import UNPENALISED, refuse_network_weights
from sk_softunlearn.losses import LogisticLoss, MultinomialLoss
from sk_softunlearn.views._attack import dense
from sk_softunlearn.views._layer import Layer
from sk_softunlearn.views._network import NetworkJacobian, activate
from sk_softunlearn.views._network_head import NetworkHeadView
from sk_softunlearn.views._reading import refuse_several_labels

__all__ = [
    "MLPHeadView",
    "fit_network",
    "network_layers",
    "network_loss",
    "network_theta",
    "penalty_factor",
]

# Rows that pass through the network at a time.
BLOCK_ROWS = 4096


class MLPHeadView(NetworkHeadView):
    r"""The last layer of an MLPClassifier, on the activations of its last hidden layer.

    A logistic or multinomial regression on features that are held: its objective is convex, its
    curvature exact. In sum form scikit-learn minimises

    .. math::

        \sum_i s_i\, \ell(z_i, y_i) + \frac{m \alpha}{2} |W|^2, \qquad
        m = 1 \text{ for lbfgs, } n / b \text{ for sgd and adam},

    with n rows and b of them in a minibatch, each of which has the penalty of the whole.

    Raises
    ------
    UnsupportedEstimatorError
        By `read`, for several labels per row.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neural_network import MLPClassifier
    >>> from sk_softunlearn.views import MLPHeadView
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier((8,), solver="lbfgs", max_iter=2000, random_state=0).fit(X, y)
    >>> MLPHeadView.read(model, X, y).theta.shape
    (27,)
    """

    @staticmethod
    def accepts(classifier):
        """Say whether `classifier` is an MLPClassifier."""
        return isinstance(classifier, MLPClassifier)

    @classmethod
    def check_fitted(cls, classifier):
        network_loss(classifier)

    @classmethod
    def read(cls, estimator, X, y, sample_weight=None):
        view = super().read(estimator, X, y, sample_weight)
        return view.through(view.features)

    def on(self, X, y, sample_weight=None):
        view = super().on(X, y, sample_weight)
        return view.through(view.features)

    def through(self, inputs):
        """Return this view on the last hidden activations of rows as the network sees them."""
        return self._over(self._hidden(inputs)).replace(inputs=inputs)

    def _hidden(self, inputs):
        classifier = self.classifier
        weights = list(zip(classifier.coefs_, classifier.intercepts_, strict=True))
        if len(weights) == 1:
            return inputs
        hidden = np.empty((inputs.shape[0], weights[-1][0].shape[0]))
        for start in range(0, len(hidden), BLOCK_ROWS):
            rows = slice(start, start + BLOCK_ROWS)
            hidden[rows] = activate(inputs[rows], weights, classifier.activation)[0][-1]
        return hidden

    def in_network(self, estimator, theta):
        rows = (self.inputs, self.target, self.sample_weight)
        return type(self)(estimator, *rows, theta=theta).through(self.inputs)

    def fit_whole(self, weight):
        return fit_network(self.classifier, self.inputs, self.target, weight)

    def attacked_inputs(self, move):
        layers = network_layers(self.classifier)
        theta = np.concatenate([network_theta(self.classifier)[: -len(self.theta)], self.theta])

        def gradient(inputs):
            network = NetworkJacobian(inputs, theta, layers, self.classifier.activation)
            return network.input_gradient(self.loss.slope(network.raw_prediction, self.target))

        return self.through(move(dense(self.inputs), gradient))

    @property
    def intercept(self):
        """True: every layer has one."""
        return True

    def make_loss(self):
        return network_loss(self.classifier)

    def penalties(self):
        return penalty_factor(self.classifier, len(self.target)) * self.classifier.alpha, 0.0

    @staticmethod
    def fitted_table(classifier):
        coef = np.asarray(classifier.coefs_[-1], dtype=float).T
        return np.column_stack([coef, classifier.intercepts_[-1]])

    def store(self, classifier, theta):
        """Write the last layer into a classifier, in place, in the dtype of its coefficients."""
        table = theta.reshape(self.n_outputs, -1)
        dtype = classifier.coefs_[-1].dtype
        classifier.coefs_[-1] = np.ascontiguousarray(table[:, :-1].T, dtype=dtype)
        classifier.intercepts_[-1] = table[:, -1].astype(dtype)

    def fit_clone(self, y, weight):
        strength = self.penalties()[0]
        C = 1 / strength if strength else UNPENALISED
        head = LogisticRegression(C=C, tol=1e-8, max_iter=10_000, solver="newton-cg")
        return _AsNetwork(head.fit(self.features, y, sample_weight=weight))


class _AsNetwork:
    """The last layer of a network, taken from a regression on what it is fed."""

    def __init__(self, regression):
        self.coefs_, self.intercepts_ = [regression.coef_.T], [regression.intercept_]


def fit_network(classifier, features, target, weight):
    """Return a clone of an MLPClassifier, fitted on class indices with other weights.

    Parameters
    ----------
    classifier : MLPClassifier
        Fitted.
    features : ndarray or CSR of shape (n, p)
        The rows as it sees them.
    target : ndarray of shape (n,)
        Class indices.
    weight : ndarray of shape (n,)
        Weight of every row.

    Returns
    -------
    network : MLPClassifier
        Another minimum where `random_state` is left open.

    Raises
    ------
    UnsupportedEstimatorError
        If scikit-learn is older than 1.7.
    """
    refuse_network_weights(classifier)
    return clone(classifier).fit(features, classifier.classes_[target], sample_weight=weight)


def network_loss(classifier):
    """Return the loss of a fitted MLPClassifier.

    Parameters
    ----------
    classifier : MLPClassifier
        Fitted.

    Returns
    -------
    loss : Loss
        Logistic or multinomial.

    Raises
    ------
    UnsupportedEstimatorError
        If it was fitted on several labels per row.
    """
    if classifier.out_activation_ == "softmax":
        return MultinomialLoss()
    if classifier.n_outputs_ > 1:
        refuse_several_labels(classifier)
    return LogisticLoss()


def network_layers(classifier):
    """Return where the layers of a fitted MLPClassifier are in one flat vector, a list."""
    layers, start = [], 0
    for weight in classifier.coefs_:
        n_inputs, n_outputs = weight.shape
        stop = start + n_outputs * (n_inputs + 1)
        layers.append(Layer(slice(start, stop), n_outputs, n_inputs, intercept=True))
        start = stop
    return layers


def network_theta(classifier):
    """Return the parameters of a fitted MLPClassifier as one flat vector, of shape (d,)."""
    pairs = zip(classifier.coefs_, classifier.intercepts_, strict=True)
    return np.concatenate([np.column_stack([w.T, b]).reshape(-1) for w, b in pairs]).astype(float)


def penalty_factor(classifier, n_rows):
    """Return how often an epoch of a classifier's training counts the penalty."""
    if classifier.solver == "lbfgs":
        return 1.0
    batch = 200 if classifier.batch_size == "auto" else classifier.batch_size
    return n_rows / min(batch, n_rows)
