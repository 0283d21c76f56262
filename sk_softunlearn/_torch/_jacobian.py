"""The derivative of a module's logits in its parameters, as products in mini-batches."""

from functools import cached_property

import numpy as np
import torch
from torch.func import functional_call, grad, jvp, vmap

from sk_softunlearn._row_gradients import RowGradients
from sk_softunlearn._torch._forward import batches, differentiable, logits

__all__ = ["ModuleJacobian"]

# The most bytes for the gradients of one block of rows, and for those of all rows if they are held.
BLOCK_BYTES = HELD_BYTES = 2**28


class ModuleJacobian(RowGradients):
    """Jacobian of a module's logits in a vector of its parameters, as products only.

    Products use forward differentiation. Products with the transpose use backpropagation. The
    diagonal and the dense matrix use one gradient per row. A block has at most `size` rows. The
    state at the end of the vector has columns of 0.

    The gradients of all rows are held if they take at most 256 MiB. They are computed when they are
    needed, or after as many products as they cost. Every further product is one with a matrix.

    Parameters
    ----------
    module : nn.Module
        In evaluation mode.
    packing : Packing
        Places of the parameters in the vector.
    theta : ndarray of shape (d,)
        Parameters and state.
    inputs : ndarray of shape (n, ...)
        Rows.
    n_outputs : int
        K, the number of logits.
    size : int
        Number of rows in a mini-batch.
    device : torch.device
        Device of the module.
    """

    def __init__(self, module, packing, theta, inputs, n_outputs, size, device):
        self.module = module
        self.packing = packing
        self.inputs = inputs
        self.n_outputs = n_outputs
        self.size = size
        self.device = device
        self.like = next(p for p in module.parameters() if p.is_floating_point())
        self.params = packing.unpack(theta, self.like)
        self.state = packing.unpack_state(theta, self.like)
        self.n_products = 0
        super().__init__(np.dtype(float), (len(inputs) * n_outputs, packing.size))

    def _answer(self, params, x):
        return logits(functional_call(self.module, {**params, **self.state}, (x,)))

    def _batches(self, size=None):
        with differentiable():
            yield from batches(self.inputs, self.module, size or self.size, self.device)

    def raw_prediction(self):
        """Return the logits, of shape (n, K), in double precision."""
        with torch.no_grad():
            parts = [
                self._answer(self.params, x).double().cpu().numpy() for _, x in self._batches()
            ]
        return np.concatenate(parts)

    @cached_property
    def table(self):
        """Gradients of all logits, of shape (n * K, n_moved), in the precision of the module."""
        n_moved, unit = self.packing.n_moved, np.eye(self.n_outputs)
        table = np.empty((len(self.inputs), self.n_outputs, n_moved), self._type())
        for rows, x in self._batches(self._step()):
            for k in range(self.n_outputs):
                table[rows, k] = self._gradients(x, np.broadcast_to(unit[k], (len(x), len(unit))))
        return table.reshape(-1, n_moved)

    def _type(self):
        return np.float64 if self.like.dtype == torch.float64 else np.float32

    def _fits(self):
        entries = len(self.inputs) * self.n_outputs * self.packing.n_moved
        return entries * self.like.element_size() <= HELD_BYTES

    def _is_held(self):
        """Return whether the next product uses the table."""
        self.n_products += 1
        return "table" in vars(self) or (self.n_products > self.n_outputs and self._fits())

    def _matvec(self, direction):
        if self._is_held():
            moved = self.table @ direction.reshape(-1)[: self.packing.n_moved].astype(self._type())
            return moved.astype(float)
        moves = self.packing.unpack(direction.reshape(-1) * self.packing.moves, self.like)
        parts = []
        for _, x in self._batches():
            with torch.no_grad():
                moved = jvp(lambda params, x=x: self._answer(params, x), (self.params,), (moves,))
            parts.append(moved[1].double().cpu().numpy())
        return np.concatenate(parts).reshape(-1)

    def _rmatvec(self, cotangent):
        if self._is_held():
            product = np.zeros(self.shape[1])
            product[: self.packing.n_moved] = (
                cotangent.reshape(-1).astype(self._type()) @ self.table
            )
            return product
        cotangent = cotangent.reshape(-1, self.n_outputs)
        params = {name: p.clone().requires_grad_() for name, p in self.params.items()}
        product = np.zeros(self.shape[1])
        for rows, x in self._batches():
            z = self._answer(params, x)
            factor = torch.tensor(cotangent[rows], dtype=z.dtype, device=z.device)
            found = torch.autograd.grad(z, [*params.values()], factor, allow_unused=True)
            grads = {
                name: torch.zeros_like(p) if slope is None else slope
                for (name, p), slope in zip(params.items(), found, strict=True)
            }
            product[: self.packing.n_moved] += self.packing.pack(grads)
        return product

    def input_gradient(self, cotangent):
        """Return the derivative of `cotangent . z` in the rows, of the same shape as the rows."""
        parts = []
        for rows, x in self._batches():
            x.requires_grad_()
            z = self._answer(self.params, x)
            factor = torch.tensor(cotangent[rows], dtype=z.dtype, device=z.device)
            parts.append(torch.autograd.grad(z, x, factor)[0].double().cpu().numpy())
        return np.concatenate(parts)

    def gradient_blocks(self, bend):
        for rows, x in self._batches(self._step()):
            columns, weights = zip(*bend.rows(rows).columns(), strict=True)
            if self._fits():
                part = self.table.reshape(len(self.inputs), self.n_outputs, -1)[rows]
                gradients = [np.einsum("bk,bkm->bm", c.astype(self._type()), part) for c in columns]
            else:
                gradients = [self._gradients(x, column) for column in columns]
            yield gradients, list(weights)

    def _step(self):
        held = self.like.element_size() * self.packing.n_moved * (self.n_outputs + 1)
        return max(min(self.size, BLOCK_BYTES // held), 1)

    def _gradients(self, x, factor):
        """Return the derivative of `factor . z` of every row, of shape (b, n_moved)."""

        def along(params, row, factor):
            return (self._answer(params, row[None])[0] * factor).sum()

        factor = torch.tensor(factor, dtype=self.like.dtype, device=x.device)
        with torch.no_grad():
            slopes = vmap(grad(along), in_dims=(None, 0, 0))(self.params, x, factor)
        return self.packing.pack_rows(slopes).cpu().numpy()
