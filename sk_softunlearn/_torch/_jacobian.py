"""The derivative of a module's logits in its parameters, as products in mini-batches."""

import numpy as np
import torch
from torch.func import functional_call, grad, jvp, vmap

from sk_softunlearn._row_gradients import RowGradients
from sk_softunlearn._torch._forward import batches, differentiable, logits

__all__ = ["ModuleJacobian"]

# What the gradients of one block of rows take at most.
BLOCK_BYTES = 2**28


class ModuleJacobian(RowGradients):
    """Jacobian of a module's logits in a vector of its parameters, as products only.

    Forward differentiation for products, backpropagation for those with the transpose, and one
    gradient per row for the diagonal and the dense matrix. A block has at most `size` rows. The
    state at the end of the vector has columns of 0.

    Parameters
    ----------
    module : nn.Module
        In evaluation mode.
    packing : Packing
        Where parameters are in the vector.
    theta : ndarray of shape (d,)
        Parameters and state.
    inputs : ndarray of shape (n, ...)
        Rows.
    n_outputs : int
        K.
    size : int
        Of a mini-batch.
    device : torch.device
        Where the module is.
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

    def _matvec(self, direction):
        moves = self.packing.unpack(direction.reshape(-1) * self.packing.moves, self.like)
        parts = []
        for _, x in self._batches():
            with torch.no_grad():
                moved = jvp(lambda params, x=x: self._answer(params, x), (self.params,), (moves,))
            parts.append(moved[1].double().cpu().numpy())
        return np.concatenate(parts).reshape(-1)

    def _rmatvec(self, cotangent):
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
        """Return the derivative of `cotangent . z` in the rows, of their shape."""
        parts = []
        for rows, x in self._batches():
            x.requires_grad_()
            z = self._answer(self.params, x)
            factor = torch.tensor(cotangent[rows], dtype=z.dtype, device=z.device)
            parts.append(torch.autograd.grad(z, x, factor)[0].double().cpu().numpy())
        return np.concatenate(parts)

    def gradient_blocks(self, bend):
        held = self.like.element_size() * self.packing.n_moved * (self.n_outputs + 1)
        size = max(min(self.size, BLOCK_BYTES // held), 1)

        def along(params, row, factor):
            return (self._answer(params, row[None])[0] * factor).sum()

        of_rows = vmap(grad(along), in_dims=(None, 0, 0))
        for rows, x in self._batches(size):
            gradients, weights = [], []
            for column, weight in bend.rows(rows).columns():
                factor = torch.tensor(column, dtype=self.like.dtype, device=x.device)
                with torch.no_grad():
                    slopes = of_rows(self.params, x, factor)
                gradients.append(self.packing.pack_rows(slopes).cpu().numpy())
                weights.append(weight)
            yield gradients, weights
