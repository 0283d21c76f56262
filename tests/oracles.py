"""Slow and obvious: what the package computes, written out in dense algebra."""

import numpy as np
from scipy import sparse

__all__ = [
    "change_by_replaying",
    "change_by_respond",
    "dense_features",
    "dense_hessian",
    "dense_jacobian",
    "flat_table",
    "leave_one_out",
    "numerical_gradient",
]


def dense_features(view):
    """Return the rows as a dense double array, shifted where the view is."""
    X = view.features.toarray() if sparse.issparse(view.features) else view.features
    X = np.array(X, dtype=float)
    if view.jacobian.shift is not None:
        amount, direction = view.jacobian.shift
        X -= amount @ direction
    return X


def moves(view):
    """Return which parameters of all may move: those that no L1 penalty has put at 0."""
    fitted = view.fitted_table(view.classifier).reshape(-1)
    return fitted != 0 if np.any(view.tilt) else np.full(len(fitted), True)


def flat_table(view, theta):
    """Return coefficients, then the intercept, of every output, with 0 for what is held there."""
    table = np.zeros(len(moves(view)))
    table[moves(view)] = theta
    return table.reshape(view.jacobian.n_outputs, -1)


def dense_jacobian(view):
    """Return dz/dtheta of shape (n, K, d), row by row; of a network by central differences."""
    if not view.convex:
        step, columns = 1e-6, []
        for direction in np.eye(len(view.theta)):
            ahead, behind = (view.at(view.theta + s * step * direction) for s in (1, -1))
            columns.append((ahead.raw_prediction - behind.raw_prediction) / (2 * step))
        return np.stack(columns, axis=2)
    X = dense_features(view)
    if view.jacobian.intercept:
        X = np.column_stack([X, np.ones(len(X))])
    n_outputs = view.jacobian.n_outputs
    jacobian = np.zeros((len(X), n_outputs, n_outputs * X.shape[1]))
    for k in range(n_outputs):
        jacobian[:, k, k * X.shape[1] : (k + 1) * X.shape[1]] = X
    return jacobian[:, :, moves(view)]


def dense_bend(bend):
    """Return the K x K matrices of all rows, of shape (n, K, K)."""
    n_outputs = bend.diagonal.shape[1]
    full = np.zeros((len(bend.diagonal), n_outputs, n_outputs))
    for k in range(n_outputs):
        for m in range(n_outputs):
            full[:, k, m] = bend.entry(k, m)
    return full


def dense_hessian(view, weight):
    """Return sum_i w_i J_i^T B_i J_i + diag(penalty), of shape (d, d)."""
    jacobian = dense_jacobian(view)
    bend = dense_bend(view.bend(weight))
    return np.einsum("nkd,nkm,nme->de", jacobian, bend, jacobian) + np.diag(view.penalty)


def numerical_gradient(function, point, step=1e-5):
    """Return the central differences of a scalar function of an array."""
    gradient = np.empty(point.shape)
    for index in np.ndindex(*point.shape):
        ahead, behind = point.copy(), point.copy()
        ahead[index] += step
        behind[index] -= step
        gradient[index] = (function(ahead) - function(behind)) / (2 * step)
    return gradient


def leave_one_out(view, panel, chosen):
    """Return the exact changes of all objectives when each chosen row is removed, by retraining."""
    before = panel.measure(view.refitted(view.sample_weight).theta)
    after = []
    for row in chosen:
        weight = view.sample_weight.copy()
        weight[row] = 0.0
        after.append(panel.measure(view.refitted(weight).theta))
    return {name: np.array([each[name] for each in after]) - before[name] for name in before}


def change_by_respond(view, weight, seed=0):
    """Return what `respond` predicts of a random function of theta along random weight changes."""
    gradient, direction = _random_change(view, seed)
    scores = view.under(weight).respond({"it": gradient}, None)["it"]
    # Scores are of removals, and in the weights of the fit.
    return -(scores / view.sample_weight) @ direction


def change_by_replaying(view, weight, seed=0, step=1e-5):
    """Return the same by central differences of `replayed`."""
    gradient, direction = _random_change(view, seed)
    ahead, behind = (view.replayed(weight + s * step * direction).theta for s in (1, -1))
    return gradient @ (ahead - behind) / (2 * step)


def _random_change(view, seed):
    rng = np.random.default_rng(seed)
    return rng.normal(size=len(view.theta)), rng.normal(size=len(view.target))
