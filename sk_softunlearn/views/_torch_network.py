"""Parameters of a network of PyTorch as a linearised view."""

from copy import deepcopy
from functools import cached_property

import numpy as np
from sklearn.utils import check_random_state

from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.torch import TorchClassifier
from sk_softunlearn.views._attack import deepfool
from sk_softunlearn.views._base import View
from sk_softunlearn.views._head import find_head
from sk_softunlearn.views._layer import Layer
from sk_softunlearn.views._torch_rows import (
    check_network,
    fit_network,
    is_torch,
    network_of,
    read_network_rows,
)

__all__ = ["TorchView"]


class TorchView(View):
    """All parameters of a network of PyTorch, the trainable ones, or those of given names.

    The curvature is the Gauss-Newton matrix. `theta` has the chosen parameters, then the state of
    the network, such as the statistics of batch normalisation. No derivative is taken in the state.
    It changes only if the whole network is trained again. The objective in sum form is that of
    `TorchHeadView`.

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
    layers : "all", "trainable" or sequence of str, default="all"
        Which parameters may move. "trainable" chooses those with `requires_grad`. A sequence names
        parameters or modules.
    """

    depths = ("all", "trainable", "names")
    computed = ("jacobian",)
    layerwise = False
    stops_early = True

    def __init__(self, estimator, inputs, target, sample_weight, layers="all"):
        from sk_softunlearn._torch._parameters import Packing, choose

        self.estimator = estimator
        self.classifier = find_head(estimator).classifier
        self.network = network_of(self.classifier)
        self.inputs = inputs
        self.target = target
        self.sample_weight = sample_weight
        self.chosen = layers
        module = self.network.module
        self.packing = Packing(module, choose(module, layers))
        self.theta = self.packing.read(module)
        self.penalty = np.full(len(self.theta), self.network.decay * sample_weight.sum())
        self.penalty[~self.packing.moves] = 0.0

    @staticmethod
    def accepts(classifier):
        """Return whether `classifier` is a network of PyTorch."""
        return is_torch(classifier)

    @classmethod
    def check(cls, classifier):
        check_network(classifier)

    @classmethod
    def read(cls, estimator, X, y, sample_weight=None):
        return cls.read_layers(estimator, X, y, sample_weight)

    @classmethod
    def read_layers(cls, estimator, X, y, sample_weight=None, layers="all"):
        return cls(estimator, *read_network_rows(estimator, X, y, sample_weight), layers)

    def on(self, X, y, sample_weight=None):
        inputs, target, weight = read_network_rows(self.estimator, X, y, sample_weight)
        return self.replace(inputs=inputs, target=target, sample_weight=weight)

    def moved_to(self, estimator, X, y):
        return self.at(self.packing.read(find_head(estimator).classifier.module_))

    @property
    def convex(self):
        """False: hidden layers make the objective non-convex."""
        return False

    @cached_property
    def loss(self):
        """The log loss for one logit, or for one logit per class."""
        return self.network.loss(self.n_outputs)

    @cached_property
    def n_outputs(self):
        """K, the number of logits of a row."""
        from sk_softunlearn._torch._forward import raw_predictions

        network = self.network
        return raw_predictions(network.module, self.inputs[:2], 2, network.device).shape[1]

    @cached_property
    def jacobian(self):
        from sk_softunlearn._torch._jacobian import ModuleJacobian

        network = self.network
        return ModuleJacobian(
            network.module,
            self.packing,
            self.theta,
            self.inputs,
            self.n_outputs,
            network.batch_size,
            network.device,
        )

    @cached_property
    def raw_prediction(self):
        return self.jacobian.raw_prediction()

    @property
    def gauge(self):
        """No gauge, of shape (0, d): gauges do no harm to a damped curvature."""
        return np.zeros((0, len(self.theta)))

    @property
    def layers(self):
        """One `Layer` per weight, with its bias, in the order of the network."""
        return [
            Layer(slice(t.start, t.stop), t.n_outputs, t.n_inputs, t.bias is not None)
            for t in self.packing.tables
        ]

    def layer_blocks(self, bend):
        raise self._lacks(
            "layer_blocks",
            "'curvature' 'ekfac'",
            "It knows nothing of layers that share their weights over places. Use 'auto', 'exact', "
            "'conjugate_gradient' or 'diagonal'.",
        )

    def proximal(self, diagonal=None):
        added = super().proximal(diagonal)
        # No derivative moves these entries. A curvature of 1 keeps the matrix regular.
        added[~self.packing.moves] = 1.0
        return added

    def fresh(self, random_state=None):
        """Return newly drawn parameters, and the state.

        The layers draw their parameters as at construction. All other parameters stay.
        """
        from sk_softunlearn._torch._training import redrawn

        seed = check_random_state(random_state).randint(2**31 - 1)
        return self.packing.read(redrawn(self.network.module, seed, self.network.device))

    @cached_property
    def features(self):
        """The rows as the network sees them, flattened to shape (n, p)."""
        return self.inputs.reshape(len(self.inputs), -1)

    def adversarial(self, overshoot):
        """Return the view of the rows moved across the nearest boundary, linearised.

        It takes one step of DeepFool (Moosavi-Dezfooli et al. 2016, eq. 8) in the inputs, times
        `overshoot`.
        """
        inputs, jacobian = self._flat(), self.jacobian
        return self._moved(
            deepfool(
                inputs,
                self.raw_prediction,
                lambda factor: jacobian.input_gradient(factor).reshape(inputs.shape),
                overshoot,
            )
        )

    def attacked_inputs(self, move):
        def gradient(inputs):
            there = self._moved(inputs)
            return there.jacobian.input_gradient(there.slope).reshape(inputs.shape)

        return self._moved(move(self._flat(), gradient))

    def _flat(self):
        if not np.issubdtype(self.inputs.dtype, np.floating):
            raise UnsupportedEstimatorError(
                f"'metric' 'robustness' needs rows of floats, which can be moved, got "
                f"{self.inputs.dtype} for a {type(self.network.module).__name__}. Whole numbers, "
                "as those of tokens, are not moved; give the network floats."
            )
        return self.inputs.reshape(len(self.inputs), -1).astype(float)

    def _moved(self, flat):
        return self.replace(inputs=flat.reshape(self.inputs.shape))

    def store(self, classifier, theta):
        """Write the chosen parameters and the state into a classifier, in place."""
        from sk_softunlearn._torch._parameters import write

        write(self.packing, classifier.module_, theta)

    def trained_on(self, weight, n_epochs):
        """Return the view after some epochs in mini-batches from here, with other weights.

        Training uses the optimizer and the `lr` of the classifier, in one cycle and without weight
        decay. It minimises `sum_i w_i loss_i(z_i) - s_i r_i . z_i`. Here r_i is the slope of the
        loss of row i at this view. With the weights of the fit this view is the minimum (Bae et al.
        2022), and the parameters stay. Adam takes rounding for a slope, and leaves the minimum by
        about `lr`. The state, such as the statistics of batch normalisation, stays too.
        """
        from sk_softunlearn._torch._parameters import only_moving, write
        from sk_softunlearn._torch._training import train_on

        if not isinstance(self.classifier, TorchClassifier):
            return super().trained_on(weight, n_epochs)
        module = only_moving(self.packing, deepcopy(self.network.module))
        write(self.packing, module, self.theta)
        left = self.slope * self.sample_weight[:, None]
        train_on(self.classifier, module, n_epochs, self.inputs, self.target, weight, left)
        return self.at(self.packing.read(module))

    def refitted(self, weight):
        """Return the view at the parameters of a clone of the whole network, trained anew.

        If `random_state` is None, the clone ends in another minimum.
        """
        from sk_softunlearn._torch._parameters import differing

        network = fit_network(self.classifier, self.inputs, self.target, weight)
        others = differing(self.packing, network.module_, self.network.module)
        if others:
            raise UnsupportedEstimatorError(
                f"'layers' must name all parameters that training moves, to retrain, got "
                f"{self.chosen!r}, beside which {', '.join(others[:3])} came out otherwise. Use "
                "layers='all', or set requires_grad=False for what is to stay."
            )
        return self.at(self.packing.read(network.module_))
