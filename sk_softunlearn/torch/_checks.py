"""Checks before a network of PyTorch is trained."""

import numpy as np

from sk_softunlearn._sklearn import check_sample_weight

__all__ = ["import_torch", "read_weights"]


def read_weights(sample_weight, X):
    """Return the weights of rows, at least 0 and not all 0, of shape (n,)."""
    weight = check_sample_weight(sample_weight, X, dtype=np.float64)
    if np.any(weight < 0) or not weight.any():
        raise ValueError(
            "'sample_weight' must be at least 0, and above 0 for some rows, got "
            f"{np.min(weight):.6g} to {np.max(weight):.6g}. Drop the rows that are not to count."
        )
    return weight


def import_torch():
    """Raise an ImportError if PyTorch is not installed."""
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "TorchClassifier needs PyTorch, which is not installed. "
            'Install it, alone or by python -m pip install "sk-softunlearn[torch]".'
        ) from error
