"""The last layer of a network of PyTorch as a linearised view."""

from functools import cached_property

import numpy as np
from sklearn.linear_model import LogisticRegression

from sk_softunlearn._sklearn import UNPENALISED
from sk_softunlearn.views._head import find_head
from sk_softunlearn.views._network_head import NetworkHeadView
from sk_softunlearn.views._torch_network import TorchView
from sk_softunlearn.views._torch_rows import (
    check_network,
    fit_network,
    is_torch,
    network_of,
    read_network_rows,
)

__all__ = ["TorchHeadView"]


class TorchHeadView(NetworkHeadView):
    r"""The last linear layer of a network, on its inputs.

    This is a logistic or multinomial regression on fixed features. So its objective is convex, and
    its curvature is exact. In sum form `fit` minimises

    .. math::

        \sum_i s_i\, \ell(z_i, y_i) + \tfrac12\, \mathtt{decay} \sum_i s_i\; |\theta|^2,

    where theta includes the intercepts. The outputs of the body of the network are kept. They are
    computed again only for other rows or another body.

    Parameters
    ----------
    estimator : estimator
        A fitted TorchClassifier or skorch net, alone or at the end of a Pipeline.
    inputs : ndarray of shape (n, ...)
        The rows as the network sees them.
    target : ndarray of shape (n,)
        Class indices.
    sample_weight : ndarray of shape (n,)
        Weights in the fitted objective.
    theta : ndarray of shape (d,), default=None
        Parameters. None takes the fitted ones.
    network : Network, default=None
        The network. None reads it from `estimator`.

    Raises
    ------
    UnsupportedEstimatorError
        Raised by `read` if the network does not end in a linear layer.
    """

    stops_early = True

    def __init__(self, estimator, inputs, target, sample_weight, theta=None, network=None):
        from sk_softunlearn._torch._head import find_last

        classifier = find_head(estimator).classifier
        self.network = network or network_of(classifier)
        self.name = find_last(self.network.module, inputs, self.network.device)
        self.inputs = inputs
        features = self._hidden(inputs)
        super().__init__(estimator, features, target, sample_weight, theta)

    @staticmethod
    def accepts(classifier):
        """Return whether `classifier` is a network of PyTorch."""
        return is_torch(classifier)

    @classmethod
    def check(cls, classifier):
        check_network(classifier)

    @classmethod
    def read(cls, estimator, X, y, sample_weight=None):
        return cls(estimator, *read_network_rows(estimator, X, y, sample_weight))

    def on(self, X, y, sample_weight=None):
        rows = read_network_rows(self.estimator, X, y, sample_weight)
        return type(self)(self.estimator, *rows, self.theta, self.network)

    def in_network(self, estimator, theta):
        return type(self)(estimator, self.inputs, self.target, self.sample_weight, theta)

    def fit_whole(self, weight):
        return fit_network(self.classifier, self.inputs, self.target, weight)

    def _hidden(self, inputs):
        from sk_softunlearn._torch._head import hidden

        network = self.network
        return hidden(network.module, self.name, inputs, network.batch_size, network.device)

    def attacked_inputs(self, move):
        """Return the view of rows that were moved in the input space of the whole network."""
        whole = TorchView(self.estimator, self.inputs, self.target, self.sample_weight, [self.name])
        whole = whole.at(np.concatenate([self.theta, whole.theta[len(self.theta) :]]))
        inputs = whole.attacked_inputs(move).inputs
        return self._over(self._hidden(inputs)).replace(inputs=inputs)

    def _layer(self, classifier):
        return classifier.module_.get_submodule(self.name)

    @cached_property
    def intercept(self):
        """Whether the last layer has an intercept."""
        return self._layer(self.classifier).bias is not None

    def make_loss(self):
        return self.network.loss(self.n_outputs)

    def penalties(self):
        strength = self.network.decay * self.sample_weight.sum()
        return strength, strength

    def fitted_table(self, classifier):
        layer = self._layer(classifier)
        table = [layer.weight] if layer.bias is None else [layer.weight, layer.bias[:, None]]
        return np.column_stack([t.detach().cpu().double().numpy() for t in table])

    def store(self, classifier, theta):
        """Write the last layer into a classifier, in place. Its parameters keep their type."""
        from sk_softunlearn._torch._head import write_table

        write_table(self._layer(classifier), theta.reshape(self.n_outputs, -1))

    def fit_clone(self, y, weight):
        """Return the table of a regression on the inputs of the last layer.

        Its intercept is penalised, because it is the coefficient of a column of ones. For two
        logits scikit-learn fits their difference. Each logit gets half of it: so the penalty is
        halved.
        """
        strength = self.penalties()[0] / (2 if self.n_outputs == 2 else 1)
        C = 1 / strength if strength else UNPENALISED
        rows = np.asarray(self.features, dtype=float)
        if self.intercept:
            rows = np.column_stack([rows, np.ones(len(rows))])
        head = LogisticRegression(
            C=C, tol=1e-8, max_iter=10_000, solver="newton-cg", fit_intercept=False
        )
        coef = head.fit(rows, y, sample_weight=weight).coef_
        return np.vstack([-coef / 2, coef / 2]) if self.n_outputs == 2 else coef

    def refitted(self, weight):
        return self.at(self.fit_clone(self.target, weight).reshape(-1))
