"""The last layer of a module, and what it is fed."""

from collections import OrderedDict
from hashlib import blake2b

import numpy as np
import torch
from torch import nn

from sk_softunlearn._torch._forward import batches, differentiable, logits
from sk_softunlearn.exceptions import UnsupportedEstimatorError

__all__ = ["find_last", "hidden", "write_table"]

# What the body of a network says of rows, for the rows that were seen last: a request reads
# training and validation rows, and the next request reads them again.
SEEN: OrderedDict[bytes, np.ndarray] = OrderedDict()
MOST_BYTES = 2**28


def find_last(module, inputs, device):
    """Return the name of the linear layer whose output is what the module returns.

    Parameters
    ----------
    module : nn.Module
        In evaluation mode.
    inputs : ndarray of shape (n, ...)
        Rows, of which the first two are tried.
    device : torch.device
        Where the module is.

    Returns
    -------
    name : str
        As `named_modules` has it.

    Raises
    ------
    UnsupportedEstimatorError
        If there is none, or it has weights that other layers have too.
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
    """Say whether no other layer has the weights of this one, and it is called by one name."""
    own = {id(p) for p in layer.parameters()}
    every = module.named_parameters(remove_duplicate=False)
    return sum(id(p) in own for _, p in every) == len(own) and name in owners


def hidden(module, name, inputs, size, device):
    """Return what the last layer of a module is fed, of shape (n, p), from memory where it can.

    Rows are known again by a checksum of them, and of all that is before the last layer.

    Parameters
    ----------
    module : nn.Module
        In evaluation mode.
    name : str
        Of its last layer.
    inputs : ndarray of shape (n, ...)
        Rows.
    size : int
        Of a mini-batch.
    device : torch.device
        Where the module is.

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
    # They are shared by all who ask for them.
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
