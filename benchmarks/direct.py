"""The oracle of `front.py`: direct training with the gap in the loss.

Minimises the penalised mean log loss of logistic regression on the training rows, subject to a
probability gap between two groups on given rows of a share of its present value: an augmented
Lagrangian, each of its problems by L-BFGS in columns of unit size. It shares no code with the
package.
"""

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit


class Direct:
    """Training rows Z with labels y, and rows V whose gap between groups is constrained."""

    def __init__(self, Z, y, V, group, C=1.0):
        self.Z, self.V = (np.column_stack([rows, np.ones(len(rows))]) for rows in (Z, V))
        self.y = y
        self.contrast = np.where(group, 1 / group.sum(), -1 / (~group).sum())
        self.penalty = np.append(np.full(Z.shape[1], 1 / C), 0.0)
        self.unit = np.sqrt(np.mean(self.Z**2, axis=0)) + 1e-3
        self.free = self._minimise(self.loss, np.zeros(self.Z.shape[1]))
        self.present = self.gap(self.free)[0]

    def loss(self, theta):
        """Return the penalised mean log loss and its gradient."""
        raw = self.Z @ theta
        value = np.logaddexp(0, np.where(self.y == 1, -raw, raw)).sum()
        value += 0.5 * self.penalty @ theta**2
        slope = self.Z.T @ (expit(raw) - self.y) + self.penalty * theta
        return value / len(self.y), slope / len(self.y)

    def gap(self, theta):
        """Return the gap and its gradient."""
        p = expit(self.V @ theta)
        return self.contrast @ p, self.V.T @ (self.contrast * p * (1 - p))

    def train(self, delta, start=None):
        """Return parameters whose gap is (1 - delta) times the present one, to 1e-6."""
        target = (1 - delta) * self.present
        theta, price, weight = self.free if start is None else start, 0.0, 20.0

        def lagrangian(theta):
            loss, slope = self.loss(theta)
            gap, rise = self.gap(theta)
            missed = gap - target
            force = price + weight * missed
            return loss + price * missed + 0.5 * weight * missed**2, slope + force * rise

        for _ in range(30):
            theta = self._minimise(lagrangian, theta)
            missed = self.gap(theta)[0] - target
            price += weight * missed
            if abs(missed) < 1e-6:
                return theta
        raise RuntimeError(f"the gap is {missed:.1e} off its target")

    def _minimise(self, function, start):
        def scaled(x):
            value, slope = function(x / self.unit)
            return value, slope / self.unit

        options = {"maxiter": 3000, "maxfun": 6000, "maxcor": 30, "ftol": 1e-14, "gtol": 1e-7}
        answer = minimize(scaled, start * self.unit, jac=True, method="L-BFGS-B", options=options)
        if np.abs(answer.jac).max() > 1e-5:
            raise RuntimeError(f"not stationary: {answer.message}")
        return answer.x / self.unit
