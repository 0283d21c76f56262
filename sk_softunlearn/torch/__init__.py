"""Networks of PyTorch as scikit-learn classifiers (extra `torch`)."""

from sk_softunlearn.torch._classifier import TorchClassifier

__all__ = ["TorchClassifier"]
