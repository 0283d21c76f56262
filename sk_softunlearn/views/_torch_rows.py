"""A fitted network of PyTorch, and rows as the network sees them."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted, validate_data

from sk_softunlearn._sklearn import check_sample_weight, refuse_network_weights
from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.losses import LogisticLoss, MultinomialLoss
from sk_softunlearn.torch import TorchClassifier
from sk_softunlearn.views._head import find_head
from sk_softunlearn.views._reading import read_target

__all__ = ["Network", "check_network", "fit_network", "is_torch", "network_of", "read_network_rows"]

# The nets of skorch that minimise the log loss of the outputs of the module.
SKORCH = ("NeuralNetClassifier", "NeuralNetBinaryClassifier")
CRITERIA = ("CrossEntropyLoss", "BCEWithLogitsLoss")


def is_torch(classifier) -> bool:
    """Return whether a classifier is a network of PyTorch that the views read."""
    return isinstance(classifier, TorchClassifier) or _is_skorch(classifier)


def _is_skorch(classifier):
    return any(
        owner.__module__ == "skorch.classifier" and owner.__name__ in SKORCH
        for owner in type(classifier).__mro__
    )


def check_network(classifier):
    """Raise an error if a net of skorch does not minimise the log loss of its logits.

    Parameters
    ----------
    classifier : estimator
        A classifier that `is_torch` accepts, fitted or not.

    Raises
    ------
    UnsupportedEstimatorError
        If it minimises something else. The message says what to do instead.
    """
    if not _is_skorch(classifier):
        return
    criterion = classifier.criterion
    name = getattr(criterion, "__name__", type(criterion).__name__)
    settings = {
        key: value
        for key, value in classifier.get_params(deep=False).items()
        if key.startswith("criterion__") and value is not None
    }
    if name not in CRITERIA or settings:
        raise UnsupportedEstimatorError(
            f"'criterion' of a skorch net must be CrossEntropyLoss or BCEWithLogitsLoss without "
            f"settings, got {name} with {settings}. Let the module return its logits, without a "
            "softmax, and fit it with criterion=nn.CrossEntropyLoss."
        )


@dataclass(frozen=True)
class Network:
    """The parts of a fitted network that the views need.

    Parameters
    ----------
    module : nn.Module
        A copy, in evaluation mode.
    decay : float
        Weight decay per unit of weight. The penalty is this times the total weight of the rows.
    batch_size : int
        Number of rows in a mini-batch.
    device : torch.device
        Device of the module.
    """

    module: Any
    decay: float
    batch_size: int
    device: Any

    def loss(self, n_outputs):
        """Return the loss of a network with `n_outputs` logits."""
        return LogisticLoss() if n_outputs == 1 else MultinomialLoss()


def network_of(classifier) -> Network:
    """Return the parts of a fitted classifier that the views need.

    The weight decay of Adam and SGD is the slope of `decay / 2 |theta|^2`, added to the mean loss.
    That of AdamW is not the slope of a penalty, and counts as 0.

    Parameters
    ----------
    classifier : TorchClassifier or skorch net
        Fitted. It is not modified.

    Returns
    -------
    network : Network
        With a copy of its module.

    Raises
    ------
    UnsupportedEstimatorError
        If a parameter is not finite.
    """
    from sk_softunlearn._torch._forward import find_device

    check_is_fitted(classifier)
    device = find_device(classifier.device)
    module = deepcopy(classifier.module_).to(device).eval()
    for name, parameter in module.named_parameters():
        if not bool(parameter.isfinite().all()):
            raise UnsupportedEstimatorError(
                f"'estimator' must have finite parameters, got nan or inf in {name!r} of "
                f"{type(module).__name__}: its training has diverged. Scale its inputs or take a "
                "smaller 'lr', and fit it again."
            )
    if _is_skorch(classifier):
        size = classifier.batch_size
        return Network(module, _decay_of(classifier.optimizer_), size if size > 0 else 128, device)
    decay = 0.0 if classifier.optimizer == "adamw" else float(classifier.weight_decay)
    return Network(module, decay, classifier.batch_size, device)


def _decay_of(optimizer):
    """Return the weight decay of an optimizer of PyTorch, which must be one number."""
    decays = {float(group.get("weight_decay", 0.0)) for group in optimizer.param_groups}
    if len(decays) > 1:
        raise UnsupportedEstimatorError(
            "'estimator' must decay all its weights alike, got an optimizer with weight decays of "
            f"{', '.join(f'{decay:g}' for decay in sorted(decays))}. Fit it with one."
        )
    decoupled = type(optimizer).__name__ == "AdamW"
    return 0.0 if decoupled else decays.pop()


def read_network_rows(estimator, X, y, sample_weight=None):
    """Check rows, and return them as a network sees them, with class indices and weights.

    Parameters
    ----------
    estimator : estimator
        The fitted classifier, or a Pipeline or FrozenEstimator around it.
    X : array-like of shape (n, ...)
        Rows as the whole estimator takes them.
    y : array-like of shape (n,)
        Labels.
    sample_weight : array-like of shape (n,), default=None
        Weights. None is 1 everywhere.

    Returns
    -------
    inputs : ndarray of shape (n, ...)
        Rows as the classifier sees them.
    target : ndarray of shape (n,)
        Class indices.
    sample_weight : ndarray of shape (n,)
        Weights.
    """
    head = find_head(estimator)
    inputs = validate_data(
        head.classifier, head.transform(X), reset=False, dtype="numeric", allow_nd=True
    )
    target = read_target(head.classifier, y, len(inputs))
    return inputs, target, check_sample_weight(sample_weight, inputs, dtype=np.float64)


def fit_network(classifier, inputs, target, weight):
    """Return a clone of a network, trained on class indices with other weights.

    Parameters
    ----------
    classifier : TorchClassifier or skorch net
        Fitted.
    inputs : ndarray of shape (n, ...)
        Rows as the network sees them.
    target : ndarray of shape (n,)
        Class indices.
    weight : ndarray of shape (n,)
        Weights of the rows.

    Returns
    -------
    network : estimator
        The trained clone. If `random_state` is None, it ends in another minimum.

    Raises
    ------
    UnsupportedEstimatorError
        If `fit` of the classifier takes no weights.
    """
    refuse_network_weights(classifier)
    return clone(classifier).fit(inputs, classifier.classes_[target], sample_weight=weight)
