"""Parameters and state of a module as one flat vector."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from sk_softunlearn.exceptions import UnsupportedEstimatorError

__all__ = ["Packing", "Table", "choose", "differing", "only_moving", "write"]


@dataclass(frozen=True)
class Table:
    """A weight with its bias, as an (outputs, inputs + 1) table in row order.

    Parameters
    ----------
    start, stop : int
        Place in the vector.
    weight : str
        Name of the parameter.
    bias : str or None
        Name of the bias, whose entries are the last column.
    shape : tuple of int
        Shape of the weight.
    """

    start: int
    stop: int
    weight: str
    bias: str | None
    shape: tuple

    @property
    def n_outputs(self):
        """Rows of the table."""
        return self.shape[0] if len(self.shape) else 1

    @property
    def n_inputs(self):
        """Columns of the table, without the bias."""
        return (self.stop - self.start) // self.n_outputs - (self.bias is not None)


def choose(module, layers):
    """Return the names of the parameters to correct, in the order of the module.

    Parameters
    ----------
    module : nn.Module
        The network.
    layers : "all", "trainable" or sequence of str
        A name is that of a parameter, or of a module with all parameters below it.

    Returns
    -------
    names : list of str
        Not empty.

    Raises
    ------
    UnsupportedEstimatorError
        If a name chooses nothing, or if nothing is chosen in total.
    """
    every = {name: p for name, p in module.named_parameters() if p.is_floating_point()}
    if layers == "all":
        names = list(every)
    elif layers == "trainable":
        names = [name for name, p in every.items() if p.requires_grad]
    else:
        for given in layers:
            if not any(_below(name, given) for name in every):
                raise UnsupportedEstimatorError(
                    f"'layers' must name parameters or modules of the network, got {given!r}. "
                    f"There are {', '.join(every)}."
                )
        names = [name for name in every if any(_below(name, given) for given in layers)]
    if not names:
        raise UnsupportedEstimatorError(
            f"'layers' must leave parameters to correct, got {layers!r} of a network with none "
            "such. Use layers='all', or set requires_grad."
        )
    return names


def _below(name, given):
    return name == given or name.startswith(f"{given}.")


class Packing:
    """Convert parameters by name to a vector, and back.

    The vector has the chosen parameters, layer by layer, and then the state. The state is made of
    the buffers of floating point, such as the statistics of batch normalisation. No derivative is
    taken in the state. With it, a vector describes the chosen part of a network completely. The
    padding row of an embedding stays, too, because training never moves it.

    Parameters
    ----------
    module : nn.Module
        The network.
    names : list of str
        Parameters to correct.

    Attributes
    ----------
    moves : ndarray of shape (size,)
        Boolean: True for the entries in which derivatives are taken.
    """

    def __init__(self, module, names):
        parameters = dict(module.named_parameters())
        self.tables, start, paired = [], 0, set()
        for name in names:
            if name in paired:
                continue
            weight, bias = parameters[name], _bias_of(name, names, parameters)
            stop = start + weight.numel() + (0 if bias is None else len(weight))
            self.tables.append(Table(start, stop, name, bias, tuple(weight.shape)))
            paired.add(bias)
            start = stop
        self.n_moved = start
        buffers = {name: b for name, b in module.named_buffers() if b.is_floating_point()}
        self.state = {name: tuple(b.shape) for name, b in buffers.items()}
        self.size = start + sum(b.numel() for b in buffers.values())
        self.moves = np.arange(self.size) < start
        padded = {
            f"{name}.weight": m.padding_idx
            for name, m in module.named_modules()
            if isinstance(m, nn.Embedding) and m.padding_idx is not None
        }
        for table in self.tables:
            if table.weight in padded:
                first = table.start + padded[table.weight] * table.n_inputs
                self.moves[first : first + table.n_inputs] = False

    @property
    def names(self):
        """Names of the chosen parameters, a set."""
        return {name for table in self.tables for name in (table.weight, table.bias) if name}

    def read(self, module):
        """Return the vector of a module with these parameters, of shape (size,)."""
        tensors = {**dict(module.named_parameters()), **dict(module.named_buffers())}
        parts = [self.pack(tensors), *(_flat(tensors[name]) for name in self.state)]
        return np.concatenate(parts)

    def pack(self, tensors):
        """Return the parameters alone as a vector, of shape (n_moved,), in double precision."""
        return np.concatenate([_flat(part) for part in self._rows(tensors, 0)])

    def pack_rows(self, tensors):
        """Return parameters with a leading axis of rows as a table, a Tensor of (b, n_moved)."""
        return torch.cat([part.flatten(1) for part in self._rows(tensors, 1)], 1)

    def _rows(self, tensors, axes):
        for table in self.tables:
            part = tensors[table.weight].detach()
            part = part.reshape(*part.shape[:axes], table.n_outputs, -1)
            if table.bias is not None:
                part = torch.cat([part, tensors[table.bias].detach()[..., None]], -1)
            yield part

    def unpack(self, vector, like):
        """Return parameters by name, from the first `n_moved` entries of a vector.

        Parameters
        ----------
        vector : ndarray of shape (n_moved,) or longer
            Parameters.
        like : Tensor
            Gives the type and the device.

        Returns
        -------
        tensors : dict of str to Tensor
            New tensors.
        """
        flat, tensors = torch.tensor(vector, dtype=like.dtype, device=like.device), {}
        for table in self.tables:
            block = flat[table.start : table.stop].reshape(table.n_outputs, -1)
            weight = block[:, : table.n_inputs]
            tensors[table.weight] = weight.reshape(table.shape).contiguous()
            if table.bias is not None:
                tensors[table.bias] = block[:, -1].contiguous()
        return tensors

    def unpack_state(self, vector, like):
        """Return the state by name, from the last entries of a vector, as `unpack` does."""
        tensors, start = {}, self.n_moved
        for name, shape in self.state.items():
            stop = start + int(np.prod(shape))
            part = torch.tensor(vector[start:stop], dtype=like.dtype, device=like.device)
            tensors[name], start = part.reshape(shape), stop
        return tensors


def _bias_of(name, names, parameters):
    """Return the name of the bias that belongs to a weight; None if there is none."""
    before, found, after = name.rpartition("weight")
    bias = f"{before}bias{after}"
    if not found or bias not in names:
        return None
    return bias if parameters[bias].shape == parameters[name].shape[:1] else None


def _flat(tensor):
    return tensor.detach().reshape(-1).double().cpu().numpy()


@torch.no_grad()
def write(packing, module, vector):
    """Write parameters and state into a module, in place. Each keeps its type."""
    tensors = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    like = torch.empty(0, dtype=torch.float64)
    new = packing.unpack(vector, like) | packing.unpack_state(vector, like)
    for name, value in new.items():
        tensors[name].copy_(value)


def only_moving(packing, module):
    """Set `requires_grad` for the parameters of a packing only, and return the module."""
    names = packing.names
    for name, parameter in module.named_parameters():
        parameter.requires_grad_(name in names)
    return module


def differing(packing, module, other):
    """Return the names of parameters that are outside a packing and differ in two modules."""
    chosen = packing.names
    theirs = dict(other.named_parameters())
    return [
        name
        for name, p in module.named_parameters()
        if name not in chosen and not torch.equal(p.detach().cpu(), theirs[name].detach().cpu())
    ]
