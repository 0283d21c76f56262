"""The curvature of the utility in the weights, factor by factor."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import LinearOperator

from sk_softunlearn.losses import Bend

__all__ = ["SweptUtilityTerm", "UtilityTerm"]


class UtilityTerm(LinearOperator):
    """R of shape (d, n) with ``1/2 |R e|^2 = 1/2 dtheta^T Q dtheta`` for weight changes e.

    `dtheta = -H^-1 J^T (s e r)` and `Q = L L^T`. So `R = L^T H^-1 J^T diag(s r)`. R is applied
    factor by factor and never stored.

    Parameters
    ----------
    view : View
        View of the training rows. It gives J, s and r.
    inverse : InverseCurvature
        H^-1.
    root : ndarray of shape (d, d)
        L.
    """

    def __init__(self, view, inverse, root):
        self.view = view
        self.force = view.slope * view.sample_weight[:, None]
        self.root = root
        self.pulled = inverse.matmat(root)
        super().__init__(np.dtype(float), (root.shape[1], len(self.force)))

    def cotangent(self, epsilon):
        """Return `s e r`, the pull of weight changes of shape (n,) on the parameters."""
        return self.force * epsilon[:, None]

    def bent(self, pulled):
        """Return the gradient in the parameters, of shape (d,), whose response is `R^T R e`.

        `pulled` is `J^T` of the `cotangent` of e.
        """
        return self.root @ (self.pulled.T @ pulled)

    def _matvec(self, epsilon):
        return self.pulled.T @ self.view.pull(self.force * epsilon.reshape(-1, 1))

    def _matmat(self, epsilons):
        n_rows, n_outputs = self.force.shape
        pulled = (self.force[:, :, None] * epsilons[:, None, :]).reshape(n_rows * n_outputs, -1)
        return self.pulled.T @ self.view.jacobian.rmatmat(pulled)

    def _rmatvec(self, direction):
        moved = self.view.jacobian.matvec(self.pulled @ direction.reshape(-1))
        return np.sum(self.force * moved.reshape(self.force.shape), axis=1)

    def gram(self, weight):
        """Return `R diag(weight) R^T`, of shape (d, d), for weights of shape (n,) of at least 0."""
        outer = Bend(np.zeros_like(self.force), outer=self.force, weight=-weight)
        return self.pulled.T @ self.view.jacobian.gram(outer) @ self.pulled


class SweptUtilityTerm(UtilityTerm):
    """A `UtilityTerm` that reads the rows once for several products of a solver."""

    def __init__(self, view, inverse, root):
        super().__init__(view, inverse, root)
        self.inverse = inverse
        # The last results of `respond`, and the results of `gathered` for them.
        self._responses: tuple = ()
        self._gathered: tuple = ()

    def respond(self, gradients):
        """Return the same as `View.respond`, and keep the products that `gathered` needs later."""
        directions = self.inverse.matmat(np.column_stack(list(gradients.values())))
        self._responses, pulled, _, gram = self.view.jacobian.through(
            directions, _responded, (self.force,)
        )
        self._gathered = self.pulled.T @ pulled, self.pulled.T @ gram @ self.pulled
        return dict(zip(gradients, self._responses, strict=True))

    def gathered(self, vectors):
        """Return the products of R with vectors, of shape (q, m), and `gram` of ones."""
        places = [
            next((k for k, known in enumerate(self._responses) if known is vector), None)
            for vector in vectors
        ]
        if self._responses and None not in places:
            return self._gathered[0][:, places], self._gathered[1]
        _, pulled, _, gram = self.view.jacobian.through(None, _weighed, (self.force, *vectors))
        return self.pulled.T @ pulled, self.pulled.T @ gram @ self.pulled

    def look(self, moments, ideal, scale, bounds, vectors, cross, gram):
        """Return the fields of `weights._low_rank.Seen`, as `look` there computes them."""
        per_row = [bound if bound.ndim else None for bound in bounds]
        clipped = _Clipped(scale, *(None if bound.ndim else float(bound) for bound in bounds))
        (pushed, epsilon), pulled, outside, square = self.view.jacobian.through(
            self.pulled @ moments, clipped, (self.force, ideal, *per_row, *vectors)
        )
        moved, cross = (self.pulled.T @ pulled)[:, 0], cross - (self.pulled.T @ outside).T
        return pushed, epsilon, moved, cross, gram - self.pulled.T @ square @ self.pulled


def _weighed(product, force, *vectors):
    """Return the pull of the rows on the parameters, times vectors, for `through`."""
    return (), _forces(force, vectors), (None, force[:, :0], _square_of(force))


def _responded(product, force):
    """Return the response of every row to directions, and its pull, for `through`."""
    moved = product.reshape(*force.shape, -1)
    responses = tuple(np.einsum("nk,nk->n", force, moved[:, :, f]) for f in range(moved.shape[2]))
    return (responses, *_weighed(None, force, *responses)[1:])


@dataclass(frozen=True)
class _Clipped:
    """Clip the weights that R and the rows ask for, and return their pull, for `through`.

    Few weights are at their bounds. So the sums are over these, and not over all others.
    """

    scale: float
    low: float | None
    high: float | None

    def __call__(self, product, force, ideal, low, high, *vectors):
        """Return `R^T p` and epsilon, its pull, and the sums over the rows at the bounds."""
        low, high = self.low if low is None else low, self.high if high is None else high
        pushed = np.einsum("nk,nk->n", force, product)
        epsilon = np.clip(ideal - pushed / self.scale, low, high)
        outside = (epsilon <= low) | (epsilon >= high)
        at_bounds = force[outside]
        several = _forces(at_bounds, [vector[outside] for vector in vectors])
        left_out = outside, several, _square_of(at_bounds)
        return (pushed, epsilon), force * epsilon[:, None], left_out


def _square_of(force):
    """Return the bend whose square is that of R, up to a factor on either side."""
    return Bend(np.zeros_like(force), force, np.full(len(force), -1.0))


def _forces(force, vectors):
    """Return the force of every row times every vector, of shape (b, K m)."""
    if not vectors:
        return force[:, :0]
    stacked = force[:, :, None] * np.column_stack(vectors)[:, None, :]
    return stacked.reshape(len(force), force.shape[1] * len(vectors))
