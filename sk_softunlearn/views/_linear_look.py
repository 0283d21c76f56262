"""How a linear view reads its rows: once at the same parameters."""

from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import issparse

from sk_softunlearn._sweeps import is_elsewhere
from sk_softunlearn.exceptions import UnsupportedEstimatorError
from sk_softunlearn.views._kernels import pull_and_square
from sk_softunlearn.views._known import Known

__all__ = ["LinearLook"]

# Up to this number of parameters, the square of rows in memory costs about as much as the sweeps
# that it saves. Rows elsewhere follow the same rule, so that they give the same answer.
FEW = 48


class LinearLook:
    """Members of a linear view that follow its rows.

    Raw predictions, slopes, the objective and its gradient come from one sweep over the rows. Views
    of the same rows share the results (`Known`).
    """

    theta: np.ndarray
    target: np.ndarray
    jacobian: Any
    features: Any
    offset: Any
    tilt: Any

    def at(self, theta):
        other = super().at(theta)
        # The rows are the same. So values known at other parameters stay known.
        vars(other)["known"] = self.known
        return other

    @cached_property
    def known(self):
        """Values of these rows at the first and the last parameters, a `Known`."""
        return Known()

    @property
    def raw_prediction(self):
        here = self.known.at(self.theta)
        if "raw" not in here:
            product = self.jacobian.matvec(self.theta)
            here["raw"] = self._checked(self.offset + product.reshape(len(self.target), -1))
        return here["raw"]

    @property
    def slope(self):
        return self.loss.slope(self.raw_prediction, self.target)

    @property
    def cheap_square(self):
        """Whether a look computes the square of the rows in the same sweep."""
        if not hasattr(self.jacobian, "through"):
            return False
        return len(self.theta) <= FEW and not issparse(self.features)

    def gradient(self, weight):
        looked = self.known.looked(self.theta, weight)
        if looked is not None:
            return looked[0].copy()
        if "raw" not in self.known.at(self.theta):
            return self.value_and_gradient(weight)[1]
        return super().gradient(weight)

    def value_and_gradient(self, weight, square=False):
        square = square and self.cheap_square
        looked = self.known.looked(self.theta, weight)
        if looked is not None and not (square and looked[1] is None):
            return self.value(weight), looked[0].copy()
        if "raw" not in self.known.at(self.theta):
            value, gradient, gram = self._look(weight, square)
        elif square:
            value, gradient, gram = self._look_again(weight)
        else:
            return super().value_and_gradient(weight)
        self.known.keep(self.theta, weight, gradient, gram)
        return value, gradient.copy()

    def _look(self, weight, square):
        """Return value, gradient and square (or None), in one sweep with the raw predictions."""
        here = self.known.at(self.theta)
        raw, value, pulled, gram = self.jacobian.look(
            self.theta, self.loss, self.target, weight, self.offset, square
        )
        here["raw"] = self._checked(raw)
        penalised = self.penalty * self.theta
        value += 0.5 * penalised @ self.theta + np.sum(self.tilt * self.theta)
        return value, pulled + penalised + self.tilt, gram

    def _look_again(self, weight):
        """Return value, gradient and square in one sweep, from known raw predictions."""
        columns = (self.slope * weight[:, None], self.bend(weight))
        _, pulled, _, gram = self.jacobian.through(None, pull_and_square, columns)
        gradient = pulled[:, 0] + self.penalty * self.theta + self.tilt
        return self.value(weight), gradient, gram

    def square(self, weight):
        looked = self.known.looked(self.theta, weight)
        if looked is None or looked[1] is None:
            return super().square(weight)
        return looked[1].copy()

    def _checked(self, raw):
        """Return raw predictions; raise an error if rows from elsewhere are not finite."""
        if is_elsewhere(self.features) and not np.isfinite(raw).all():
            row = int(np.flatnonzero(~np.isfinite(raw).all(axis=1))[0])
            raise ValueError(
                f"'X' must hold finite numbers, got nan or inf in row {row}. Drop these rows, or "
                "put an imputer before the classifier."
            )
        return raw

    def _need_memory(self, purpose, advice):
        """Raise an error if all rows are needed at once and they are not in memory."""
        if is_elsewhere(self.features):
            raise UnsupportedEstimatorError(
                f"{purpose} needs all rows in memory, got 'X' as {type(self.features).__name__}. "
                f"{advice}, or pass an array of fewer rows."
            )
