"""The oracle of `front.py`: direct training with the gap in the loss.

Minimises the penalised mean log loss of logistic regression on the training rows, subject to a gap
of mean probabilities between groups on given rows of at most a share of its present value:
sequential quadratic programming in the coordinates in which the loss without constraint is a
sphere. It shares no code with the package.
"""

from itertools import permutations

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import minimize, nnls
from scipy.special import expit
from sklearn.linear_model import LogisticRegression


class Direct:
    """Training rows Z with labels y, and rows V whose gap between groups is constrained.

    Of two groups the gap has a sign, that of the present model, and may be asked to turn over. Of
    several it is the largest between any two, and every one of them is constrained.
    """

    # Violation of a constraint, in probability, that counts as none; and mean loss in nats that
    # may be left to gain.
    MET, GAINED = 1e-6, 1e-7

    def __init__(self, Z, y, V, group, C=1.0):
        self.Z, self.V = (np.column_stack([rows, np.ones(len(rows))]) for rows in (Z, V))
        self.y = y
        self.penalty = np.append(np.full(Z.shape[1], 1 / C), 0.0)
        fit = LogisticRegression(C=C, tol=1e-8, solver="newton-cholesky").fit(Z, y)
        self.free = np.append(fit.coef_[0], fit.intercept_)
        p = expit(self.Z @ self.free)
        bend = self.Z.T @ ((p * (1 - p))[:, None] * self.Z) + np.diag(self.penalty + 1e-6)
        self.root = cholesky(bend / len(y))
        shares = [(group == name) / np.sum(group == name) for name in np.unique(group)]
        self.contrasts = np.array([one - other for one, other in permutations(shares, 2)])
        self.several = len(shares) > 2
        gaps = self.gaps(self.free)
        self.present = gaps.max()
        if not self.several:
            self.contrasts = self.contrasts[gaps.argmax()][None]

    def loss(self, theta):
        """Return the penalised mean log loss and its gradient."""
        raw = self.Z @ theta
        value = np.logaddexp(0, np.where(self.y == 1, -raw, raw)).sum()
        value += 0.5 * self.penalty @ theta**2
        slope = self.Z.T @ (expit(raw) - self.y) + self.penalty * theta
        return value / len(self.y), slope / len(self.y)

    def gaps(self, theta):
        """Return the gap of every ordered pair of groups."""
        return self.contrasts @ expit(self.V @ theta)

    def train(self, delta, start=None):
        """Return parameters whose gap is at most (1 - delta) times the present one, to 1e-6."""
        target = (1 - delta) * self.present
        theta = self.free if start is None else start

        def loss(x):
            value, slope = self.loss(self._theta(x))
            return value, self._turned(slope)

        def room(x):
            return target - self.gaps(self._theta(x))

        def room_slope(x):
            p = expit(self.V @ self._theta(x))
            return -self._turned(self.V.T @ ((p * (1 - p))[:, None] * self.contrasts.T)).T

        answer = minimize(
            loss,
            self.root @ theta,
            jac=True,
            method="SLSQP",
            constraints={"type": "ineq", "fun": room, "jac": room_slope},
            options={"maxiter": 300, "ftol": 1e-10},
        )
        left, slope = room(answer.x), loss(answer.x)[1]
        # The loss is about a sphere: half the square of what the constraints leave of its slope is
        # what could still be gained.
        active = room_slope(answer.x)[left < self.MET]
        remaining = nnls(active.T, slope)[1] if len(active) else np.linalg.norm(slope)
        if left.min() < -self.MET or remaining**2 / 2 > self.GAINED:
            raise RuntimeError(
                f"{answer.message}; gap {-left.min():.1e} off its target, slope {remaining:.1e}"
            )
        return self._theta(answer.x)

    def _theta(self, x):
        return solve_triangular(self.root, x)

    def _turned(self, slope):
        """Return a derivative in theta as one in x."""
        return solve_triangular(self.root, slope, trans="T")
