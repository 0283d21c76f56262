"""The last layer of a module, and its inputs."""

from collections import OrderedDict
from hashlib import blake2b

import numpy as np
import torch
from torch import nn

from sk_softunlearn._torch._forward import batches, differentiable, logits
from sk_softunlearn.exceptions import UnsupportedEstimatorError

__all__ = ["find_last", "hidden", "write_table"]

# Inputs of last layers, for the rows that were seen last. A request reads training and validation
# rows, and the next request reads the same rows.
SEEN: OrderedDict[bytes, np.ndarray] = OrderedDict()
MOST_BYTES = 2**28


def find_last(module, inputs, device):
    """Return the name of the linear layer whose output the module returns.

    Parameters
    ----------
    module : nn.Module
        In evaluation mode.
    inputs : ndarray of shape (n, ...)
        Rows. The first two are tried.
    device : torch.device
        Device of the module.

    Returns
    -------
    name : str
        The name in `named_modules`.

    Raises
    ------
    UnsupportedEstimatorError
        If there is no such layer, or if it shares its weights with other layers.
    """
    called = []
    linear = {name: m for name, m in module.named_modules() if isinstance(m, nn.Linear)}
    hooks = [
        m.register_forward_hook(lambda _m, fed, out, name=name: called.append((name, fed[0], out)))
        for name, m in linear.items()
    ]
    try:
        with torch.no_grad(), differentiable():
            _, x = next(batches(inputs[:2], module, 2, device))
            out = logits(module(x))
    finally:
        for hook in hooks:
            hook.remove()
    owners = [n.rpartition(".")[0] for n, _ in module.named_parameters(remove_duplicate=False)]
    for name, fed, made in reversed(called):
        same = fed.ndim == 2 and made.numel() == out.numel() and torch.equal(made.view_as(out), out)
        if same and _alone(module, linear[name], name, owners):
            return name
    raise UnsupportedEstimatorError(
        f"'layers'='last' needs a module that returns what its last nn.Linear returns, got "
        f"{type(module).__name__}, which returns something else, or whose last layer shares its "
        "weights. Let it return its logits without a softmax or a sum after them, or use "
        "layers='all'."
    )


def _alone(module, layer, name, owners):
    """Return whether no other layer shares the weights of this one, and it has one name."""
    own = {id(p) for p in layer.parameters()}
    every = module.named_parameters(remove_duplicate=False)
    return sum(id(p) in own for _, p in every) == len(own) and name in owners


def hidden(module, name, inputs, size, device):
    """Return the inputs of a module's last layer, of shape (n, p), from memory if they are known.

    Known inputs are found by a checksum of the rows and of everything before the last layer.

    Parameters
    ----------
    module : nn.Module
        In evaluation mode.
    name : str
        Name of its last layer.
    inputs : ndarray of shape (n, ...)
        Rows.
    size : int
        Number of rows in a mini-batch.
    device : torch.device
        Device of the module.

    Returns
    -------
    features : ndarray of shape (n, p)
        In the precision of the module.
    """
    key = _checksum(module, name, inputs)
    if key not in SEEN:
        SEEN[key] = _compute(module, name, inputs, size, device)
        while len(SEEN) > 1 and sum(each.nbytes for each in SEEN.values()) > MOST_BYTES:
            SEEN.popitem(last=False)
    SEEN.move_to_end(key)
    return SEEN[key]


def _compute(module, name, inputs, size, device):
    kept = []
    layer = module.get_submodule(name)
    hook = layer.register_forward_hook(lambda _m, fed, _out: kept.append(fed[0].cpu().numpy()))
    try:
        with torch.no_grad(), differentiable():
            for _, x in batches(inputs, module, size, device):
                module(x)
    finally:
        hook.remove()
    features = np.concatenate(kept)
    # All callers share this array.
    features.flags.writeable = False
    return features


def _checksum(module, name, inputs):
    digest = blake2b(f"{type(module)}{inputs.shape}{inputs.dtype}".encode())
    digest.update(np.ascontiguousarray(inputs))
    for key, tensor in module.state_dict().items():
        if key.rpartition(".")[0] != name:
            digest.update(key.encode())
            digest.update(np.ascontiguousarray(tensor.detach().cpu().numpy()))
    return digest.digest()


@torch.no_grad()
def write_table(layer, table):
    """Write coefficients, then the intercept, of every output into a linear layer, in place."""
    table = torch.as_tensor(table)
    layer.weight.copy_(table[:, : layer.in_features])
    if layer.bias is not None:
        layer.bias.copy_(table[:, -1])
