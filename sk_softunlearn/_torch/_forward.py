"""Modules applied to rows, in mini-batches."""

from contextlib import contextmanager
from threading import RLock

import numpy as np
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from sk_softunlearn.exceptions import UnsupportedEstimatorError

__all__ = [
    "as_batch",
    "batches",
    "check_outputs",
    "differentiable",
    "find_device",
    "logits",
    "raw_predictions",
]

# A module that computes with other parameters holds them for a moment.
LOCK = RLock()


@contextmanager
def differentiable():
    """Use attention kernels with forward derivatives, in one thread at a time."""
    fast = torch.backends.mha.get_fastpath_enabled()
    with LOCK, sdpa_kernel(SDPBackend.MATH):
        torch.backends.mha.set_fastpath_enabled(False)
        try:
            yield
        finally:
            torch.backends.mha.set_fastpath_enabled(fast)


def find_device(name):
    """Return a device by its name; "auto" is a GPU if there is one."""
    if name != "auto":
        return torch.device(name)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def as_batch(inputs, module, device):
    """Return a copy of rows as a tensor that a module takes.

    If the module has an embedding, whole numbers stay whole. All other rows get the type of the
    module's parameters.
    """
    looked_up = any(isinstance(m, nn.Embedding | nn.EmbeddingBag) for m in module.modules())
    if looked_up and np.issubdtype(inputs.dtype, np.integer):
        return torch.tensor(inputs, dtype=torch.int64, device=device)
    floating = (p.dtype for p in module.parameters() if p.is_floating_point())
    return torch.tensor(inputs, dtype=next(floating, torch.float32), device=device)


def batches(inputs, module, size, device):
    """Yield slices of rows, and those rows as a tensor, at most `size` at a time."""
    for start in range(0, len(inputs), size):
        rows = slice(start, min(start + size, len(inputs)))
        yield rows, as_batch(inputs[rows], module, device)


def logits(out):
    """Return the output of a module as a table of raw predictions, of shape (b, K)."""
    out = getattr(out, "logits", out)
    if isinstance(out, torch.Tensor) and out.ndim in (1, 2):
        return out[:, None] if out.ndim == 1 else out
    got = f"shape {tuple(out.shape)}" if isinstance(out, torch.Tensor) else type(out).__name__
    raise UnsupportedEstimatorError(
        "'module' must return logits of shape (rows,) or (rows, classes), or an object with "
        f"them as '.logits', got {got}. Wrap it in a module that returns its logits."
    )


@torch.no_grad()
def raw_predictions(module, inputs, size, device):
    """Return the logits of a module in evaluation mode, of shape (n, K), in double precision."""
    with differentiable():
        parts = [
            logits(module(x)).double().cpu().numpy()
            for _, x in batches(inputs, module, size, device)
        ]
    return np.concatenate(parts)


def check_outputs(module, inputs, device, n_classes):
    """Raise an error, before training, if the number of logits does not fit the classes.

    Parameters
    ----------
    module : nn.Module
        On the device. It is left in evaluation mode.
    inputs : ndarray of shape (n, ...)
        Rows to try.
    device : torch.device
        Device of the module.
    n_classes : int
        Number of classes.

    Raises
    ------
    ValueError
        If the module returns another number of logits. The message says which it must be.
    """
    n_outputs = raw_predictions(module.eval(), inputs, len(inputs), device).shape[1]
    if n_outputs not in ({1, 2} if n_classes == 2 else {n_classes}):
        raise ValueError(
            "'module' must return one logit per class, or one where there are two classes, "
            f"got {n_outputs} for the {n_classes} classes of 'y'. Change its last layer; a "
            "callable with a parameter 'n_outputs' is told the number."
        )
