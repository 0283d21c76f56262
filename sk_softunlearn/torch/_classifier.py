"""A network of PyTorch as a scikit-learn classifier."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from sk_softunlearn._sklearn import Interval, StrOptions
from sk_softunlearn._typing import Labels, Rows, Weights
from sk_softunlearn.torch._checks import import_torch, read_weights
from sk_softunlearn.torch._logits import LogitsMixin

__all__ = ["TorchClassifier"]


class TorchClassifier(LogitsMixin, ClassifierMixin, BaseEstimator):
    """A network of PyTorch, trained on rows with weights.

    Training minimises the log loss in mini-batches: binary cross-entropy for one logit, and
    cross-entropy for one logit per class. A row of weight 0 is left out.

    Parameters
    ----------
    module : nn.Module or callable
        The network. If it is a module, every fit trains a copy of it. So training continues from
        pretrained parameters, and parameters without `requires_grad` stay. If it is a callable,
        such as a subclass of nn.Module, it makes a new network for every fit.
    module_params : dict, default=None
        Arguments of the callable. Its parameter `n_features`, if any, gets the number of columns.
        `n_outputs`, if any, gets 1 for two classes, and the number of classes for more.
    optimizer : "adam", "adamw" or "sgd", default="adam"
        "sgd" has a momentum of 0.9.
    lr : float, default=1e-3
        Learning rate.
    weight_decay : float, default=0.0
        Weight decay of all parameters, as the optimizer of PyTorch takes it.
    schedule : "constant" or "one_cycle", default="constant"
        "one_cycle": `lr` is the largest learning rate of one cycle (Smith and Topin 2019).
    epochs : int, default=10
        Passes over the rows.
    batch_size : int, default=128
        Rows in the network at a time, in training and elsewhere. It bounds the memory besides X.
    device : str, default="cpu"
        Name of a device of PyTorch. "auto" is a GPU if there is one, and the CPU otherwise.
    random_state : int, RandomState or None, default=None
        Seed of the initial parameters, of the order of the rows and of dropout.
    progress : callable, default=None
        Called as `progress(epoch, epochs, loss)` at the end of every epoch.

    Attributes
    ----------
    module_ : nn.Module
        The trained network, in evaluation mode.
    classes_ : ndarray of shape (n_classes,)
        Labels.
    n_features_in_ : int
        Length of the first axis of a row.

    Raises
    ------
    ImportError
        Raised by `fit` and `adopt` if PyTorch is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> from torch import nn
    >>> from sk_softunlearn.torch import TorchClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(500, 4))
    >>> y = np.where(X[:, 0] * X[:, 1] > 0, "same", "other")
    >>> network = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 1))
    >>> clf = TorchClassifier(network, lr=0.01, epochs=50, random_state=0).fit(X, y)
    >>> bool(clf.score(X, y) > 0.9)
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        "module": [callable],
        "module_params": [dict, None],
        "optimizer": [StrOptions({"adam", "adamw", "sgd"})],
        "lr": [Interval(Real, 0, None, closed="neither")],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "schedule": [StrOptions({"constant", "one_cycle"})],
        "epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "device": [str],
        "random_state": ["random_state"],
        "progress": [callable, None],
    }

    def __init__(
        self,
        module,
        module_params=None,
        *,
        optimizer="adam",
        lr=1e-3,
        weight_decay=0.0,
        schedule="constant",
        epochs=10,
        batch_size=128,
        device="cpu",
        random_state=None,
        progress: Callable | None = None,
    ):
        self.module = module
        self.module_params = module_params
        self.optimizer = optimizer
        self.lr = lr
        self.weight_decay = weight_decay
        self.schedule = schedule
        self.epochs = epochs
        self.batch_size = batch_size
        self.device = device
        self.random_state = random_state
        self.progress = progress

    def fit(self, X: Rows, y: Labels, sample_weight: Weights | None = None) -> Self:
        """Train a new network.

        Parameters
        ----------
        X : array-like of shape (n, ...)
            Rows: tables of numbers, images, or whole numbers for a network with an embedding.
        y : array-like of shape (n,)
            Labels of two or more classes.
        sample_weight : array-like of shape (n,), default=None
            Weights of the rows. Only their ratios matter.

        Returns
        -------
        self : TorchClassifier
            Fitted.

        Raises
        ------
        ValueError
            If a parameter or an argument is invalid.
        """
        self._validate_params()
        rows, labels = validate_data(self, X, y, dtype="numeric", allow_nd=True)
        check_classification_targets(labels)
        weight = read_weights(sample_weight, rows)
        self.classes_, target = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                "'y' must hold two or more classes, got 1 class, "
                f"{self.classes_.tolist()[0]!r}. Give rows of all classes."
            )
        training = self._training()
        from sk_softunlearn._torch._forward import check_outputs
        from sk_softunlearn._torch._training import seeded

        kept = np.flatnonzero(weight)
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        with seeded(seed, training.device):
            module = self._build()
            if len(kept) < len(weight):
                rows, target, weight = rows[kept], target[kept], weight[kept]
            check_outputs(module.to(training.device), rows[:2], training.device, len(self.classes_))
            self.module_ = training.run(module, rows, target, weight)
        return self

    def adopt(self, classes: Labels, module: Any = None) -> Self:
        """Use a network that was trained elsewhere.

        `weight_decay` and `optimizer` must describe the objective of its training. The other
        parameters matter only if it is trained again, as by correction "retrain" of all layers.

        Parameters
        ----------
        classes : array-like of shape (n_classes,)
            Labels, in the order of the logits. One logit is that of the second class.
        module : nn.Module, default=None
            The trained network. It is copied. None takes the `module` of the constructor.

        Returns
        -------
        self : TorchClassifier
            Fitted.
        """
        self._validate_params()
        self.classes_ = np.asarray(classes)
        trained = self._build() if module is None else deepcopy(module)
        self.module_ = trained.eval()
        return self

    def state_dict(self) -> dict[str, Any]:
        """Return the parameters and buffers of the network, as PyTorch does, on the CPU.

        Returns
        -------
        state : dict of str to Tensor
            Copies, by name.
        """
        check_is_fitted(self)
        return {name: t.detach().cpu().clone() for name, t in self.module_.state_dict().items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> Self:
        """Replace the parameters and buffers of a fitted classifier.

        Parameters
        ----------
        state : dict of str to Tensor
            The result of `state_dict`, for a network with the same layers.

        Returns
        -------
        self : TorchClassifier
            With a new `module_`.
        """
        check_is_fitted(self)
        module = deepcopy(self.module_)
        module.load_state_dict(state)
        self.module_ = module
        return self

    def _logits(self, X):
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype="numeric", allow_nd=True)
        from sk_softunlearn._torch._forward import find_device, raw_predictions

        device = find_device(self.device)
        return raw_predictions(self.module_.to(device), X, self.batch_size, device)

    def _training(self):
        import_torch()
        from sk_softunlearn._torch._forward import find_device
        from sk_softunlearn._torch._training import Training

        names = ("optimizer", "lr", "weight_decay", "schedule", "epochs", "batch_size", "progress")
        settings = {name: getattr(self, name) for name in names}
        return Training(device=find_device(self.device), **settings)

    def _build(self):
        import_torch()
        from sk_softunlearn._torch._training import build

        n_classes = len(self.classes_)
        sizes = {"n_outputs": 1 if n_classes == 2 else n_classes}
        if hasattr(self, "n_features_in_"):
            sizes["n_features"] = self.n_features_in_
        return build(self.module, self.module_params, sizes)
