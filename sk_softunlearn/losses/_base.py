"""What every pointwise loss answers for."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

import numpy as np

from sk_softunlearn.losses._by_block import slices

__all__ = ["Bend", "Loss"]

# By how much the sum that `Bend.columns` needs to be 1 may differ from it: single precision.
ROUNDING = 1e-5


@dataclass(frozen=True)
class Bend:
    """Second derivatives of a pointwise loss, `diag(diagonal) - outer outer^T` in every row.

    Held as vectors, so that K outputs cost O(n K) memory and not O(n K^2).

    Parameters
    ----------
    diagonal : ndarray of shape (n, K)
        The diagonal part, at least 0.
    outer : ndarray of shape (n, K), default=None
        The subtracted rank-one part; None where there is none.
    weight : ndarray of shape (n,), default=None
        A weight per row, of any sign; None is 1 everywhere.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_softunlearn.losses import Bend
    >>> p = np.array([[0.5, 0.5]])
    >>> Bend(p, outer=p).entry(0, 1)
    array([-0.25])
    """

    diagonal: np.ndarray
    outer: np.ndarray | None = None
    weight: np.ndarray | None = None

    def scaled(self, weight) -> "Bend":
        """Return the same bend with every row multiplied by `weight`, of shape (n,)."""
        return replace(self, weight=weight if self.weight is None else self.weight * weight)

    def rows(self, chosen):
        """Return the bend of some rows, a slice or positions."""
        outer = None if self.outer is None else self.outer[chosen]
        weight = None if self.weight is None else self.weight[chosen]
        return Bend(self.diagonal[chosen], outer, weight)

    def __getitem__(self, chosen):
        return self.rows(chosen)

    def entry(self, k, m):
        """Return entry (k, m) of the K x K matrix of every row, of shape (n,)."""
        value = self.diagonal[:, k] if k == m else np.zeros(len(self.diagonal))
        if self.outer is not None:
            value = value - self.outer[:, k] * self.outer[:, m]
        return value if self.weight is None else value * self.weight

    def columns(self):
        """Yield `(column, weight)`, of shapes (n, K) and (n,), whose weighted squares add up.

        The matrix of a row is the sum of `weight * column column^T`. The outer part must either
        stand alone or be like that of the log loss, which leaves the sum of a direction out.

        Yields
        ------
        column : ndarray of shape (n, K)
            One vector per row.
        weight : ndarray of shape (n,)
            Its factor.

        Raises
        ------
        ValueError
            If the outer part is neither, or the diagonal is below 0 somewhere.
        """
        weight = np.ones(len(self.diagonal)) if self.weight is None else self.weight
        if self.outer is not None and not self.diagonal.any():
            yield self.outer, -weight
            return
        if np.any(self.diagonal < 0):
            raise ValueError(
                "'diagonal' must be at least 0 in every row, as that of a convex loss is, got "
                f"{np.min(self.diagonal):.6g}. Use curvature='exact' on a linear head, which needs "
                "entries only."
            )
        root = np.sqrt(self.diagonal)
        shares = np.zeros_like(root) if self.outer is None else self._shares(root)
        for k in range(root.shape[1]):
            column = np.zeros_like(root)
            column[:, k] = root[:, k]
            if self.outer is not None:
                column -= self.outer * shares[:, [k]]
            yield column, weight

    def _shares(self, root):
        """Return `outer / root`, of shape (n, K), refused where the columns do not add up.

        With D the diagonal and o the outer part, column k is `sqrt(D_k) e_k - o_k / sqrt(D_k) o`.
        The sum of their squares is `diag(D) - 2 o o^T + c o o^T` with `c = sum_k o_k^2 / D_k`,
        which is `diag(D) - o o^T` where c is 1, or o is 0.
        """
        shares = np.zeros_like(root)
        np.divide(self.outer, root, out=shares, where=root > 0)
        # Where D_k is 0, o_k has to be: nothing then makes up for -2 o o^T.
        total = np.where((root == 0) & (self.outer != 0), np.inf, shares**2).sum(axis=1)
        wrong = (np.abs(total - 1.0) > ROUNDING) & self.outer.any(axis=1)
        if wrong.any():
            raise ValueError(
                "'outer' must stand alone, or have a sum of outer^2 / diagonal of 1 in every row "
                f"where it is not 0, as that of a log loss has, got {total[wrong][0]:.6g}. Use "
                "curvature='exact' on a linear head, which needs entries only, or write the bend "
                "of the loss in this form."
            )
        return shares

    def apply(self, direction) -> np.ndarray:
        """Return the product with one direction per row, of shape (n, K)."""
        product = self.diagonal * direction
        if self.outer is not None:
            product -= self.outer * np.sum(self.outer * direction, axis=1, keepdims=True)
        return product if self.weight is None else product * self.weight[:, None]


class Loss(ABC):
    """A loss of one row as a function of its raw prediction.

    `raw` has shape (n, K): K = 1 for a binary classifier, one column per class
    otherwise. `target` has shape (n,) and holds class indices, in the order of the
    classifier's `classes_`. `shift_invariant` says whether adding the same number to all raw
    predictions of a row changes nothing.
    """

    shift_invariant = False

    @abstractmethod
    def value(self, raw, target) -> np.ndarray:
        """Return the loss of every row, of shape (n,), in nats."""

    @abstractmethod
    def slope(self, raw, target) -> np.ndarray:
        """Return the derivative in the raw prediction, of shape (n, K)."""

    def total(self, raw, target, weight) -> float:
        """Return the sum of the losses times `weight`, of shape (n,), a float."""
        return sum(
            float(np.ascontiguousarray(weight[rows]) @ self.value(raw[rows], target[rows]))
            for rows in slices(*raw.shape)
        )

    def value_and_slope(self, raw, target) -> tuple[np.ndarray, np.ndarray]:
        """Return the loss of every row, of shape (n,), and its slope, of shape (n, K)."""
        return self.value(raw, target), self.slope(raw, target)

    @abstractmethod
    def bend(self, raw, target) -> Bend:
        """Return the second derivative in the raw prediction, as a `Bend`."""

    def departure(self, raw, teacher) -> np.ndarray:
        """Return how far raw predictions are from a teacher's, of shape (n,).

        The Kullback-Leibler divergence from the teacher's probabilities for a log loss; half the
        squared difference for the others. Both of shape (n, K).
        """
        return 0.5 * np.sum((raw - teacher) ** 2, axis=1)

    def departure_slope(self, raw, teacher) -> np.ndarray:
        """Return the derivative of `departure` in `raw`, of shape (n, K)."""
        return raw - teacher

    @abstractmethod
    def probability(self, raw, class_index) -> np.ndarray:
        """Return the probability of one class, of shape (n,)."""

    @abstractmethod
    def probability_slope(self, raw, class_index) -> np.ndarray:
        """Return the derivative of `probability` in the raw prediction, of shape (n, K)."""

    @abstractmethod
    def predict(self, raw) -> np.ndarray:
        """Return the index of the predicted class, of shape (n,)."""
